import { WorkerFinished, WorkerLost, WorkerRequested, WorkerStarted, type EventOf } from '@testimony/contracts';

export const WORKER_EVENTS = [WorkerRequested, WorkerStarted, WorkerLost, WorkerFinished] as const;
export type WorkerEvent = EventOf<(typeof WORKER_EVENTS)[number]>;

export type Worker =
  | { readonly status: 'none' }
  | { readonly status: 'requested' | 'started'; readonly workerId: string; readonly executionId: string }
  | { readonly status: 'ended' };

export const NO_WORKER: Worker = { status: 'none' };

export function evolve(state: Worker, event: WorkerEvent): Worker {
  switch (event.type) {
    case 'io.testimony.worker.requested':
      return { status: 'requested', workerId: event.data.workerId, executionId: event.data.executionId };
    case 'io.testimony.worker.started':
      return state.status === 'requested' ? { ...state, status: 'started' } : state;
    case 'io.testimony.worker.lost':
    case 'io.testimony.worker.finished':
      return { status: 'ended' };
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}

export function workerStream(workerId: string): string {
  return `worker-${workerId}`;
}
