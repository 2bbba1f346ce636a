import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool, type PoolClient } from 'pg';

/** Runs one statement: the pool outside a transaction, the client inside one. */
export type Sql = Pick<Pool | PoolClient, 'query'>;

const POOL_SIZE = 10;
/** Any number that no other program on this database locks: two services that start at once take turns with the schema. */
const SCHEMA_LOCK = 431_101;

export async function openPool(databaseUrl: string): Promise<Pool> {
  const pool = new Pool({ connectionString: databaseUrl, max: POOL_SIZE, options: '-c search_path=payments' });
  // A broken idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => console.error(`database connection lost: ${error.message}`));
  const schema = await readFile(join(__dirname, 'schema.sql'), 'utf8');
  await inTransaction(pool, async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await client.query(schema);
  });
  return pool;
}

/** Commits when `work` resolves and rolls back when it throws. */
export async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}
