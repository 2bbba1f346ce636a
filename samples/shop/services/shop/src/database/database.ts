import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Pool, type PoolClient, type QueryResultRow } from 'pg';
import type { Settings } from '../settings';
import { seed } from './seed';

/** Runs one statement: the pool outside a transaction, the client inside one. */
export type Sql = Pick<Pool | PoolClient, 'query'>;

const POOL_SIZE = 10;
/** Any number that no other program on this database locks: two shops that start at once take turns with the schema. */
const SCHEMA_LOCK = 431_001;

export class Database {
  constructor(readonly pool: Pool) {}

  async rows<Row extends QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await this.pool.query<Row>(text, values)).rows;
  }

  /** Commits when `work` resolves and rolls back when it throws. */
  async transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.pool.connect();
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

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}

export async function openDatabase(settings: Settings): Promise<Database> {
  const pool = new Pool({ connectionString: settings.databaseUrl, max: POOL_SIZE, options: '-c search_path=shop' });
  // A broken idle connection is replaced by the pool; without a listener it would end the process.
  pool.on('error', (error) => console.error(`database connection lost: ${error.message}`));
  const database = new Database(pool);
  const schema = await readFile(join(__dirname, 'schema.sql'), 'utf8');
  await database.transaction(async (client) => {
    await client.query('select pg_advisory_xact_lock($1)', [SCHEMA_LOCK]);
    await client.query(schema);
    await seed(client, settings.adminPassword);
  });
  return database;
}
