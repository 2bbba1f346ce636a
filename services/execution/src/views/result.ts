import type { Attempt, Decision, TestResult } from '@testimony/contracts';
import { satisfiesDependants } from '../test/decide';

export interface KnownOfTest {
  readonly testId: string;
  readonly attempts: readonly Attempt[];
  readonly decision: Decision | 'pending' | 'running';
  readonly decidedAt: string | null;
  /** The fix that was applied to it before. */
  readonly healedBy: string | null;
}

/** A test's result as users read it: the verdict, and the attempt that it stands on. */
export function resultOf({ testId, attempts, decision, decidedAt, healedBy }: KnownOfTest): TestResult {
  // Against the base revision it was asked how the test behaves there; what is reported is the head.
  const onHead = attempts.filter((a) => a.conditions.revision !== 'base');
  const failed = onHead.findLast((a) => a.failure !== undefined);
  const decided = typeof decision === 'string' ? undefined : decision;
  // A verdict that says `it did not hold` stands on the last failure; any other on the last attempt.
  const standsOn = decided && !satisfiesDependants(decided) ? (failed ?? onHead.at(-1)) : onHead.at(-1);
  const cause = decided?.verdict === 'passed' ? undefined : failed?.failure;
  const healed = decided?.verdict === 'healed';
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
    healed,
    healingApplied: healed ? healedBy : null,
    reason: decided?.reason ?? '',
    decision: decided ?? null,
  };
}
