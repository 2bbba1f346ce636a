import type { Attempt, Decision } from '@testimony/contracts';
import { nextAttempt, type RetryLimits } from '../retry/retry';
import { verdictOf } from '../verdict/verdict';
import { evolve, type Test, type TestEvent } from './test';

/**
 * A test whose worker was lost this often is taken for the cause, or for a victim of a machine that cannot run it: `lost`, so that
 * a run always ends. Innocent tests reach it rarely, because a returned test is handed out singly.
 */
export const MAX_LOSSES = 5;

export type TestCommand =
  | { readonly kind: 'report'; readonly attempt: Attempt; readonly limits: RetryLimits; readonly now: Date }
  | { readonly kind: 'return'; readonly workerId: string; readonly reason: string; readonly now: Date }
  /** A written rule says that it does not run. */
  | { readonly kind: 'skip'; readonly reason: string; readonly now: Date }
  /** Nobody will run it any more. */
  | { readonly kind: 'give-up'; readonly reason: string; readonly now: Date };

/** What happens to a test on a command; a decided test stays as it is. */
export function decide(state: Test, command: TestCommand): TestEvent[] {
  if (state.status === 'decided') return [];
  const { executionId, testId } = state;
  switch (command.kind) {
    case 'report': {
      const attempted: TestEvent = { type: 'io.testimony.test.attempted', data: { executionId, testId, ...command.attempt } };
      const after = evolve(state, attempted);
      if (after.status === 'decided') return [attempted];
      const next = nextAttempt(after.attempts, command.limits);
      if (next.kind === 'decide') return [attempted, decided(after, verdictOf(after.attempts), command.now)];
      const { conditions, delayMs, reason } = next;
      return [
        attempted,
        {
          type: 'test.retry-planned',
          data: { executionId, testId, attempt: command.attempt.attempt + 1, conditions, delayMs, reason },
        },
      ];
    }
    case 'return': {
      const returned: TestEvent = {
        type: 'test.returned',
        data: { executionId, testId, workerId: command.workerId, reason: command.reason },
      };
      const after = evolve(state, returned);
      if (after.status === 'decided' || after.losses < MAX_LOSSES) return [returned];
      return [returned, gaveUp(after, `its worker was lost ${after.losses} times, last: ${command.reason}`, command.now)];
    }
    case 'skip':
      return [decided(state, { verdict: 'skipped', reason: command.reason, runs: 0, failed: 0 }, command.now)];
    case 'give-up':
      return [gaveUp(state, command.reason, command.now)];
    default: {
      const impossible: never = command;
      return impossible;
    }
  }
}

type Undecided = Test & { status: 'undecided' };

/** `lost` also after attempts: with the evidence cut short, neither `failed` nor `flaky` was established. */
function gaveUp(state: Undecided, reason: string, now: Date): TestEvent {
  const { runs, failed } = verdictOf(state.attempts);
  const before = failed > 0 ? `; it had failed in ${failed} of ${runs} attempts` : '';
  return decided(state, { verdict: 'lost', reason: `${reason}${before}`, runs, failed }, now);
}

function decided(state: Undecided, decision: Decision, now: Date): TestEvent {
  return {
    type: 'io.testimony.test.decided',
    data: {
      executionId: state.executionId,
      testId: state.testId,
      ...decision,
      attempts: state.attempts.length,
      durationMs: state.attempts.at(-1)?.durationMs ?? 0,
      decidedAt: now.toISOString(),
    },
  };
}

/** Whether tests that depend on one with this verdict may run: it did what they build on at least once. */
export function satisfiesDependants(decision: Pick<Decision, 'verdict'>): boolean {
  return decision.verdict === 'passed' || decision.verdict === 'flaky' || decision.verdict === 'healed';
}
