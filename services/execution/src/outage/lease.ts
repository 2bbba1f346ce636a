import type { LeaseReply } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { retrying } from '../execution/retrying';
import { LOCK_RUN } from '../queue/run-statements';
import { workItem, type TakenRow } from '../queue/work-item';
import type { OpenOutage } from './outage';
import { IS_OUT, KEEP_OUTAGE, TAKE_CANARY, TAKE_ELSEWHERE } from './statements';

const LONGEST_WAIT_MS = 250;

/** While services are away: work of the others, one canary at a time for those, and otherwise nothing. Undefined when it is over. */
export function leaseInOutage(store: EventStore, executionId: string, workerId: string): Promise<LeaseReply | undefined> {
  return retrying(() => store.transaction((tx) => leaseLocked(tx, executionId, workerId)));
}

async function leaseLocked(tx: Transaction, executionId: string, workerId: string): Promise<LeaseReply | undefined> {
  const { rows } = await tx.query<{ outage: OpenOutage | null }>(LOCK_RUN, [executionId]);
  const outage = rows[0]?.outage;
  if (!outage) return undefined;
  const [elsewhere] = (await tx.query<TakenRow>(TAKE_ELSEWHERE, [executionId, workerId, outage.services])).rows;
  if (elsewhere) return work(elsewhere);
  const dueMs = Date.parse(outage.nextCanaryAt) - Date.now();
  const wait: LeaseReply = { items: [], next: 'wait', waitMs: Math.min(Math.max(Math.ceil(dueMs), 1), LONGEST_WAIT_MS) };
  if (dueMs > 0) return wait;
  if (outage.canary !== undefined && (await isOut(tx, executionId, outage.canary))) return { ...wait, waitMs: LONGEST_WAIT_MS };
  // An unwell system is tried with new tests as well: when all that fell into the outage fail for good, one of those says that it is well.
  const fresh = outage.kind === 'unwell' && outage.canaries % 2 === 1;
  const [canary] = (await tx.query<TakenRow>(TAKE_CANARY, [executionId, workerId, outage.services, fresh])).rows;
  if (!canary) return { ...wait, waitMs: LONGEST_WAIT_MS };
  await tx.query(KEEP_OUTAGE, [executionId, JSON.stringify({ ...outage, canary: canary.test_id }), 0]);
  return work(canary);
}

function work(row: TakenRow): LeaseReply {
  return { items: [workItem(row)], next: 'work', waitMs: 0 };
}

async function isOut(tx: Transaction, executionId: string, testId: string): Promise<boolean> {
  const { rows } = await tx.query<{ out: boolean }>(IS_OUT, [executionId, testId]);
  return rows[0]?.out === true;
}
