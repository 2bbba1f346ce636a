import type { EventStoreReader, StoredEvent, Subscription, SubscriptionMetrics, SubscriptionOptions, Transaction } from './api';
import { isUnavailable } from './connection';
import type { RunTransaction } from './transaction';

export const LOCK_CHECKPOINT = 'SELECT position FROM checkpoints WHERE subscription = $1 FOR UPDATE SKIP LOCKED';
export const MOVE_CHECKPOINT = 'UPDATE checkpoints SET position = $2 WHERE subscription = $1';
export const PARKED_STREAMS = 'SELECT DISTINCT stream FROM parked WHERE subscription = $1';
export const PARK = `INSERT INTO parked (subscription, stream, position, error)
  SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::text[]) ON CONFLICT DO NOTHING`;
export const INBOX = `INSERT INTO inbox (subscription, event_id)
  SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING RETURNING event_id`;
export const PRUNE_INBOX = `DELETE FROM inbox WHERE received_at < now() - interval '7 days'`;

/** Finds what a lost hint left. */
const POLL_MS = 1_000;
/** How often a process looks whether the other one that runs the same subscription has gone. */
const STANDBY_MS = 200;
const BATCH_SIZE = 500;
const ATTEMPTS = 5;
const FIRST_DELAY_MS = 50;
const LONGEST_DELAY_MS = 5_000;
/** The inbox keeps a week; it is swept after this many events. */
const PRUNE_EVERY = 50_000;

export interface RunningSubscription extends Subscription {
  metrics(): SubscriptionMetrics;
}

export function startSubscription(
  options: SubscriptionOptions,
  source: EventStoreReader,
  transaction: RunTransaction,
  readCheckpoint: (subscription: string) => Promise<number>,
): RunningSubscription {
  const { name, publishedOnly, types, batchSize = BATCH_SIZE, attempts = ATTEMPTS, restMs = 0 } = options;
  let stopped = false;
  let hinted = false;
  let wake: ((byHint: boolean) => void) | undefined;
  /** Up to where all is done here or elsewhere: at or past the checkpoint, for events that this subscription leaves out move only this. */
  let seen: number | undefined;
  let head = 0;
  let handled = 0;
  let parked = 0;
  let sincePruned = 0;
  let ahead: { readonly after: number; readonly chunk: Promise<Chunk> } | undefined;
  const waiters = new Set<() => void>();

  const removeHint = source.onAppended(() => {
    hinted = true;
    wake?.(true);
  });
  const done = run();

  return {
    caughtUp: async () => {
      const target = await source.head();
      while ((seen ?? -1) < target && !stopped) {
        hinted = true;
        wake?.(true);
        await new Promise<void>((resolve) => waiters.add(resolve));
      }
    },
    stop: async () => {
      stopped = true;
      removeHint();
      wake?.(false);
      await done;
    },
    metrics: () => ({ name, handled, parked, position: seen ?? 0, lag: Math.max(0, head - (seen ?? 0)) }),
  };

  async function run(): Promise<void> {
    let delay = FIRST_DELAY_MS;
    while (!stopped) {
      hinted = false;
      try {
        const before = handled;
        const outcome = await pass();
        delay = FIRST_DELAY_MS;
        for (const waiter of waiters) waiter();
        waiters.clear();
        if (outcome === 'elsewhere') await sleep(STANDBY_MS, false);
        else if (outcome === 'done') await sleep(POLL_MS, true);
        else if (restMs > 0 && handled - before < batchSize) await sleep(restMs, false);
      } catch {
        // The database failed, or this process' way to it: a failing handler has been dealt with in the pass. The checkpoint knows the truth.
        ahead = undefined;
        seen = undefined;
        await sleep(delay, false);
        delay = Math.min(delay * 2, LONGEST_DELAY_MS);
      }
    }
    for (const waiter of waiters) waiter();
  }

  /** Handles one batch. It is read before the transaction: within it, reading would need a second connection, and all may be taken by such transactions. */
  async function pass(): Promise<Outcome> {
    const after = (seen ??= await readCheckpoint(name));
    const chunk = await next(after);
    if (chunk.events.length === 0) {
      seen = chunk.upTo;
      return 'done';
    }
    try {
      return await commit(after, chunk.events, chunk.upTo);
    } catch (error) {
      if (isUnavailable(error)) throw error;
      return oneByOne(after, chunk);
    }
  }

  /** The effect of `events` and the move of the checkpoint, in one transaction, if this subscription is ours to advance and still where we read on from. */
  async function commit(
    after: number,
    events: readonly StoredEvent[],
    upTo: number,
    put: 'handle' | { readonly park: unknown } = 'handle',
  ): Promise<Outcome> {
    let set = 0;
    const outcome = await transaction<Outcome>(async (tx) => {
      const checkpoint = (await tx.query<{ position: number }>(LOCK_CHECKPOINT, [name])).rows[0]?.position;
      if (checkpoint === undefined) return 'elsewhere';
      if (checkpoint > after) {
        upTo = checkpoint;
        return 'moved';
      }
      if (put === 'handle') set = await effect(tx, events);
      else {
        await tx.query(PARK, [name, events.map(({ stream }) => stream), events.map(({ position }) => position), [reason(put.park)]]);
        set = events.length;
      }
      await tx.query(MOVE_CHECKPOINT, [name, upTo]);
      return 'more';
    });
    if (outcome === 'elsewhere') {
      seen = Math.max(after, await readCheckpoint(name));
      return outcome;
    }
    seen = upTo;
    if (outcome === 'more') count(events.length - set, set);
    return outcome;
  }

  async function oneByOne(after: number, chunk: Chunk): Promise<Outcome> {
    for (const [index, event] of chunk.events.entries()) {
      // The last one moves the checkpoint over what the chunk left out as well.
      const upTo = index === chunk.events.length - 1 ? chunk.upTo : event.position;
      const outcome = await one(after, event, upTo);
      if (outcome !== 'more') return outcome;
      after = upTo;
    }
    return 'more';
  }

  async function one(after: number, event: StoredEvent, upTo: number): Promise<Outcome> {
    for (let attempt = 1; !stopped; attempt++) {
      try {
        return await commit(after, [event], upTo);
      } catch (error) {
        if (isUnavailable(error)) throw error;
        if (attempt >= attempts) return commit(after, [event], upTo, { park: error });
      }
      await sleep(Math.min(FIRST_DELAY_MS * 2 ** (attempt - 1), LONGEST_DELAY_MS), false);
    }
    return 'done';
  }

  /** The effect of the events whose stream is not parked; the others join what waits there. Returns how many did. */
  async function effect(tx: Transaction, events: readonly StoredEvent[]): Promise<number> {
    const { rows } = await tx.query<{ stream: string }>(PARKED_STREAMS, [name]);
    const waiting = new Set(rows.map(({ stream }) => stream));
    const behind = waiting.size > 0 ? events.filter(({ stream }) => waiting.has(stream)) : [];
    if (behind.length > 0) {
      await tx.query(PARK, [name, behind.map(({ stream }) => stream), behind.map(({ position }) => position), behind.map(() => null)]);
    }
    await handleOnce(options, tx, behind.length > 0 ? events.filter(({ stream }) => !waiting.has(stream)) : events);
    return behind.length;
  }

  /** The events after a position; reads the next ones ahead while these are handled. */
  async function next(after: number): Promise<Chunk> {
    const chunk = await (ahead?.after === after ? ahead.chunk : read(after));
    ahead = undefined;
    if (chunk.full) {
      const following = read(chunk.upTo);
      // Whoever takes it sees the error; nobody may.
      following.catch(() => undefined);
      ahead = { after: chunk.upTo, chunk: following };
    }
    return chunk;
  }

  async function read(after: number): Promise<Chunk> {
    // Asked for first: what is at or below it now is visible to the second query, as positions become visible in order.
    const top = types || publishedOnly ? await source.head() : undefined;
    const events = await source.readAll({ after, limit: batchSize, publishedOnly, types });
    const full = events.length === batchSize;
    const last = events.at(-1)?.position ?? after;
    head = Math.max(head, top ?? last);
    return { events, full, upTo: full ? last : Math.max(last, top ?? 0) };
  }

  function count(done: number, set: number): void {
    handled += done;
    parked += set;
    sincePruned += done;
    if (!options.inbox || sincePruned < PRUNE_EVERY) return;
    sincePruned = 0;
    void transaction((tx) => tx.query(PRUNE_INBOX)).catch(() => undefined);
  }

  async function sleep(ms: number, untilHint: boolean): Promise<void> {
    if (stopped || (untilHint && hinted)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = (byHint) => {
        if (byHint && !untilHint) return;
        clearTimeout(timer);
        resolve();
      };
    });
    wake = undefined;
  }
}

/** `more`: something was done, look again. `done`: nothing was left. `moved`, `elsewhere`: another process of this subscription was here, or is. */
type Outcome = 'more' | 'done' | 'moved' | 'elsewhere';

interface Chunk {
  readonly events: readonly StoredEvent[];
  /** Where the checkpoint goes when all of them have been handled. */
  readonly upTo: number;
  /** There may be more. */
  readonly full: boolean;
}

/** Calls `handle`, with an inbox only for events it has not seen. */
export async function handleOnce(options: SubscriptionOptions, tx: Transaction, events: readonly StoredEvent[]): Promise<void> {
  if (options.inbox && events.length > 0) {
    const { rows } = await tx.query<{ event_id: string }>(INBOX, [options.name, events.map(({ id }) => id)]);
    const fresh = new Set(rows.map((row) => row.event_id));
    events = events.filter(({ id }) => fresh.has(id));
  }
  if (events.length > 0) await options.handle(events, tx);
}

/** Kept with the parked event: the first line, short. */
export function reason(error: unknown): string {
  return ((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').slice(0, 500);
}
