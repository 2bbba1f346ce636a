import type { Attempt, Decision, TestResult } from '@testimony/contracts';
import { satisfiesDependants } from '../test/decide';

/** A test's result as users read it: the verdict, and the attempt that it stands on. */
export function resultOf(
  testId: string,
  attempts: readonly Attempt[],
  decision: Decision | 'pending' | 'running',
  decidedAt: string | null,
): TestResult {
  const failed = attempts.findLast((a) => a.failure !== undefined);
  const decided = typeof decision === 'string' ? undefined : decision;
  // A verdict that says `it did not hold` stands on the last failure; any other on the last attempt.
  const standsOn = decided && !satisfiesDependants(decided) ? (failed ?? attempts.at(-1)) : attempts.at(-1);
  const cause = decided?.verdict === 'passed' ? undefined : failed?.failure;
  return {
    testId,
    status: typeof decision === 'string' ? decision : decision.verdict,
    startedAt: attempts[0]?.startedAt ?? null,
    completedAt: decidedAt,
    durationMs: standsOn?.durationMs ?? 0,
    attempts: [...attempts],
    errorMessage: cause?.message ?? null,
    stackTrace: cause?.stack ?? null,
    logs: standsOn?.logs ?? [],
    healed: decided?.verdict === 'healed',
    healingApplied: null,
    reason: decided?.reason ?? '',
  };
}
