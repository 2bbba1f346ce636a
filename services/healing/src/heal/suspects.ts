import type { Attempt, Finding, TestCase, TestExecution, TestResult, TestStrategy } from '@testimony/contracts';
import type { PatternPrior } from '../detection/belief';
import type { Choice } from '../detection/menu';
import { ALONE } from '../detection/setting';
import { newSubject, type Subject } from '../detection/subject';

/** Tests at most that are looked at as what made another one fail. */
const MOST_BEFORE = 60;
const MOST_BESIDE = 3;

/** Why a test must not be healed, in a sentence. Only what is flaky for reasons of its own is. */
export function refusalOf(result: TestResult): string | undefined {
  if (result.status !== 'flaky') return `it is ${result.status}, not flaky`;
  const { decision } = result;
  if (decision?.intermittent === true) return 'what it found is a fault of the product that does not show each time';
  const label = decision?.label;
  switch (label) {
    case 'regressed':
      return 'it passed on the base or before: what it found is a regression of the product';
    case 'broken':
      return 'it never worked, so there is nothing to heal it to';
    case 'infrastructure':
      return 'something around it was away; the test is not the cause';
    case 'flaky':
    case undefined:
      return undefined;
    default: {
      const impossible: never = label;
      return impossible;
    }
  }
}

const IN_THE_RUN: Choice = { slot: 'in the run', kind: 'crowd', conditions: { isolated: false } };

/** The likeliest place of each pattern. */
export function patternsOf(findings: readonly Finding[]): PatternPrior[] {
  const best = new Map<Finding['pattern'], number>();
  for (const { pattern, probability } of findings) best.set(pattern, Math.max(best.get(pattern) ?? 0, probability));
  return [...best].map(([pattern, probability]) => ({ pattern, probability }));
}

/** The test as its execution saw it. Attempts on the base are another product's. */
export function subjectOf(test: TestCase, result: TestResult, patterns: readonly PatternPrior[]): Subject {
  const subject = newSubject(test, patterns);
  const seen = result.attempts.flatMap((attempt) => {
    if (attempt.conditions.revision === 'base' || (attempt.outcome !== 'passed' && attempt.outcome !== 'failed')) return [];
    return [{ setting: attempt.conditions.isolated ? ALONE : IN_THE_RUN, outcome: attempt.outcome, attempt, counts: 'yes' } as const];
  });
  return { ...subject, seen, runs: seen.length };
}

/** It failed only where other tests had run in its process or beside it, and passed alone. */
export function failedOnlyInCompany({ seen }: Subject): boolean {
  const failed = seen.filter((one) => one.outcome === 'failed');
  return (
    failed.length > 0 &&
    failed.every((one) => one.setting.kind === 'crowd') &&
    seen.some((one) => one.setting.slot === ALONE.slot && one.outcome === 'passed')
  );
}

/** Tests that one worker had begun before this one failed, the latest last, or where the execution does not tell, those planned before it; and those that ran in the meantime. */
export function companyOf(
  execution: TestExecution,
  strategy: TestStrategy,
  result: TestResult,
): { readonly before: string[]; readonly beside: string[] } {
  const failed = result.attempts.find(({ outcome }) => outcome === 'failed');
  if (!failed) return { before: [], beside: [] };
  const start = Date.parse(failed.startedAt);
  const end = start + failed.durationMs;
  const others = execution.results
    .filter(({ testId }) => testId !== result.testId)
    .flatMap(({ testId, attempts }) => attempts.slice(0, 1).map((attempt) => ({ testId, attempt, start: Date.parse(attempt.startedAt) })))
    .toSorted((a, b) => a.start - b.start);
  const begun = others
    .filter(({ attempt, start: began }) => attempt.workerId === failed.workerId && began < start)
    .map(({ testId }) => testId);
  const planned = strategy.executionOrder.slice(0, Math.max(0, strategy.executionOrder.indexOf(result.testId)));
  return {
    before: (others.length < planned.length ? planned : begun).slice(-MOST_BEFORE),
    beside: others
      .filter(({ attempt, start: began }) => began < end && began + attempt.durationMs > start)
      .slice(0, MOST_BESIDE)
      .map(({ testId }) => testId),
  };
}

export function failuresOf(result: TestResult): Attempt[] {
  return result.attempts.filter(({ outcome, conditions }) => outcome === 'failed' && conditions.revision !== 'base');
}
