import { PRIORITIES, type PlannedTest, type TestStrategy } from '@testimony/contracts';

/** What the queue needs of each test of a strategy. Rank is the priority; order inside a priority is the queue's affair. */
export function plannedTests(strategy: TestStrategy, defaultTimeoutMs: number): PlannedTest[] {
  return strategy.testCases.map((test) => ({
    testId: test.id,
    name: test.name,
    service: test.service,
    framework: test.metadata.framework,
    file: test.module,
    titlePath: test.metadata.titlePath,
    rank: PRIORITIES.indexOf(test.priority),
    expectedMs: test.estimatedDurationMs,
    timeoutMs: test.metadata.timeoutMs ?? defaultTimeoutMs,
    dependencies: test.dependencies,
    skip: test.metadata.skip,
  }));
}
