import type { ExecutionStatus, Summary } from '@testimony/contracts';
import type { Transaction } from '@testimony/event-store';
import { decide, type ExecutionCommand } from './decide';
import { NO_EXECUTION, type Execution, type ExecutionEvent } from './execution';
import { executionStream, newEvent } from './new-event';
import { LOCK_EXECUTION, UPDATE_EXECUTION } from './statements';

interface Row {
  readonly project_id: string;
  readonly parallel: number;
  readonly version: number;
  readonly status: ExecutionStatus;
  readonly started_at: Date | null;
}

/** Decides a command on an execution that exists and stores what follows: events and row, in the caller's transaction. */
export async function changeExecution(
  tx: Transaction,
  executionId: string,
  command: Exclude<ExecutionCommand, { kind: 'request' }>,
): Promise<ExecutionEvent[]> {
  const { rows } = await tx.query<Row>(LOCK_EXECUTION, [executionId]);
  const row = rows[0];
  const events = decide(stateOf(executionId, row), command);
  if (!row || events.length === 0) return events;
  tx.append(executionStream(executionId), row.version, events.map(newEvent));
  const after = events.reduce(project, { status: row.status, startedAt: null, endedAt: null, summary: null, reason: null });
  await tx.query(UPDATE_EXECUTION, [
    executionId,
    row.version + events.length,
    after.status,
    after.startedAt,
    after.endedAt,
    after.summary === null ? null : JSON.stringify(after.summary),
    after.reason,
  ]);
  return events;
}

/** The row is the fold of the stream, kept beside it: `execution.spec` compares both. */
function stateOf(executionId: string, row: Row | undefined): Execution {
  if (!row) return NO_EXECUTION;
  const { project_id: projectId, parallel, status } = row;
  if (status !== 'running') return { status: 'ended', as: status, executionId, projectId };
  return { status: row.started_at ? 'started' : 'admitted', executionId, projectId, parallel };
}

interface RowAfter {
  readonly status: ExecutionStatus;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly summary: Summary | null;
  readonly reason: string | null;
}

function project(row: RowAfter, event: ExecutionEvent): RowAfter {
  switch (event.type) {
    case 'io.testimony.execution.started':
      return { ...row, startedAt: event.data.startedAt };
    case 'io.testimony.execution.completed':
      return { ...row, status: event.data.status, endedAt: event.data.completedAt, summary: event.data.summary };
    case 'io.testimony.execution.cancelled':
      return { ...row, status: 'cancelled', endedAt: event.data.cancelledAt, reason: event.data.reason };
    case 'io.testimony.execution.requested':
    case 'io.testimony.execution.admitted':
    case 'execution.worker-lost':
    case 'io.testimony.execution.worker-silent':
    case 'io.testimony.execution.outage-began':
    case 'io.testimony.execution.outage-ended':
      return row;
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}
