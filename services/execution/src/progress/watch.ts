import {
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionOutageBegan,
  ExecutionOutageEnded,
  ExecutionStarted,
  TestAttempted,
  TestDecided,
  type EventOf,
} from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import type { ExecutionProgress } from '../api';
import { summaryOf } from '../execution/complete';
import { ExecutionWorkerLost } from '../execution/execution';
import { executionStream } from '../execution/new-event';
import { executionUnknown } from '../execution/status-of';
import { setTimeout as pause } from 'node:timers/promises';

const WATCHED = [
  ExecutionStarted,
  TestAttempted,
  TestDecided,
  ExecutionWorkerLost,
  ExecutionOutageBegan,
  ExecutionOutageEnded,
  ExecutionCompleted,
  ExecutionCancelled,
] as const;
type WatchedEvent = EventOf<(typeof WATCHED)[number]>;
const TYPES = WATCHED.map((w) => w.type);

/** A watcher holds one page of events, however slowly it is read. */
const PAGE = 200;
/** After a page, events gather for so long: for a person it is at once, and it saves most of the reads. */
const REST_MS = 40;
/** The store's hint that something was appended may be missing; look again after so long. */
const POLL_MS = 1_000;

/** Follows one execution through the store from its first event, in order, and ends with its end or when `signal` aborts. */
export async function* watchExecution(store: EventStore, executionId: string, signal?: AbortSignal): AsyncGenerator<ExecutionProgress> {
  const [first] = await store.readStream(executionStream(executionId), { limit: 1 });
  if (!first) throw executionUnknown(executionId);
  const bell = appendedBell(store, signal);
  try {
    for (let after = first.position; !signal?.aborted;) {
      bell.reset();
      const page = await store.readAll({ after, limit: PAGE, types: TYPES });
      for (const stored of page) {
        after = stored.position;
        const event = { type: stored.type, data: stored.data } as WatchedEvent;
        if (event.data.executionId !== executionId) continue;
        const progress = await progressOf(store, event);
        yield progress;
        if (progress.kind === 'ended') return;
      }
      if (page.length >= PAGE) continue;
      if (page.length > 0) await pause(REST_MS);
      await bell.rung();
    }
  } finally {
    bell.remove();
  }
}

async function progressOf(store: EventStore, event: WatchedEvent): Promise<ExecutionProgress> {
  switch (event.type) {
    case 'io.testimony.execution.started':
      return { kind: 'started' };
    case 'io.testimony.test.attempted':
      return { kind: 'attempted', data: event.data };
    case 'io.testimony.test.decided':
      return { kind: 'decided', data: event.data };
    case 'execution.worker-lost':
      return { kind: 'worker-lost', reason: event.data.reason };
    case 'io.testimony.execution.outage-began': {
      const { url, tests, reason } = event.data;
      return { kind: 'outage', state: 'began', url, tests, reason };
    }
    case 'io.testimony.execution.outage-ended': {
      const { url, recovered, durationMs } = event.data;
      return { kind: 'outage', state: 'ended', url, recovered, durationMs };
    }
    case 'io.testimony.execution.completed':
      return { kind: 'ended', status: event.data.status, summary: event.data.summary };
    case 'io.testimony.execution.cancelled':
      return {
        kind: 'ended',
        status: 'cancelled',
        summary: await summaryOf(store, event.data.executionId),
        reason: event.data.reason,
      };
    default: {
      const impossible: never = event;
      return impossible;
    }
  }
}

/** Rings on an append, at the latest after POLL_MS, and at once when aborted. */
function appendedBell(store: EventStore, signal?: AbortSignal): { reset(): void; rung(): Promise<void>; remove(): void } {
  let missed = false;
  let wake: (() => void) | undefined;
  const ring = (): void => {
    missed = true;
    wake?.();
  };
  const removeHint = store.onAppended(ring);
  signal?.addEventListener('abort', ring);
  return {
    reset() {
      missed = false;
    },
    async rung() {
      if (missed || signal?.aborted) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      wake = undefined;
    },
    remove() {
      removeHint();
      signal?.removeEventListener('abort', ring);
    },
  };
}
