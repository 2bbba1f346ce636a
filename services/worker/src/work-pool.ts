import type { LeaseReply, LeaseRequest, WorkItem } from '@testimony/contracts';
import type { Door } from './door';

export interface WorkPool {
  /** The next batch, all of one framework; undefined when there is no more work in this execution. Rejects when the door does. */
  take(): Promise<WorkItem[] | undefined>;
  /** Leases ahead, so that who takes next need not wait. At most one batch lies ready, for whichever slot is first. */
  prefetch(): void;
  /** Asks again now instead of after the pause: something changed. */
  wake(): void;
  /** Ends the waiting of all who take. */
  stop(): void;
}

/** Heartbeats carry at most 5000 leases; a worker that holds this many takes no more until some are acknowledged. */
const MAX_HELD = 4_000;
const FULL_PAUSE_MS = 50;

interface Taker {
  resolve(items: WorkItem[] | undefined): void;
  reject(error: unknown): void;
}

/** The leases of one worker, shared by its slots. `leased` hears of each item before anybody gets it; `held` is how many are not acknowledged. */
export function openWorkPool(workerId: string, door: Door, leased: (items: readonly WorkItem[]) => void, held: () => number): WorkPool {
  const ready: WorkItem[][] = [];
  const takers: Taker[] = [];
  let ahead = 0;
  let asking = 0;
  /** The last answer was `wait`: one question at a time is enough until there is work again. */
  let idle = false;
  let done = false;
  let pausing: NodeJS.Timeout | undefined;

  const pump = (): void => {
    while (!done && !pausing && asking < (idle ? 1 : Infinity) && asking + ready.length < takers.length + ahead) {
      if (held() > MAX_HELD) return pauseFor(FULL_PAUSE_MS);
      asking += 1;
      void ask();
    }
  };

  const ask = async (): Promise<void> => {
    try {
      const request: LeaseRequest = { workerId, slot: 0 };
      const reply = await door.post<LeaseReply>('lease', JSON.stringify(request));
      asking -= 1;
      if (reply.next === 'done') return stop();
      idle = reply.items.length === 0;
      if (idle) return pauseFor(reply.waitMs);
      leased(reply.items);
      ready.push(reply.items);
      hand();
    } catch (error) {
      asking -= 1;
      done = true;
      for (const taker of takers.splice(0)) taker.reject(error);
    }
  };

  const hand = (): void => {
    while (ready.length > 0 && takers.length > 0) takers.shift()?.resolve(ready.shift());
    ahead = Math.max(0, ahead - ready.length);
    pump();
  };

  /** One pause for all: when nothing is ready for one slot, nothing is for the others. */
  const pauseFor = (ms: number): void => {
    ahead = 0;
    pausing ??= setTimeout(() => {
      pausing = undefined;
      pump();
    }, ms);
  };

  const stop = (): void => {
    done = true;
    clearTimeout(pausing);
    // What lies ready is still this worker's: it goes out before the end is said.
    for (const taker of takers.splice(0)) taker.resolve(ready.shift());
  };

  return {
    take() {
      const items = ready.shift();
      if (items || done) return Promise.resolve(items);
      return new Promise((resolve, reject) => {
        takers.push({ resolve, reject });
        pump();
      });
    },
    prefetch() {
      if (ready.length > 0 || ahead > 0) return;
      ahead = 1;
      pump();
    },
    wake() {
      if (!pausing) return;
      clearTimeout(pausing);
      pausing = undefined;
      pump();
    },
    stop() {
      ready.length = 0;
      stop();
    },
  };
}
