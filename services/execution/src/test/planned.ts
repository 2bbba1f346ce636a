import { DomainError, PRIORITIES, type PlannedTest, type TestCase, type TestStrategy } from '@testimony/contracts';
import type { Trial } from '../api';

/** A timer of more than 2^31 ms fires at once, and nobody waits a week for a test. */
const LONGEST_TIMEOUT_MS = 7 * 24 * 3_600_000;

export interface KnownBefore {
  /** For tests that name no limit of their own. */
  readonly defaultTimeoutMs: number;
  /** What earlier runs took, in ms. */
  readonly took: ReadonlyMap<string, number>;
  /** Fixes that were applied. */
  readonly healedBy?: Readonly<Record<string, string>>;
}

/** What the queue needs of each test of a strategy. Rank is the priority; order inside a priority is the queue's affair. */
export function plannedTests(strategy: TestStrategy, known: KnownBefore): PlannedTest[] {
  return strategy.testCases.map((test) => plannedTest(test, known));
}

function plannedTest(test: TestCase, { defaultTimeoutMs, took, healedBy }: KnownBefore): PlannedTest {
  return {
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
    prior: test.metadata.prior,
    healedBy: healedBy?.[test.id],
  };
}

/**
 * The trials of an experiment as planned tests, in the order of the request: the n-th trial of a test is `<testId>#<n>`. Lists go out in
 * their order (rank); what others depend on, and what an author skips, does not matter to who asks how a test behaves under conditions.
 * Throws a DomainError `test-unknown` or `mixed-sequence`.
 */
export function plannedTrials(tests: readonly TestCase[], lists: readonly (readonly Trial[])[], known: KnownBefore): PlannedTest[] {
  const byId = new Map(tests.map((test) => [test.id, test]));
  const counts = new Map<string, number>();
  return lists.flatMap((list, rank) =>
    list.map(({ testId, conditions }, place) => {
      const test = byId.get(testId);
      if (!test)
        throw new DomainError('test-unknown', `The experiment tries ${testId}, which is none of its tests; give that test as well.`);
      const first = byId.get(list[0]?.testId ?? testId);
      if (first && first.metadata.framework !== test.metadata.framework) {
        throw new DomainError(
          'mixed-sequence',
          `${first.name} (${first.metadata.framework}) and ${test.name} (${test.metadata.framework}) cannot run in one sequence: they belong to different test frameworks.`,
        );
      }
      const n = (counts.get(testId) ?? 0) + 1;
      counts.set(testId, n);
      const order = conditions.order ?? (list.length > 1 ? { sequence: sequenceOf(rank), place } : undefined);
      const trial = { testId, conditions: { ...conditions, ...(order ? { order } : {}) } };
      return { ...plannedTest(test, known), testId: `${testId}#${n}`, rank, dependencies: [], skip: undefined, prior: undefined, trial };
    }),
  );
}

/** The queue's name for the trials of one list. */
export function sequenceOf(rank: number): string {
  return `s${rank}`;
}
