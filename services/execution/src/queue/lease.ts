import type { ExecutionStatus, LeaseReply, LeaseRequest } from '@testimony/contracts';
import type { EventStore, Rows } from '@testimony/event-store';
import { changeExecution } from '../execution/change';
import { retrying } from '../execution/retrying';
import { LOCK_EXECUTION } from '../execution/statements';
import { executionUnknown } from '../execution/status-of';
import { leaseInOutage } from '../outage/lease';
import { leaseSize, LOOK_AHEAD_PER_SLOT, MAX_LEASE_ITEMS } from './lease-size';
import { LOOK_AHEAD, NEXT_DUE, STRESS_IS_OUT, TAKE, TAKE_SEQUENCE } from './statements';
import { workItem, type TakenRow } from './work-item';

/** How long a worker waits that finds nothing ready: others hold the rest, and may lose it. Its own reports wake it before. */
const IDLE_MS = 250;
/** The queue has work, but others held its rows at that moment. */
const CONTENDED_MS = 10;
const TRIES = 3;

interface AheadRow {
  readonly status: ExecutionStatus;
  readonly started: boolean;
  readonly slots: number;
  readonly outage: boolean;
  readonly framework: string | null;
  readonly alone: boolean;
  readonly sequence: string | null;
  readonly stressed: boolean;
  readonly expected_ms: number;
  readonly total_ms: number;
}

/** Hands out the next work of an execution. The first lease of all also says that the execution started. */
export async function lease(store: EventStore, executionId: string, { workerId }: LeaseRequest): Promise<LeaseReply> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { rows } = await store.query<AheadRow>(LOOK_AHEAD, [executionId, MAX_LEASE_ITEMS, LOOK_AHEAD_PER_SLOT]);
    const head = rows[0];
    if (!head) throw executionUnknown(executionId);
    if (head.status !== 'running') return { items: [], next: 'done', waitMs: 0 };
    if (head.outage) {
      const reply = await leaseInOutage(store, executionId, workerId);
      if (reply) return reply;
      continue;
    }
    if (head.framework === null) return nothingReady(store, executionId);
    const taken = await take(store, executionId, workerId, rows, head);
    if (taken.rows.length > 0) return { items: taken.rows.map(workItem), next: 'work', waitMs: 0 };
  }
  return { items: [], next: 'wait', waitMs: CONTENDED_MS };
}

function take(
  store: EventStore,
  executionId: string,
  workerId: string,
  rows: readonly AheadRow[],
  head: AheadRow,
): Promise<Rows<TakenRow>> {
  const statement = head.sequence === null ? TAKE : TAKE_SEQUENCE;
  const parameters = [
    executionId,
    workerId,
    ...(head.sequence === null ? [head.framework, head.alone, head.stressed, itemsOf(rows, head)] : [head.sequence]),
  ];
  if (head.started && !head.stressed) return store.query<TakenRow>(statement, parameters);
  return retrying(() =>
    store.transaction(async (tx) => {
      if (!head.started) await changeExecution(tx, executionId, { kind: 'start', now: new Date() });
      // One stressed trial at a time: two on one processor core would each run under more than their conditions say. Its loops are bound
      // to one core, so what runs beside it keeps to the others.
      if (head.stressed) {
        await tx.query(LOCK_EXECUTION, [executionId]);
        if ((await tx.query<{ out: boolean }>(STRESS_IS_OUT, [executionId])).rows[0]?.out) return { rows: [], rowCount: 0 };
      }
      return tx.query<TakenRow>(statement, parameters);
    }),
  );
}

function itemsOf(rows: readonly AheadRow[], head: AheadRow): number {
  const ready = rows.map((r) => ({
    framework: r.framework ?? '',
    alone: r.alone || r.stressed || r.sequence !== null,
    expectedMs: r.expected_ms,
  }));
  return leaseSize({ ready, totalMs: head.total_ms, slots: head.slots, first: !head.started });
}

async function nothingReady(store: EventStore, executionId: string): Promise<LeaseReply> {
  const { rows } = await store.query<{ open: boolean; due_ms: string | null }>(NEXT_DUE, [executionId]);
  const next = rows[0];
  if (!next?.open) return { items: [], next: 'done', waitMs: 0 };
  const dueMs = next.due_ms === null ? IDLE_MS : Math.ceil(Number(next.due_ms));
  return { items: [], next: 'wait', waitMs: Math.min(Math.max(dueMs, 1), IDLE_MS) };
}
