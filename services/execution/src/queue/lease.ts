import type { ExecutionStatus, LeaseReply, LeaseRequest, WorkItem } from '@testimony/contracts';
import type { EventStore, Rows } from '@testimony/event-store';
import { changeExecution } from '../execution/change';
import { retrying } from '../execution/retrying';
import { executionUnknown } from '../execution/status-of';
import { leaseSize, LOOK_AHEAD_PER_SLOT, MAX_LEASE_ITEMS } from './lease-size';
import { LOOK_AHEAD, NEXT_DUE, TAKE } from './statements';

/** How long a worker waits that finds nothing ready: others hold the rest, and may lose it. Its own reports wake it before. */
const IDLE_MS = 250;
/** The queue has work, but others held its rows at that moment. */
const CONTENDED_MS = 10;
const TRIES = 3;

interface AheadRow {
  readonly status: ExecutionStatus;
  readonly started: boolean;
  readonly slots: number;
  readonly framework: string | null;
  readonly alone: boolean;
  readonly expected_ms: number;
  readonly total_ms: number;
}

interface TakenRow {
  readonly lease_id: string;
  readonly test_id: string;
  readonly attempt: number;
  readonly framework: string;
  readonly isolated: boolean;
  readonly service: string;
  readonly file: string;
  readonly title_path: string[];
  readonly timeout_ms: number;
}

/** Hands out the next work of an execution. The first lease of all also says that the execution started. */
export async function lease(store: EventStore, executionId: string, { workerId }: LeaseRequest): Promise<LeaseReply> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { rows } = await store.query<AheadRow>(LOOK_AHEAD, [executionId, MAX_LEASE_ITEMS, LOOK_AHEAD_PER_SLOT]);
    const head = rows[0];
    if (!head) throw executionUnknown(executionId);
    if (head.status !== 'running') return { items: [], next: 'done', waitMs: 0 };
    if (head.framework === null) return nothingReady(store, executionId);
    const ready = rows.map((r) => ({ framework: r.framework ?? '', alone: r.alone, expectedMs: r.expected_ms }));
    const items = leaseSize({ ready, totalMs: head.total_ms, slots: head.slots, first: !head.started });
    const take = [executionId, workerId, head.framework, head.alone, items];
    const taken = head.started ? await store.query<TakenRow>(TAKE, take) : await takeFirst(store, executionId, take);
    if (taken.rows.length > 0) return { items: taken.rows.map(workItem), next: 'work', waitMs: 0 };
  }
  return { items: [], next: 'wait', waitMs: CONTENDED_MS };
}

function takeFirst(store: EventStore, executionId: string, take: readonly unknown[]): Promise<Rows<TakenRow>> {
  return retrying(() =>
    store.transaction(async (tx) => {
      await changeExecution(tx, executionId, { kind: 'start', now: new Date() });
      return tx.query<TakenRow>(TAKE, take);
    }),
  );
}

async function nothingReady(store: EventStore, executionId: string): Promise<LeaseReply> {
  const { rows } = await store.query<{ open: boolean; due_ms: string | null }>(NEXT_DUE, [executionId]);
  const next = rows[0];
  if (!next?.open) return { items: [], next: 'done', waitMs: 0 };
  const dueMs = next.due_ms === null ? IDLE_MS : Math.ceil(Number(next.due_ms));
  return { items: [], next: 'wait', waitMs: Math.min(Math.max(dueMs, 1), IDLE_MS) };
}

function workItem(row: TakenRow): WorkItem {
  return {
    leaseId: row.lease_id,
    testId: row.test_id,
    attempt: row.attempt,
    service: row.service,
    framework: row.framework,
    file: row.file,
    titlePath: row.title_path,
    timeoutMs: row.timeout_ms,
    conditions: { isolated: row.isolated },
  };
}
