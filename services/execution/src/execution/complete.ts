import type { Summary, Verdict } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { ALL_DECIDED, ANY_UNDECIDED } from '../queue/statements';
import { FORGET_WORKERS } from '../queue/worker-statements';
import { changeExecution } from './change';
import { retrying } from './retrying';
import { COUNT_VERDICTS } from './statements';

/**
 * Completes the execution if every test has its verdict. To be called after the transaction that decided a test: inside it, two that
 * decide the last two tests at once would each see the other's undecided.
 */
export async function completeIfDecided(store: EventStore, executionId: string): Promise<void> {
  const { rows } = await store.query<{ open: boolean }>(ANY_UNDECIDED, [executionId]);
  if (rows[0]?.open) return;
  await retrying(() => store.transaction((tx) => complete(tx, executionId)));
}

/** The caller knows that nothing is undecided. Who comes second finds the execution ended and changes nothing. */
export async function complete(tx: Transaction, executionId: string): Promise<void> {
  const events = await changeExecution(tx, executionId, {
    kind: 'complete',
    summary: await summaryOf(tx, executionId),
    now: new Date(),
  });
  if (events.length > 0) await tx.query(FORGET_WORKERS, [executionId]);
}

/** Completes what a crash between the last verdict and the completion left open. */
export async function completeAllDecided(store: EventStore): Promise<void> {
  const { rows } = await store.query<{ id: string }>(ALL_DECIDED);
  for (const { id } of rows) await completeIfDecided(store, id);
}

export async function summaryOf(tx: Pick<Transaction, 'query'>, executionId: string): Promise<Summary> {
  const { rows } = await tx.query<{ verdict: Verdict | null; n: number }>(COUNT_VERDICTS, [executionId]);
  const summary = { total: 0, passed: 0, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0 };
  for (const { verdict, n } of rows) {
    summary.total += n;
    if (verdict) summary[verdict] += n;
  }
  return summary;
}
