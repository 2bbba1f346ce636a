import type { HeartbeatReply, HeartbeatRequest, RegisterReply, RegisterRequest } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { changeExecution } from '../execution/change';
import { complete, completeIfDecided } from '../execution/complete';
import { retrying } from '../execution/retrying';
import { executionUnknown, statusOf } from '../execution/status-of';
import { settle, type LockedTest } from '../test/settle';
import { LOCK_BEGUN_SEQUENCES, LOCK_LEASED, LOCK_UNDECIDED, SILENT_WORKERS } from './statements';
import { GONE, KNOWN_LOST, MISSED, REGISTER, RETURN_UNKNOWN, SEEN } from './worker-statements';

/** A worker is lost when it missed this many heartbeats. */
const MISSED_HEARTBEATS = 3;

/** Lets a worker of this execution in. An execution that has ended keeps no workers: its next lease says `done`. */
export async function register(
  store: EventStore,
  executionId: string,
  request: RegisterRequest,
  heartbeatMs: number,
): Promise<RegisterReply> {
  const { rowCount } = await store.query(REGISTER, [executionId, request.workerId, request.slots]);
  if (rowCount === 0 && (await statusOf(store, executionId)) === undefined) throw executionUnknown(executionId);
  return { executionId, heartbeatMs };
}

export async function heartbeat(
  store: EventStore,
  executionId: string,
  { workerId, leaseIds }: HeartbeatRequest,
  heartbeatMs: number,
): Promise<HeartbeatReply> {
  const status = await statusOf(store, executionId);
  if (status !== 'running') return { cancelled: true, gone: leaseIds };
  await store.query(SEEN, [executionId, workerId]);
  await store.query(RETURN_UNKNOWN, [executionId, workerId, leaseIds, heartbeatMs]);
  const { rows } = await store.query<{ id: string }>(GONE, [executionId, leaseIds]);
  return { cancelled: false, gone: rows.map((r) => r.id) };
}

export interface LostWorker {
  readonly executionId: string;
  readonly workerId: string;
  readonly reason: string;
  /** False: nobody will work on this execution any more. */
  readonly replaced: boolean;
}

/** What the worker held returns to the queue; when it was the last, what is undecided ends `lost` with the reason, and with it the execution. */
export async function loseWorker(tx: Transaction, { executionId, workerId, reason, replaced }: LostWorker): Promise<void> {
  const events = await changeExecution(tx, executionId, { kind: 'note-lost-worker', workerId, reason, replaced });
  if (events.length === 0) return;
  await tx.query(KNOWN_LOST, [executionId, workerId]);
  if (replaced) return returnLeased(tx, executionId, workerId, reason);
  await giveUp(tx, executionId, reason);
  await complete(tx, executionId);
}

/** Every undecided test ends `lost` with the reason. */
export async function giveUp(tx: Transaction, executionId: string, reason: string): Promise<void> {
  const { rows } = await tx.query<LockedTest>(LOCK_UNDECIDED, [executionId]);
  const now = new Date();
  const settlements = rows.map((test) => ({ test, command: { kind: 'give-up', reason, now } as const }));
  await settle(tx, executionId, settlements, false);
}

async function returnLeased(tx: Transaction, executionId: string, workerId: string, reason: string): Promise<void> {
  const { rows } = await tx.query<LockedTest>(LOCK_LEASED, [executionId, workerId]);
  const now = new Date();
  const settlements = rows.map((test) => ({ test, command: { kind: 'return', workerId, reason, now } as const }));
  await settle(tx, executionId, settlements, true);
}

/** After a crash of everything: what is left of a sequence cannot run without what ran before it. */
export async function loseBegunSequences(tx: Transaction, executionId: string): Promise<void> {
  const { rows } = await tx.query<LockedTest>(LOCK_BEGUN_SEQUENCES, [executionId]);
  const now = new Date();
  const reason = 'the execution was taken up again';
  const settlements = rows.map((test) => ({ test, command: { kind: 'return', workerId: test.worker_id ?? '', reason, now } as const }));
  await settle(tx, executionId, settlements, false);
}

async function loseSilentWorker(tx: Transaction, executionId: string, workerId: string, silentMs: number): Promise<void> {
  const events = await changeExecution(tx, executionId, { kind: 'note-silent-worker', workerId, silentMs });
  if (events.length === 0) return;
  await tx.query(MISSED, [executionId, workerId]);
  await returnLeased(tx, executionId, workerId, `worker ${workerId} was not heard of for ${silentMs} ms`);
}

/** Takes back the leases of workers that fell silent. Such a worker may yet come back: what it reports counts until somebody else has the test. */
export async function loseSilentWorkers(store: EventStore, heartbeatMs: number): Promise<void> {
  const silentMs = MISSED_HEARTBEATS * heartbeatMs;
  const { rows } = await store.query<{ execution_id: string; worker_id: string }>(SILENT_WORKERS, [silentMs]);
  for (const { execution_id, worker_id } of rows) {
    await retrying(() => store.transaction((tx) => loseSilentWorker(tx, execution_id, worker_id, silentMs)));
    await completeIfDecided(store, execution_id);
  }
}
