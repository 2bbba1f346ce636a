import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate, openEventStore } from './index';

jest.setTimeout(60_000);

class First1764000000001 implements MigrationInterface {
  readonly name = 'First1764000000001';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE things (n integer)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE things');
  }
}

class Second1764000000002 implements MigrationInterface {
  readonly name = 'Second1764000000002';
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO things VALUES (2)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DELETE FROM things');
  }
}

class Broken1764000000003 extends Second1764000000002 {
  override readonly name = 'Broken1764000000003' as 'Second1764000000002';
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('INSERT INTO things VALUES (3)');
    await runner.query('SELECT nonsense');
  }
}

let postgres: RunningPostgres;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(async () => {
  await postgres.stop({ wait: false });
});

it('runs each migration once, however many processes start at once', async () => {
  const { url } = postgres;
  const migrations = [First1764000000001, Second1764000000002];
  const stores = await Promise.all(Array.from({ length: 6 }, () => openEventStore({ url, schema: 'crowd', migrations })));
  expect((await stores[0]?.query('SELECT * FROM things'))?.rows).toEqual([{ n: 2 }]);
  expect((await stores[0]?.query('SELECT name FROM migrations ORDER BY id'))?.rows).toEqual([
    { name: 'First1764000000001' },
    { name: 'Second1764000000002' },
  ]);
  await Promise.all(stores.map((store) => store.close()));
});

it('adds what is new and keeps schemas apart', async () => {
  const { url } = postgres;
  await migrate({ url, schema: 'grows', migrations: [First1764000000001] });
  await migrate({ url, schema: 'grows', migrations: [First1764000000001, Second1764000000002] });
  const store = await openEventStore({ url, schema: 'grows' });
  expect((await store.query('SELECT n FROM things')).rows).toEqual([{ n: 2 }]);
  await store.close();
});

it('leaves nothing of a migration that fails', async () => {
  const { url } = postgres;
  await expect(openEventStore({ url, schema: 'breaks', migrations: [First1764000000001, Broken1764000000003] })).rejects.toThrow(
    /nonsense/,
  );
  const store = await openEventStore({ url, schema: 'breaks', migrations: [First1764000000001] });
  expect((await store.query('SELECT * FROM things')).rows).toEqual([]);
  await store.close();
});

it('does not load TypeORM when there is nothing to do', async () => {
  const { url } = postgres;
  await (await openEventStore({ url, schema: 'warm' })).close();
  const program = `
    const { openEventStore } = require('./index.ts');
    openEventStore({ url: ${JSON.stringify(url)}, schema: 'warm' }).then(async (store) => {
      await store.close();
      console.log(Object.keys(require.cache).filter((file) => file.includes('/typeorm/')).length);
    });`;
  const loader = resolve(__dirname, '../../../tools/load-typescript.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, ['-C', '@testimony/source', '--import', loader, '-e', program], {
    cwd: __dirname,
  });
  expect(stdout.trim()).toBe('0');
});

it('refuses a schema name that is none', async () => {
  await expect(openEventStore({ url: postgres.url, schema: 'a; DROP' })).rejects.toMatchObject({ kind: 'schema-name' });
});
