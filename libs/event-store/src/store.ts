import { DomainError } from '@testimony/contracts';
import type { Pool, QueryResult } from 'pg';
import type { EventStore, EventStoreReader, ParkedStream, StoreMetrics, SubscriptionOptions } from './api';
import { createAppender } from './appender';
import { isConnectionFailure, openPool, throughOutage, unavailable } from './connection';
import { encodeAppend } from './encode';
import { type Migration, migrate, upToDate } from './migrate';
import { STORE_MIGRATIONS, STORE_MIGRATIONS_TABLE } from './migrations';
import { LIST_PARKED, replayParked, toParkedStream } from './parked';
import { createReading } from './reading';
import { type RunningSubscription, startSubscription } from './subscription';
import { createTransactions, rowsOf } from './transaction';
import { createWakeUp, type WakeUp } from './wake-up';

/** Enough for a service's appends (one at a time), its subscriptions and its requests; five services then stay below a local server's 60. */
const POOL_SIZE = 6;
const READER_POOL_SIZE = 2;

export interface OpenOptions {
  /** `postgres://user:password@host:port/database` */
  readonly url: string;
  /** The service's own; made when it does not exist. */
  readonly schema: string;
  /** Connections at most. Default 6. */
  readonly poolSize?: number;
  /** The service's own tables, migrated after the store's. */
  readonly migrations?: readonly Migration[];
}

/** Opens a service's store and brings its schema up to date. Waits through a short outage, then throws `database-unavailable`. */
export async function openEventStore({ url, schema, poolSize = POOL_SIZE, migrations = [] }: OpenOptions): Promise<EventStore> {
  const pool = openPool(url, schema, poolSize);
  try {
    await throughOutage(() => bringUpToDate(pool, url, schema, migrations));
  } catch (error) {
    await pool.end();
    throw error;
  }
  return storeOn(pool, url, schema);
}

/** Another service's store, to subscribe to. Does not migrate it: its owner does. */
export function openEventStoreReader({
  url,
  schema,
}: {
  readonly url: string;
  readonly schema: string;
}): EventStoreReader & { close(): Promise<void> } {
  const pool = openPool(url, schema, READER_POOL_SIZE);
  const wakeUp = createWakeUp(url, schema, pool);
  return { ...readerOn(pool, schema, wakeUp), close: () => closeAll(wakeUp, pool) };
}

/** Brings the store's own tables up to date, as {@link openEventStore} does: for a job that migrates before anything starts. */
export async function migrateEventStore(options: { readonly url: string; readonly schema: string }): Promise<void> {
  await migrate({ ...options, migrations: STORE_MIGRATIONS, table: STORE_MIGRATIONS_TABLE });
}

async function bringUpToDate(pool: Pool, url: string, schema: string, migrations: readonly Migration[]): Promise<void> {
  if (!(await upToDate(pool, { migrations: STORE_MIGRATIONS, table: STORE_MIGRATIONS_TABLE }))) await migrateEventStore({ url, schema });
  if (!(await upToDate(pool, { migrations }))) await migrate({ url, schema, migrations });
}

function readerOn(pool: Pool, schema: string, wakeUp: WakeUp): EventStoreReader {
  return { schema, ...createReading(pool), onAppended: (callback) => wakeUp.onAppended(callback) };
}

async function closeAll(wakeUp: WakeUp, pool: Pool): Promise<void> {
  await wakeUp.close();
  await pool.end();
}

function storeOn(pool: Pool, url: string, schema: string): EventStore {
  const wakeUp = createWakeUp(url, schema, pool);
  const reader = readerOn(pool, schema, wakeUp);
  let appendedEvents = 0;
  const appended = (events: number): void => {
    appendedEvents += events;
    wakeUp.appended();
  };
  const appender = createAppender(pool, appended);
  const transaction = createTransactions(pool, appended);
  const subscriptions = new Map<string, { options: SubscriptionOptions; running: RunningSubscription }>();

  return {
    ...reader,
    append: async (stream, expected, events) => appender.append(encodeAppend(stream, expected, events)),
    transaction,
    query: async <R>(sql: string, parameters?: readonly unknown[]) => rowsOf<R>(await queryThroughOutage(pool, sql, parameters)),
    subscribe: (options) => {
      if (subscriptions.has(options.name)) throw new Error(`The subscription ${options.name} runs already.`);
      const running = startSubscription(options, options.source ?? reader, transaction, (name) => readCheckpoint(pool, name));
      subscriptions.set(options.name, { options, running });
      return {
        caughtUp: () => running.caughtUp(),
        stop: async () => {
          await running.stop();
          subscriptions.delete(options.name);
        },
      };
    },
    parked: async (): Promise<ParkedStream[]> => (await throughOutage(() => pool.query(LIST_PARKED))).rows.map(toParkedStream),
    replay: async (subscription, stream) => {
      const found = subscriptions.get(subscription);
      if (!found) {
        throw new DomainError('unknown-subscription', `No subscription named ${subscription} runs here: ask the service that has it.`, 404);
      }
      return replayParked(found.options, found.options.source ?? reader, transaction, stream);
    },
    metrics: (): StoreMetrics => ({
      appended: appendedEvents,
      subscriptions: [...subscriptions.values()].map(({ running }) => running.metrics()),
    }),
    close: async () => {
      await Promise.all([...subscriptions.values()].map(({ running }) => running.stop()));
      await appender.idle();
      await closeAll(wakeUp, pool);
    },
  };
}

/** Waits for a connection; a statement that broke with it is repeated only where that changes nothing. */
async function queryThroughOutage(pool: Pool, sql: string, parameters?: readonly unknown[]): Promise<QueryResult> {
  if (/^\s*SELECT\b/i.test(sql)) return throughOutage(() => pool.query(sql, parameters as unknown[]));
  const client = await throughOutage(() => pool.connect());
  let broken: Error | undefined;
  try {
    return await client.query(sql, parameters as unknown[]);
  } catch (error) {
    if (!isConnectionFailure(error)) throw error;
    broken = error as Error;
    throw unavailable(error);
  } finally {
    client.release(broken);
  }
}

async function readCheckpoint(pool: Pool, name: string): Promise<number> {
  return throughOutage(async () => {
    const { rows } = await pool.query<{ position: number }>('SELECT position FROM checkpoints WHERE subscription = $1', [name]);
    if (rows[0]) return rows[0].position;
    await pool.query('INSERT INTO checkpoints (subscription) VALUES ($1) ON CONFLICT DO NOTHING', [name]);
    return 0;
  });
}
