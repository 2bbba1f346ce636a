import { PRIORITIES, type PlannedTest, type TestStrategy } from '@testimony/contracts';

/** What the queue needs of each test of a strategy. Rank is the priority; order inside a priority is the queue's affair. `took` is what earlier runs took, in ms. */
export function plannedTests(
  strategy: TestStrategy,
  defaultTimeoutMs: number,
  took: ReadonlyMap<string, number> = new Map(),
): PlannedTest[] {
  return strategy.testCases.map((test) => ({
    testId: test.id,
    name: test.name,
    service: test.service,
    framework: test.metadata.framework,
    file: test.module,
    titlePath: test.metadata.titlePath,
    rank: PRIORITIES.indexOf(test.priority),
    expectedMs: took.get(test.id) ?? test.estimatedDurationMs,
    timeoutMs: test.metadata.timeoutMs ?? defaultTimeoutMs,
    dependencies: test.dependencies,
    skip: test.metadata.skip,
  }));
}
