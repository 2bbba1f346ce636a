import { newId } from '@testimony/contracts';
import type { NewEvent, Transaction } from '@testimony/event-store';
import { decide, type WorkerCommand } from './decide';
import { evolve, NO_WORKER, workerStream, type Worker, type WorkerEvent } from './worker';

export interface WorkerRow {
  readonly id: string;
  readonly execution_id: string;
  readonly project_id: string;
  readonly slots: number;
}

export interface Run {
  readonly executionId: string;
  readonly projectId: string;
  readonly parallel: number;
}

const INSERT_WORKER = `
INSERT INTO workers (id, execution_id, project_id, slots, status, version, not_before)
VALUES ($1, $2, $3, $4, 'requested', 1, now() + $5 * interval '1 millisecond')`;

const LOCK_WORKER = 'SELECT execution_id, status, version FROM workers WHERE id = $1 FOR UPDATE';
const UPDATE_WORKER = 'UPDATE workers SET status = $2, version = $3 WHERE id = $1';
const DELETE_WORKER = 'DELETE FROM workers WHERE id = $1';

/** Asks for one worker with all slots of the run; `delayMs` from now at the earliest. */
export async function requestWorker(tx: Transaction, run: Run, provider: string, delayMs: number): Promise<void> {
  const workerId = newId('wrk');
  const { executionId, projectId, parallel: slots } = run;
  const events = decide(NO_WORKER, { kind: 'request', workerId, executionId, provider, slots });
  tx.append(workerStream(workerId), 0, events.map(newEvent));
  await tx.query(INSERT_WORKER, [workerId, executionId, projectId, slots, delayMs]);
}

/** Decides a command on a worker that has not ended. False when there is none: it ended before. */
export async function changeWorker(
  tx: Transaction,
  workerId: string,
  command: Exclude<WorkerCommand, { kind: 'request' }>,
): Promise<boolean> {
  const { rows } = await tx.query<{ execution_id: string; status: 'requested' | 'started'; version: number }>(LOCK_WORKER, [workerId]);
  const row = rows[0];
  if (!row) return false;
  const state: Worker = { status: row.status, workerId, executionId: row.execution_id };
  const events = decide(state, command);
  if (events.length === 0) return true;
  tx.append(workerStream(workerId), row.version, events.map(newEvent));
  const after = events.reduce(evolve, state);
  if (after.status === 'ended') await tx.query(DELETE_WORKER, [workerId]);
  else await tx.query(UPDATE_WORKER, [workerId, after.status, row.version + events.length]);
  return true;
}

function newEvent(event: WorkerEvent): NewEvent {
  return { type: event.type, data: event.data, published: true, metadata: { correlation: event.data.executionId } };
}
