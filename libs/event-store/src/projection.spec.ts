import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { type EventStore, liveTables, openEventStore, type Projection, rebuildView, runProjection } from './index';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;
let schemas = 0;

/** Counts events by stream, and keeps a total in another table. Neither counting twice nor missing one can hide. */
const totals: Projection<'counts' | 'total'> = {
  name: 'totals',
  tables: ['counts', 'total'],
  create: async (tx, { counts, total }) => {
    await tx.query(`CREATE TABLE ${counts} (stream text PRIMARY KEY, events integer NOT NULL)`);
    await tx.query(`CREATE TABLE ${total} (events integer NOT NULL)`);
    await tx.query(`INSERT INTO ${total} VALUES (0)`);
  },
  apply: async (events, tx, { counts, total }) => {
    await tx.query(
      `INSERT INTO ${counts} AS c SELECT stream, count(*) FROM unnest($1::text[]) AS e (stream) GROUP BY stream
       ON CONFLICT (stream) DO UPDATE SET events = c.events + excluded.events`,
      [events.map(({ stream }) => stream)],
    );
    await tx.query(`UPDATE ${total} SET events = events + $1`, [events.length]);
  },
};

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
});
afterAll(async () => {
  await postgres.stop({ wait: false });
});
beforeEach(async () => {
  store = await openEventStore({ url: postgres.url, schema: `projection_${++schemas}` });
});
afterEach(async () => {
  await store.close();
});

it('keeps its tables up to date', async () => {
  const view = await runProjection(store, totals);
  await appendSome(30);
  await view.caughtUp();
  await expectExact(30);
});

it('is rebuilt beside the live view under load, with nothing missed or doubled', async () => {
  const view = await runProjection(store, totals);
  await appendSome(3_000);
  await view.caughtUp();
  // What a fault has done to the view, and a rebuild mends.
  await store.query('UPDATE counts SET events = 7');

  let rebuilt = false;
  let readable = 0;
  const appending = (async () => {
    let appended = 0;
    while (!rebuilt) appended += await appendSome(20);
    return appended;
  })();
  const reading = (async () => {
    while (!rebuilt) readable += (await store.query('SELECT events FROM total')).rows.length;
  })();
  for (let n = 0; n < 3; n++) await rebuildView(store, totals);
  rebuilt = true;
  const appended = await appending;
  await reading;
  expect(readable).toBeGreaterThan(0);
  await view.caughtUp();
  await expectExact(3_000 + appended);
  expect((await store.query(`SELECT FROM pg_tables WHERE schemaname = current_schema() AND tablename LIKE '%next'`)).rowCount).toBe(0);
});

it('makes a view that never ran', async () => {
  await appendSome(20);
  await rebuildView(store, totals);
  await expectExact(20);
  const view = await runProjection(store, totals);
  await appendSome(10);
  await view.caughtUp();
  await expectExact(30);
});

it('leaves the live view as it is when the new one fails', async () => {
  const view = await runProjection(store, totals);
  await appendSome(10);
  await view.caughtUp();
  const failing = { ...totals, apply: () => Promise.reject(new Error('new code is wrong')) };
  await expect(rebuildView(store, failing)).rejects.toThrow('new code is wrong');
  await appendSome(10);
  await view.caughtUp();
  await expectExact(20);
});

it('gives way to a later rebuild', async () => {
  await appendSome(1_200);
  let second: Promise<void> | undefined;
  const first = rebuildView(store, {
    ...totals,
    apply: async (events, tx, tables) => {
      await totals.apply(events, tx, tables);
      if (second) return;
      second = rebuildView(store, totals);
      // It waits for this transaction, and takes over when that ends.
      while (
        (await store.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%checkpoints%'`)).rowCount === 0
      );
    },
  });
  await expect(first).rejects.toMatchObject({ kind: 'rebuild-superseded' });
  await second;
  await expectExact(1_200);
});

async function appendSome(count: number): Promise<number> {
  const events = Array.from({ length: 10 }, () => ({ type: 'counted', data: {}, published: false }));
  await Promise.all(Array.from({ length: count / 10 }, (_, n) => store.append(`stream ${n % 7}`, 'any', events)));
  return count;
}

async function expectExact(count: number): Promise<void> {
  const tables = liveTables(totals);
  const { rows } = await store.query(
    `SELECT (SELECT events FROM ${tables.total}) AS total, (SELECT count(*) FROM events) AS stored,
       (SELECT count(*) FROM (SELECT stream, count(*) FROM events GROUP BY 1 EXCEPT SELECT stream, events FROM ${tables.counts})) AS wrong`,
  );
  expect(rows).toEqual([{ total: count, stored: count, wrong: 0 }]);
}
