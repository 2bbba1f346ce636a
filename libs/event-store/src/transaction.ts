import { type PoolClient, type Pool, escapeLiteral } from 'pg';
import type { NewEvent, Rows, Transaction } from './api';
import { findAppended } from './appender';
import { isConnectionFailure, throughOutage, unavailable } from './connection';
import { type EncodedAppend, encodeAppend, encodeBatch } from './encode';
import { VersionConflict } from './version-conflict';

export type RunTransaction = <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;

const CONFLICT = 'TV409';

/** `appended` is called after a commit that appended. */
export function createTransactions(pool: Pool, appended: (events: number) => void): RunTransaction {
  return async (work) => {
    // Waits through an outage before the work has begun; the work itself is run once.
    const client = await throughOutage(() => begin(pool));
    const appends: EncodedAppend[] = [];
    /** Set when our own connection broke: an error with such a code may as well come from elsewhere in the work. */
    let lost: Error | undefined;
    const watched = async <T>(query: Promise<T>): Promise<T> => {
      try {
        return await query;
      } catch (error) {
        if (isConnectionFailure(error)) lost = error as Error;
        throw error;
      }
    };
    try {
      const result = await work({
        query: async <R>(sql: string, parameters?: readonly unknown[]) =>
          rowsOf<R>(await watched(client.query(sql, parameters as unknown[]))),
        append: (stream, expected, events) => addAppend(appends, stream, expected, events),
      });
      await watched(commit(pool, client, appends));
      if (appends.length > 0) appended(appends.reduce((sum, { items }) => sum + items.length, 0));
      return result;
    } catch (error) {
      if (lost) throw unavailable(lost);
      await client.query('ROLLBACK').catch((failure: Error) => (lost = failure));
      throw error;
    } finally {
      client.release(lost);
    }
  };
}

export function rowsOf<R>(result: { rows: unknown[]; rowCount: number | null }): Rows<R> {
  return { rows: result.rows as R[], rowCount: result.rowCount ?? 0 };
}

async function begin(pool: Pool): Promise<PoolClient> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    return client;
  } catch (error) {
    client.release(error as Error);
    throw error;
  }
}

/** The function wants an append that expects a version to be the first of its stream in the batch; one that follows on it expects nothing new. */
function addAppend(appends: EncodedAppend[], stream: string, expected: number | 'any', events: readonly NewEvent[]): void {
  const before = appends.filter((append) => append.stream === stream);
  const first = before[0];
  if (first && expected !== 'any') {
    const reached = first.expected === 'any' ? undefined : first.expected + before.reduce((sum, { items }) => sum + items.length, 0);
    if (reached !== expected) throw new VersionConflict(stream, expected, reached ?? -1);
  }
  appends.push(encodeAppend(stream, first ? 'any' : expected, events));
}

async function commit(pool: Pool, client: PoolClient, appends: readonly EncodedAppend[]): Promise<void> {
  if (appends.length === 0) {
    const { command } = await client.query('COMMIT');
    // The server's answer to COMMIT after an error that the work has caught and passed over.
    if (command === 'ROLLBACK')
      throw new Error('A statement of this transaction failed and its error was passed over, so nothing was committed.');
    return;
  }
  try {
    // One message: the lock that orders the store is held from here to the end of the commit, and not for our round trip between the two.
    await client.query(`SELECT append_events_or_fail(${escapeLiteral(encodeBatch(appends))}); COMMIT`);
  } catch (error) {
    if ((error as { code?: string }).code === CONFLICT) {
      const { append, version } = JSON.parse((error as { detail: string }).detail) as { append: number; version: number };
      const refused = appends[append] as EncodedAppend;
      throw new VersionConflict(refused.stream, refused.expected, version);
    }
    // Whether the commit went through is known by whether its events are there.
    if (!isConnectionFailure(error) || (await throughOutage(() => findAppended(pool, appends))).size < appends.length) throw error;
  }
}
