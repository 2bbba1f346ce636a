import { storableJson, type Transaction } from '@testimony/event-store';
import { newEvent, testStream } from '../execution/new-event';
import { LOCK_DEPENDANTS, RELEASE_DEPENDANTS, SETTLE } from '../queue/statements';
import type { PastAttempt } from '../verdict/judged';
import { decide, satisfiesDependants, type TestCommand } from './decide';
import { needsReason } from './opening-skips';
import { evolve, type Test, type TestEvent } from './test';

/** An undecided test, both of its rows locked. */
export interface LockedTest {
  readonly test_id: string;
  readonly lease_id: string | null;
  readonly worker_id: string | null;
  readonly version: number;
  readonly history: PastAttempt[];
  readonly losses: number;
  readonly sequence: string | null;
  readonly service: string;
  readonly healed_by: string | null;
  readonly is_trial: boolean;
}

export interface Settlement {
  readonly test: LockedTest;
  /** What is decided may depend on how many experiments were planned for the tests before it. */
  readonly command: TestCommand | ((planned: number) => TestCommand);
}

/**
 * Decides each command on its test, in order, and stores what follows in the caller's transaction: events, verdicts, queue, and the tests that
 * depend on them. Returns how many experiments were planned.
 */
export async function settle(
  tx: Transaction,
  executionId: string,
  settlements: readonly Settlement[],
  dependencies: boolean,
): Promise<number> {
  if (settlements.length === 0) return 0;
  let planned = 0;
  const outcomes = settlements.map(({ test, command }) => {
    const outcome = outcomeOf(executionId, test, typeof command === 'function' ? command(planned) : command);
    if (outcome.events.some((e) => e.type === 'test.retry-planned' && e.data.policy !== 'same')) planned += 1;
    return outcome;
  });
  for (const { test, events } of outcomes) tx.append(testStream(executionId, test.test_id), test.version, events.map(newEvent));
  await tx.query(SETTLE, [executionId, storableJson(outcomes.map(changeOf))]);
  if (dependencies) await settleDependants(tx, executionId, outcomes);
  return planned;
}

interface Settled {
  readonly test: LockedTest;
  readonly events: TestEvent[];
  readonly after: Test;
}

function outcomeOf(executionId: string, test: LockedTest, command: TestCommand): Settled {
  const state: Test = {
    status: 'undecided',
    executionId,
    testId: test.test_id,
    attempts: test.history,
    losses: test.losses,
    ...(test.is_trial ? { trial: test.sequence === null ? 'single' : 'in-sequence' } : {}),
  };
  const events = decide(state, command);
  return { test, events, after: events.reduce(evolve, state) };
}

async function settleDependants(tx: Transaction, executionId: string, outcomes: readonly Settled[]): Promise<void> {
  const met: string[] = [];
  const unmet: string[] = [];
  for (const { test, after } of outcomes) {
    if (after.status === 'decided') (satisfiesDependants(after.decision) ? met : unmet).push(test.test_id);
  }
  if (met.length > 0) await tx.query(RELEASE_DEPENDANTS, [executionId, met]);
  if (unmet.length === 0) return;
  const { rows } = await tx.query<LockedTest & { needs_name: string; needs_verdict: string }>(LOCK_DEPENDANTS, [executionId, unmet]);
  const now = new Date();
  const once = new Map(rows.map((row) => [row.test_id, row]));
  const skips = [...once.values()].map(({ needs_name, needs_verdict, ...test }): Settlement => {
    return { test, command: { kind: 'skip', reason: needsReason(needs_name, needs_verdict), now } };
  });
  await settle(tx, executionId, skips, true);
}

/** What `SETTLE` takes. Without an attempt the item stays at the one it has. */
function changeOf({ test, events, after }: Settled): Record<string, unknown> {
  const state = { test_id: test.test_id, version: test.version + events.length, history: after.attempts, losses: after.losses };
  if (after.status === 'decided') {
    return { ...state, verdict: after.decision.verdict, decision: after.decision, ended_at: after.attempts.at(-1)?.endedAt };
  }
  const retry = events.find((e) => e.type === 'test.retry-planned');
  if (!retry) return state;
  const { attempt, conditions, delayMs } = retry.data;
  return { ...state, attempt, conditions, delay_ms: delayMs };
}
