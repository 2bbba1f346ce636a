import type { Logger, MigrationInterface } from 'typeorm';
import { Client, type Pool } from 'pg';
import { checkedSchema, connectionOptions, throughOutage } from './connection';

/** A TypeORM migration class. Its name ends in a 13-digit timestamp, which orders it. */
export type Migration = new () => MigrationInterface;

export interface MigrateOptions {
  readonly url: string;
  /** Made when it does not exist; first on the search_path of every migration. */
  readonly schema: string;
  readonly migrations: readonly Migration[];
  /** Where the applied ones are noted. Default `migrations`. */
  readonly table?: string;
}

/**
 * Brings the schema up to date. Any number of processes may start at once: one migrates, the others wait for it.
 * A schema that is up to date costs one query; TypeORM (130 ms of CPU) is loaded only when something is to be done.
 */
export async function migrate(options: MigrateOptions): Promise<void> {
  const client = await throughOutage(() => connected(options));
  try {
    if (await upToDate(client, options)) return;
    await client.query(`SELECT pg_advisory_lock(hashtext('testimony migrate'), hashtext($1))`, [options.schema]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${checkedSchema(options.schema)}`);
    if (await upToDate(client, options)) return;
    await run(options);
  } finally {
    // Gives the lock back as well.
    await client.end();
  }
}

/** Have all of these been applied? One query; `false` also when there is no schema yet. */
export async function upToDate(
  database: Client | Pool,
  { migrations, table = 'migrations' }: Pick<MigrateOptions, 'migrations' | 'table'>,
): Promise<boolean> {
  if (migrations.length === 0) return true;
  const wanted = migrations.map((migration) => new migration().name ?? migration.name);
  try {
    const { rows } = await database.query<{ missing: number }>(
      `SELECT count(*) AS missing FROM unnest($1::text[]) AS wanted (name) WHERE NOT EXISTS (SELECT FROM ${table} applied WHERE applied.name = wanted.name)`,
      [wanted],
    );
    return rows[0]?.missing === 0;
  } catch (error) {
    const undefinedTable = '42P01';
    if ((error as { code?: string }).code === undefinedTable) return false;
    throw error;
  }
}

/** What fails is thrown, so that it need not be printed as well. */
const nothing = (): void => undefined;
const silent: Logger = {
  logQuery: nothing,
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};

async function connected({ url, schema }: MigrateOptions): Promise<Client> {
  const client = new Client(connectionOptions(url, schema));
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function run({ url, schema, migrations, table = 'migrations' }: MigrateOptions): Promise<void> {
  // TypeORM wants the metadata API to be there first.
  require('reflect-metadata');
  const { DataSource } = require('typeorm') as typeof import('typeorm');
  const source = new DataSource({
    type: 'postgres',
    url,
    schema,
    migrations: [...migrations],
    migrationsTableName: table,
    migrationsTransactionMode: 'each',
    installExtensions: false,
    logger: silent,
    poolSize: 1,
    extra: { options: `-c search_path=${checkedSchema(schema)}` },
  });
  await source.initialize();
  try {
    await source.runMigrations();
  } finally {
    await source.destroy();
  }
}
