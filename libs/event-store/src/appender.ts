import { setImmediate as nextTurn } from 'node:timers/promises';
import { DomainError } from '@testimony/contracts';
import type { Pool } from 'pg';
import { takeBatch } from './append-batch';
import { isConnectionFailure, throughOutage } from './connection';
import { type EncodedAppend, encodeBatch } from './encode';
import { VersionConflict } from './version-conflict';

/** What may wait for the database. Past it `append` fails at once, before memory does. */
const MAX_QUEUED_APPENDS = 20_000;
const MAX_QUEUED_BYTES = 64 * 1024 * 1024;
const UNIQUE_VIOLATION = '23505';

interface Waiting {
  readonly encoded: EncodedAppend;
  readonly done: (version: number) => void;
  readonly fail: (error: unknown) => void;
}

export interface Appender {
  append(encoded: EncodedAppend): Promise<number>;
  /** Resolves when nothing is queued or under way. */
  idle(): Promise<void>;
}

/**
 * Group append: what is appended while a batch is under way goes into the next, so that a slow commit costs latency and not throughput.
 * `appended` is called after each commit.
 */
export function createAppender(pool: Pool, appended: (events: number) => void): Appender {
  const queue: Waiting[] = [];
  let queuedBytes = 0;
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    // Whoever appends in this turn of the event loop shares the first batch.
    await nextTurn();
    while (queue.length > 0) {
      const batch = takeBatch(queue);
      for (const { encoded } of batch) queuedBytes -= encoded.bytes;
      await store(batch);
    }
    // In the same step as the look at the queue: what comes later starts a new run.
    running = undefined;
  }

  async function store(batch: readonly Waiting[]): Promise<void> {
    let outcomes: (number | VersionConflict)[];
    try {
      outcomes = await send(
        pool,
        batch.map(({ encoded }) => encoded),
      );
    } catch (error) {
      // One that the database refuses must not take the others along.
      if (batch.length > 1 && !isConnectionFailure(error) && !(error instanceof DomainError)) {
        for (const one of batch) await store([one]);
        return;
      }
      for (const { fail } of batch) fail(error);
      return;
    }
    let events = 0;
    batch.forEach(({ encoded, done, fail }, n) => {
      const outcome = outcomes[n];
      if (typeof outcome === 'number') {
        events += encoded.items.length;
        done(outcome);
      } else {
        fail(outcome);
      }
    });
    if (events > 0) appended(events);
  }

  return {
    append: (encoded) => {
      if (queue.length >= MAX_QUEUED_APPENDS || queuedBytes + encoded.bytes > MAX_QUEUED_BYTES) {
        return Promise.reject(
          new DomainError('event-queue-full', 'The database is too slow for what is being written: wait a moment, then repeat.', 503),
        );
      }
      return new Promise((done, fail) => {
        queue.push({ encoded, done, fail });
        queuedBytes += encoded.bytes;
        running ??= run();
      });
    },
    idle: async () => {
      while (running) await running;
    },
  };
}

/**
 * Appends through an outage. When the connection broke with the call under way it may have been committed or not, or may still be: the
 * events' ids tell. What is found is done, the rest is sent again; should the first call commit only now, its ids refuse the second.
 */
async function send(pool: Pool, appends: readonly EncodedAppend[]): Promise<(number | VersionConflict)[]> {
  let doubtful = false;
  const outcomes = new Map<EncodedAppend, number | VersionConflict>();
  return throughOutage(async () => {
    if (doubtful) for (const [append, version] of await findAppended(pool, appends)) outcomes.set(append, version);
    const rest = appends.filter((append) => !outcomes.has(append));
    if (rest.length > 0) {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        const result = await client.query<[number, boolean, number]>({
          name: 'append',
          text: 'SELECT append, accepted, last_version FROM append_events($1)',
          values: [encodeBatch(rest)],
          rowMode: 'array',
        });
        for (const [number, accepted, version] of result.rows) {
          const append = rest[number] as EncodedAppend;
          outcomes.set(append, accepted ? version : new VersionConflict(append.stream, append.expected, version));
        }
      } catch (error) {
        if (isConnectionFailure(error)) {
          doubtful = true;
          broken = error as Error;
        } else if (doubtful && (error as { code?: string }).code === UNIQUE_VIOLATION) {
          for (const [append, version] of await findAppended(pool, appends)) outcomes.set(append, version);
          if (appends.every((append) => outcomes.has(append))) return appends.map((append) => outcomes.get(append) as number);
        }
        throw error;
      } finally {
        client.release(broken);
      }
    }
    return appends.map((append) => outcomes.get(append) as number | VersionConflict);
  });
}

/** The last version of each append whose events are in the store. */
export async function findAppended(pool: Pool, appends: readonly EncodedAppend[]): Promise<Map<EncodedAppend, number>> {
  const lastIds = appends.map(({ ids }) => ids.at(-1) as string);
  const { rows } = await pool.query<{ id: string; version: number }>('SELECT id, version FROM events WHERE id = ANY($1)', [lastIds]);
  const versions = new Map(rows.map(({ id, version }) => [id, version]));
  return new Map(
    appends.flatMap((append) => {
      const version = versions.get(append.ids.at(-1) as string);
      return version === undefined ? [] : [[append, version] as const];
    }),
  );
}
