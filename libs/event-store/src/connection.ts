import { setTimeout as pause } from 'node:timers/promises';
import { DomainError } from '@testimony/contracts';
import { type ClientConfig, Pool, types } from 'pg';

/** How long an operation waits for a database that is away (restarting after a crash, failing over) before it fails. */
const OUTAGE_WAIT_MS = 15_000;
const FIRST_RETRY_MS = 20;
const LONGEST_RETRY_MS = 1_000;
/** A server that takes connections but answers none. */
const CONNECT_TIMEOUT_MS = 5_000;
const INT8 = 20;
const UNAVAILABLE = 'database-unavailable';

/** Positions and counts are far below 2^53, so bigint columns are plain numbers. */
const numbersForBigints: ClientConfig['types'] = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 && format !== 'binary' ? Number : types.getTypeParser(oid, format)) as typeof types.getTypeParser,
};

/** Schema names come from configuration and stand unquoted in SQL. */
export function checkedSchema(schema: string): string {
  if (/^[a-z][a-z0-9_]{0,39}$/.test(schema)) return schema;
  throw new DomainError('schema-name', `"${schema}" is no name for a database schema: use a-z, 0-9 and _, 40 characters at most.`);
}

export function connectionOptions(url: string, schema: string): ClientConfig {
  return {
    connectionString: url,
    options: `-c search_path=${checkedSchema(schema)}`,
    application_name: `testimony ${schema}`,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
    types: numbersForBigints,
  };
}

/** A pool that outlives its server: a broken connection is dropped and the next use makes a new one. */
export function openPool(url: string, schema: string, size: number): Pool {
  const pool = new Pool({ ...connectionOptions(url, schema), max: size, idleTimeoutMillis: 30_000 });
  // Without a listener the end of an idle connection ends the process; whoever uses a broken one gets the error from its query.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}

const LOST =
  /Connection terminated|Connection ended|not queryable|connection error|timeout exceeded when trying to connect|timeout expired/i;
const LOST_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  // admin_shutdown, crash_shutdown, cannot_connect_now, too_many_connections
  '57P01',
  '57P02',
  '57P03',
  '53300',
]);

/** Did the connection fail (so that the same may work in a moment), rather than the statement? */
export function isConnectionFailure(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && (LOST_CODES.has(code) || code.startsWith('08'))) return true;
  return typeof message === 'string' && LOST.test(message);
}

/** An operation gave up on the database ({@link unavailable}). */
export function isUnavailable(error: unknown): boolean {
  return (error as { kind?: unknown } | null)?.kind === UNAVAILABLE;
}

export function unavailable(cause: unknown): DomainError {
  const error = new DomainError(UNAVAILABLE, 'The database does not answer: see that it runs and can be reached, then repeat.', 503);
  error.cause = cause;
  return error;
}

/** Repeats `work` while it fails for want of a connection. Only for work that may run again: the last try may have reached the server. */
export async function throughOutage<T>(work: () => Promise<T>, waitMs = OUTAGE_WAIT_MS): Promise<T> {
  const deadline = Date.now() + waitMs;
  for (let delay = FIRST_RETRY_MS; ; delay = Math.min(delay * 2, LONGEST_RETRY_MS)) {
    try {
      return await work();
    } catch (error) {
      if (!isConnectionFailure(error)) throw error;
      if (Date.now() + delay > deadline) throw unavailable(error);
    }
    await pause(delay);
  }
}
