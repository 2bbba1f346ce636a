import {
  ExecutionAdmitted,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionOutageBegan,
  ExecutionOutageEnded,
  ExecutionRequested,
  ExecutionStarted,
  ExecutionWorkerSilent,
  type EventOf,
  type ExecutionStatus,
} from '@testimony/contracts';
import { z } from 'zod';

/** A worker of this execution was lost; kept in the execution's own history, so that who watches it sees it in its place. */
export const ExecutionWorkerLost = {
  type: 'execution.worker-lost',
  schema: z.object({ executionId: z.string(), workerId: z.string(), reason: z.string(), replaced: z.boolean() }),
  published: false,
} as const;

export const EXECUTION_EVENTS = [
  ExecutionRequested,
  ExecutionAdmitted,
  ExecutionStarted,
  ExecutionWorkerLost,
  ExecutionWorkerSilent,
  ExecutionOutageBegan,
  ExecutionOutageEnded,
  ExecutionCompleted,
  ExecutionCancelled,
] as const;
export type ExecutionEvent = EventOf<(typeof EXECUTION_EVENTS)[number]>;

interface Known {
  readonly executionId: string;
  readonly projectId: string;
}

export type Execution =
  | { readonly status: 'none' }
  | ({ readonly status: 'requested' | 'admitted' | 'started'; readonly parallel: number } & Known)
  | ({ readonly status: 'ended'; readonly as: Exclude<ExecutionStatus, 'running'> } & Known);

export const NO_EXECUTION: Execution = { status: 'none' };

export function evolve(state: Execution, event: ExecutionEvent): Execution {
  switch (event.type) {
    case 'io.testimony.execution.requested': {
      const { executionId, projectId, parallel } = event.data;
      return { status: 'requested', executionId, projectId, parallel };
    }
    case 'io.testimony.execution.admitted':
      // Admitted again after a crash: it stays started, if it was.
      return state.status === 'requested' ? { ...state, status: 'admitted' } : state;
    case 'io.testimony.execution.started':
      return state.status === 'admitted' ? { ...state, status: 'started' } : state;
    case 'execution.worker-lost':
    case 'io.testimony.execution.worker-silent':
    case 'io.testimony.execution.outage-began':
    case 'io.testimony.execution.outage-ended':
      return state;
    case 'io.testimony.execution.completed':
      return { status: 'ended', as: event.data.status, executionId: event.data.executionId, projectId: event.data.projectId };
    case 'io.testimony.execution.cancelled':
      return { status: 'ended', as: 'cancelled', executionId: event.data.executionId, projectId: event.data.projectId };
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}
