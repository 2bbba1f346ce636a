import { PRIORITIES, type PlannedTest, type TestStrategy } from '@testimony/contracts';

/** A timer of more than 2^31 ms fires at once, and nobody waits a week for a test. */
const LONGEST_TIMEOUT_MS = 7 * 24 * 3_600_000;

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
    timeoutMs: Math.min(test.metadata.timeoutMs ?? defaultTimeoutMs, LONGEST_TIMEOUT_MS),
    dependencies: test.dependencies,
    skip: test.metadata.skip,
  }));
}
