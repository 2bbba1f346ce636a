import type { PlannedTest } from '@testimony/contracts';

/** Reasons of the tests that no attempt can be made of, known before the first worker comes: skipped by rule, or behind a test that is skipped or not planned. */
export function openingSkips(tests: readonly PlannedTest[]): Map<string, string> {
  const planned = new Map(tests.map((t) => [t.testId, t]));
  const dependants = new Map<string, PlannedTest[]>();
  const skips = new Map<string, string>();
  const spread: string[] = [];
  const skip = (testId: string, reason: string): void => {
    if (skips.has(testId)) return;
    skips.set(testId, reason);
    spread.push(testId);
  };
  for (const test of tests) {
    for (const id of test.dependencies) {
      if (planned.has(id)) dependants.set(id, [...(dependants.get(id) ?? []), test]);
      else skip(test.testId, `needs ${id}, which is not part of the strategy`);
    }
    if (test.skip !== undefined) skip(test.testId, test.skip);
  }
  for (let id = spread.pop(); id !== undefined; id = spread.pop()) {
    for (const test of dependants.get(id) ?? []) skip(test.testId, needsReason(planned.get(id)?.name ?? id, 'skipped'));
  }
  return skips;
}

/** Why a test is skipped whose dependency did not pass. */
export function needsReason(dependency: string, verdict: string): string {
  return `needs "${dependency}", which ended ${verdict}`;
}
