import { conditionsInWords, systemWasAway, type Attempt, type Decision, type Label, type Outcome } from '@testimony/contracts';
import { nextAttempt, type NextAttempt, type RetryLimits } from '../retry/retry';
import { NOTHING_KNOWN, onHead, type Dossier } from '../verdict/judged';
import { verdictOf } from '../verdict/verdict';
import { evolve, type Test, type TestEvent } from './test';

/**
 * A test whose worker was lost this often is taken for the cause, or for a victim of a machine that cannot run it: `lost`, so that
 * a run always ends. Innocent tests reach it rarely, because a returned test is handed out singly.
 */
export const MAX_LOSSES = 5;

export type TestCommand =
  | {
      readonly kind: 'report';
      readonly attempt: Attempt;
      readonly dossier?: Dossier;
      readonly limits: RetryLimits;
      readonly healedBy?: string | null;
      /** Attempts that fell into an outage, this one or earlier ones of which that was not known. */
      readonly fallen?: { readonly attempts: readonly number[]; readonly reason: string };
      readonly now: Date;
    }
  /** These attempts of a test fell into an outage that was not known then. */
  | { readonly kind: 'set-aside'; readonly attempts: readonly number[]; readonly reason: string; readonly now: Date }
  | { readonly kind: 'return'; readonly workerId: string; readonly reason: string; readonly now: Date }
  /** A written rule says that it does not run. */
  | { readonly kind: 'skip'; readonly reason: string; readonly now: Date }
  /** Nobody will run it any more. */
  | { readonly kind: 'give-up'; readonly reason: string; readonly label?: Label; readonly now: Date };

/** What happens to a test on a command; a decided test stays as it is. */
export function decide(state: Test, command: TestCommand): TestEvent[] {
  if (state.status === 'decided') return [];
  const { executionId, testId } = state;
  switch (command.kind) {
    case 'report': {
      const attempted: TestEvent = { type: 'io.testimony.test.attempted', data: { executionId, testId, ...command.attempt } };
      const after = evolve(state, attempted);
      if (after.status === 'decided') return [attempted];
      if (state.trial) return [attempted, decided(after, decisionOfTrial(command.attempt), command.now)];
      const events = [attempted, ...(command.fallen ? attemptsSetAside(after, command.fallen) : [])];
      const known = events.reduce<Test>(evolve, state);
      if (known.status === 'decided') return events;
      const dossier = command.dossier ?? NOTHING_KNOWN;
      const next = nextAttempt(known.attempts, dossier, command.limits);
      if (next.kind === 'decide') return [...events, decided(known, verdictOf(known.attempts, dossier, command.healedBy), command.now)];
      return [...events, retryPlanned(known, next)];
    }
    case 'set-aside': {
      const events = attemptsSetAside(state, command);
      const after = events.reduce<Test>(evolve, state);
      if (after.status === 'decided' || after.attempts.at(-1)?.setAside === undefined) return events;
      const next = nextAttempt(after.attempts, NOTHING_KNOWN, REPEAT);
      return next.kind === 'retry' ? [...events, retryPlanned(after, next)] : events;
    }
    case 'return': {
      const returned: TestEvent = {
        type: 'test.returned',
        data: { executionId, testId, workerId: command.workerId, reason: command.reason },
      };
      const after = evolve(state, returned);
      if (state.trial === 'in-sequence' && after.status === 'undecided')
        return [returned, gaveUp(after, `the worker that ran its sequence was lost: ${command.reason}`, command.now)];
      if (after.status === 'decided' || after.losses < MAX_LOSSES) return [returned];
      return [returned, gaveUp(after, `its worker was lost ${after.losses} times, last: ${command.reason}`, command.now)];
    }
    case 'skip':
      return [decided(state, { verdict: 'skipped', reason: command.reason, runs: 0, failed: 0 }, command.now)];
    case 'give-up':
      return [gaveUp(state, command.reason, command.now, command.label)];
    default: {
      const impossible: never = command;
      return impossible;
    }
  }
}

/** An attempt that says nothing costs nothing and is always made again. */
const REPEAT: RetryLimits = { maxAttempts: 1, price: Infinity, seed: '' };

function attemptsSetAside(
  { executionId, testId }: Test,
  { attempts, reason }: { readonly attempts: readonly number[]; readonly reason: string },
): TestEvent[] {
  return attempts.map((attempt) => ({ type: 'test.attempt-set-aside', data: { executionId, testId, attempt, reason } }));
}

function retryPlanned({ executionId, testId, attempts }: Undecided, next: NextAttempt & { kind: 'retry' }): TestEvent {
  const { conditions, policy, delayMs, reason } = next;
  const attempt = (attempts.at(-1)?.attempt ?? 0) + 1;
  return { type: 'test.retry-planned', data: { executionId, testId, attempt, conditions, policy, delayMs, reason } };
}

/** What an attempt under conditions found; what follows from it is for whoever asked. */
function decisionOfTrial(attempt: Attempt): Decision {
  const outcome = outcomeOfTrial(attempt);
  const judged = outcome === 'passed' || outcome === 'failed';
  const reason = attempt.reason ?? attempt.failure?.message ?? `${outcome} ${conditionsInWords(attempt.conditions)}`;
  return { verdict: outcome, reason, runs: judged ? 1 : 0, failed: outcome === 'failed' ? 1 : 0 };
}

/** A failure while the system was away is no answer about the test. */
export function outcomeOfTrial(attempt: Attempt): Outcome {
  return systemWasAway(attempt) ? 'lost' : attempt.outcome;
}

type Undecided = Test & { status: 'undecided' };

/** `lost` also after attempts: with the evidence cut short, neither `failed` nor `flaky` was established. */
function gaveUp(state: Undecided, reason: string, now: Date, label?: Label): TestEvent {
  const runs = onHead(state.attempts).length;
  const failed = onHead(state.attempts).filter((a) => a.outcome === 'failed').length;
  const before = failed > 0 ? `; it had failed in ${failed} of ${runs} attempts` : '';
  return decided(state, { verdict: 'lost', reason: `${reason}${before}`, runs, failed, ...(label ? { label } : {}) }, now);
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
export function satisfiesDependants({ verdict }: Pick<Decision, 'verdict'>): boolean {
  return verdict === 'passed' || verdict === 'flaky' || verdict === 'healed';
}
