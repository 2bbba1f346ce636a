import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { type EventStore, openEventStore } from './index';
import { HEAD, READ_STREAM, readAllSql } from './reading';
import { INBOX, LOCK_CHECKPOINT, MOVE_CHECKPOINT, PARK, PARKED_STREAMS, PRUNE_INBOX } from './subscription';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'plans' });
  // Statistics are those of a store that has been in use: 20,000 events in 1,000 streams, every tenth published.
  await store.query(`
    INSERT INTO events (stream, version, sequence, published_count, id, type, data, metadata)
    SELECT 's' || n % 1000, n / 1000 + 1, CASE WHEN n % 10 = 0 THEN n / 1000 + 1 END, n / 1000 + 1, 'id ' || n, 't' || n % 20, '{}', '{}'
    FROM generate_series(0, 19999) n`);
  await store.query(`INSERT INTO checkpoints SELECT 'c' || n, 0 FROM generate_series(1, 2000) n`);
  await store.query(`INSERT INTO inbox SELECT 'c' || n % 5, 'id ' || n, now() - n * interval '1 minute' FROM generate_series(1, 20000) n`);
  await store.query(`INSERT INTO parked SELECT 'c' || n % 500, 's' || n, n FROM generate_series(1, 5000) n`);
  await store.query('ANALYZE');
});
afterAll(async () => {
  await store.close();
  await postgres.stop({ wait: false });
});

it.each<[string, string, unknown[], string]>([
  ['a stream', READ_STREAM, ['s7', 3, 100], 'events_stream_version_key'],
  ['all after a position', readAllSql(false, false), [10_000, 500], 'events_pkey'],
  ['the published after a position', readAllSql(true, false), [10_000, 100], 'events_published'],
  ['some types after a position', readAllSql(false, true), [10_000, 100, ['t1', 't2']], 'events_pkey'],
  ['the published of some types', readAllSql(true, true), [10_000, 100, ['t1', 't2']], 'events_published'],
  ['the head', HEAD, [], 'events_pkey'],
  ['the checkpoint, locked', LOCK_CHECKPOINT, ['c7'], 'checkpoints_pkey'],
  ['the checkpoint, moved', MOVE_CHECKPOINT, ['c7', 5], 'checkpoints_pkey'],
  ['the parked streams', PARKED_STREAMS, ['c7'], 'parked_pkey'],
  ['the old of the inbox', PRUNE_INBOX, [], 'inbox_age'],
])('reads %s by index', async (_, sql, parameters, index) => {
  const plan = await explain(sql, parameters);
  expect(plan).not.toContain('Seq Scan');
  expect(plan).toContain(index);
  // Where the whole store is read in order, a LIMIT after a sort would read all of it first.
  if (sql.includes('ORDER BY position')) expect(plan).not.toMatch(/"Node Type": "Sort"/);
});

it.each([
  ['the inbox', INBOX, ['c1', ['id 1', 'new']], 'inbox_pkey'],
  ['what is parked', PARK, ['c1', ['s1'], [1], ['why']], 'parked_pkey'],
])('writes %s with its own key as the arbiter', async (_, sql, parameters, index) => {
  const plan = await explain(sql, parameters);
  expect(plan).not.toContain('Seq Scan');
  expect(plan).toMatch(new RegExp(`"Conflict Arbiter Indexes": \\[[^\\]]*${index}|"Conflict Resolution": "NOTHING"`));
});

it('appends by index, with a plan made while the table was empty too', async () => {
  const scans = async (): Promise<{ seq: number; index: number } | undefined> => {
    const sql = `SELECT seq_scan AS seq, idx_scan AS index FROM pg_stat_user_tables WHERE schemaname = 'fresh' AND relname = 'events'`;
    return (await store.query<{ seq: number; index: number }>(sql)).rows[0];
  };
  await (await openEventStore({ url: postgres.url, schema: 'fresh' })).close();
  await store.query('ANALYZE fresh.events');
  const fresh = await openEventStore({ url: postgres.url, schema: 'fresh', poolSize: 1 });
  const before = await scans();
  for (let n = 0; n < 20; n++) await fresh.append('a', n, [{ type: 't', data: 1, published: true }]);
  await fresh.close();
  // A connection hands in its counts when it ends.
  while (((await scans())?.index ?? 0) < (before?.index ?? 0) + 20);
  expect((await scans())?.seq).toBe(before?.seq);
});

async function explain(sql: string, parameters: unknown[]): Promise<string> {
  const { rows } = await store.query<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON) ${sql}`, parameters);
  return JSON.stringify(rows[0]?.['QUERY PLAN'], null, 1);
}
