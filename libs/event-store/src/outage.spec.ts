import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '@testimony/local-postgres';
import { Client } from 'pg';
import { type EventStore, openEventStore } from './index';
import { createEffects, faultsOf, recordEffects } from './testing/effects';

jest.setTimeout(120_000);

let folder: string;
let postgres: RunningPostgres;
let store: EventStore;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'event-store-outage-'));
  postgres = await startPostgres({ dir: join(folder, 'postgres') });
  store = await openEventStore({ url: postgres.url, schema: 'outage' });
  await createEffects(store);
});
afterAll(async () => {
  await store.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('survives Postgres being killed: every append once, every effect once', async () => {
  const subscription = store.subscribe({ name: 'survivor', batchSize: 20, handle: (events, tx) => recordEffects('survivor', events, tx) });
  let appended = 0;
  const writers = Promise.all(
    Array.from({ length: 8 }, async (_, writer) => {
      for (let n = 0; n < 60; n++) {
        // No version is expected, so nothing but the event's id keeps a repeated append from being a second event.
        await store.append(`writer ${writer}`, 'any', [{ type: 'written', data: { n }, published: true }]);
        appended++;
      }
    }),
  );
  for (const at of [100, 300]) {
    while (appended < at) await new Promise((resolve) => setTimeout(resolve, 2));
    process.kill(postgres.pid() as number, 'SIGKILL');
  }
  await writers;
  await subscription.caughtUp();
  const { rows } = await store.query(`SELECT stream, count(*) AS events, count(DISTINCT data) AS different FROM events GROUP BY stream`);
  expect(rows).toHaveLength(8);
  expect(rows.filter(({ events, different }) => events !== 60 || different !== 60)).toEqual([]);
  expect(await faultsOf(store, 'survivor')).toEqual({ lost: 0, doubled: 0, outOfOrder: 0 });
});

it('repeats an append that was lost with its connection', async () => {
  // A trigger ends the connection in the middle of the first append, and lets the second be.
  await store.query(`
    CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF NEW.type = 'cut' AND nextval('cuts_left') = 1 THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF;
      RETURN NEW;
    END $$`);
  await store.query('CREATE SEQUENCE cuts_left');
  await store.query('CREATE TRIGGER cut AFTER INSERT ON events FOR EACH ROW EXECUTE FUNCTION cut()');
  expect(await store.append('cut off', 'any', [{ type: 'cut', data: 1, published: false }])).toBe(1);
  expect(await store.readStream('cut off')).toHaveLength(1);
});

it('does not double an append that was committed although its answer was lost', async () => {
  const proxy = await cuttingProxy(postgres.port);
  const through = await openEventStore({ url: postgres.url.replace(`:${postgres.port}/`, `:${proxy.port}/`), schema: 'outage' });
  // The append is held at the ordering lock while its connection breaks; the server knows nothing of that and goes on with it.
  const blocker = new Client(postgres.url);
  await blocker.connect();
  await blocker.query(`SELECT pg_advisory_lock(hashtext('testimony append'), hashtext('outage'))`);
  const append = through.append('late', 'any', [{ type: 'late', data: 1, published: false }]);
  const untilWaiting = async (count: number): Promise<void> => {
    const waiting = `SELECT FROM pg_stat_activity WHERE wait_event = 'advisory' AND query LIKE '%append_events%'`;
    while ((await blocker.query(waiting)).rowCount !== count);
  };
  await untilWaiting(1);
  proxy.cut();
  // The repeated one found nothing and now waits behind the first.
  await untilWaiting(2);
  await blocker.query('SELECT pg_advisory_unlock_all()');
  expect(await append).toBe(1);
  expect(await store.readStream('late')).toHaveLength(1);
  await blocker.end();
  await through.close();
  await proxy.close();
});

it('says within a bounded time that there is no database', async () => {
  const { port } = postgres;
  await expect(openEventStore({ url: `postgres://nobody:wrong@127.0.0.1:${port}/postgres`, schema: 'outage' })).rejects.toThrow(
    /authentication failed/,
  );
});

/** Passes connections on until it is told to cut them: then the client loses its side, while the server keeps an open one. */
async function cuttingProxy(to: number): Promise<{ port: number; cut(): void; close(): Promise<void> }> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  const proxy = createServer((client) => {
    const pair = { client, server: connect(to, '127.0.0.1') };
    pairs.add(pair);
    client.on('error', () => undefined).on('data', (chunk) => pair.server.write(chunk));
    pair.server.on('error', () => undefined).on('data', (chunk) => client.write(chunk));
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    cut: () => {
      for (const { client } of pairs) client.destroy();
    },
    close: async () => {
      for (const { client, server } of pairs) {
        client.destroy();
        server.destroy();
      }
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
