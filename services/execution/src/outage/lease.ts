import type { LeaseReply } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { retrying } from '../execution/retrying';
import { LOCK_RUN } from '../queue/run-statements';
import { workItem, type TakenRow } from '../queue/work-item';
import type { OpenOutage } from './outage';
import { IS_OUT, KEEP_OUTAGES, TAKE_CANARY, TAKE_ELSEWHERE } from './statements';

const LONGEST_WAIT_MS = 250;

/** While services are away: work of the others, one canary at a time for each outage, and otherwise nothing. Undefined when it is over. */
export function leaseInOutage(store: EventStore, executionId: string, workerId: string): Promise<LeaseReply | undefined> {
  return retrying(() => store.transaction((tx) => leaseLocked(tx, executionId, workerId)));
}

async function leaseLocked(tx: Transaction, executionId: string, workerId: string): Promise<LeaseReply | undefined> {
  const { rows } = await tx.query<{ outage: readonly OpenOutage[] | null }>(LOCK_RUN, [executionId]);
  const outages = rows[0]?.outage;
  if (!outages) return undefined;
  const services = outages.flatMap((outage) => outage.services);
  const [elsewhere] = (await tx.query<TakenRow>(TAKE_ELSEWHERE, [executionId, workerId, services])).rows;
  if (elsewhere) return work(elsewhere);
  let waitMs = LONGEST_WAIT_MS;
  for (const outage of outages) {
    const dueMs = Date.parse(outage.nextCanaryAt) - Date.now();
    if (dueMs > 0) {
      waitMs = Math.min(waitMs, Math.ceil(dueMs));
      continue;
    }
    if (outage.canary !== undefined && (await isOut(tx, executionId, outage.canary))) continue;
    const canary = await takeCanary(tx, executionId, workerId, outage);
    if (!canary) continue;
    const after = outages.map((o) => (o === outage ? { ...outage, canary: canary.test_id } : o));
    await tx.query(KEEP_OUTAGES, [executionId, JSON.stringify(after), 0]);
    return work(canary);
  }
  return { items: [], next: 'wait', waitMs };
}

async function takeCanary(tx: Transaction, executionId: string, workerId: string, outage: OpenOutage): Promise<TakenRow | undefined> {
  // An unwell system is tried with new tests as well: when all that fell into the outage fail for good, one of those says that it is well.
  const fresh = outage.kind === 'unwell' && outage.canaries % 2 === 1;
  const { rows } = await tx.query<TakenRow>(TAKE_CANARY, [executionId, workerId, outage.services, fresh, outage.tried ?? []]);
  return rows[0];
}

function work(row: TakenRow): LeaseReply {
  return { items: [workItem(row)], next: 'work', waitMs: 0 };
}

async function isOut(tx: Transaction, executionId: string, testId: string): Promise<boolean> {
  const { rows } = await tx.query<{ out: boolean }>(IS_OUT, [executionId, testId]);
  return rows[0]?.out === true;
}
