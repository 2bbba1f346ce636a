import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { EXECUTION_MIGRATIONS } from '../migrations';
import { EVENTS_OF_TESTS } from '../views/executions';
import * as queue from './statements';
import * as workers from './worker-statements';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'execution', migrations: EXECUTION_MIGRATIONS });
  // 20 executions of 1000 tests, one of them asked for: what a whole-table read would cost shows.
  for (const statement of [
    `INSERT INTO executions SELECT 'exe_' || e, 'shop', 's', 'n', 4, 3, true, 2, 'running', now() FROM generate_series(1, 20) e`,
    `INSERT INTO tests SELECT 'exe_' || e, 't' || t, t, 'n', 's', 'f', '[]', 1, 0, '[]', 0, null, null, 0, 0 FROM generate_series(1, 20) e, generate_series(1, 1000) t`,
    `INSERT INTO work_items SELECT 'exe_' || e, 't' || t, 1, 'native', 1, 10, false, false, 0, 0, now(), CASE WHEN t % 20 = 0 THEN 'w' || e END, CASE WHEN t % 20 = 0 THEN 'l' || t END, now()
      FROM generate_series(1, 20) e, generate_series(1, 1000) t`,
    `INSERT INTO dependencies SELECT 'exe_' || e, 't' || t, 't' || (t + 1) FROM generate_series(1, 20) e, generate_series(1, 999) t`,
    `INSERT INTO workers SELECT 'exe_' || e, 'w' || w, 4, 0, now() FROM generate_series(1, 20) e, generate_series(1, 50) w`,
    'ANALYZE executions, tests, work_items, dependencies, workers',
  ])
    await store.query(statement);
});
afterAll(async () => {
  await store?.close();
  await postgres?.stop({ wait: false });
});

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];
const changes = JSON.stringify([{ test_id: 't1', version: 1, history: [], losses: 0, verdict: 'passed', reason: '', runs: 1, failed: 0 }]);

it.each([
  ['LOOK_AHEAD', queue.LOOK_AHEAD, ['exe_7', 32, 64]],
  ['TAKE', queue.TAKE, ['exe_7', 'w', 'native', false, 10]],
  ['LOCK_TESTS', queue.LOCK_TESTS, ['exe_7', ['t1', 't2']]],
  ['LOCK_LEASED', queue.LOCK_LEASED, ['exe_7', 'w7']],
  ['LOCK_DEPENDANTS', queue.LOCK_DEPENDANTS, ['exe_7', ['t1']]],
  ['RELEASE_DEPENDANTS', queue.RELEASE_DEPENDANTS, ['exe_7', ['t1']]],
  ['SETTLE', queue.SETTLE, ['exe_7', changes]],
  ['ANY_UNDECIDED', queue.ANY_UNDECIDED, ['exe_7']],
  ['NEXT_DUE', queue.NEXT_DUE, ['exe_7']],
  ['TAKE_REPORT', workers.TAKE_REPORT, ['exe_7', 'w1', 1]],
  ['GONE', workers.GONE, ['exe_7', ['l20']]],
  ['RETURN_UNKNOWN', workers.RETURN_UNKNOWN, ['exe_7', 'w7', ['l20'], 3_000]],
  ['EVENTS_OF_TESTS', EVENTS_OF_TESTS, [['test-exe_7-t1']]],
])('%s reads no table from end to end', async (_, statement, parameters) => {
  const { rows } = await store.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(`EXPLAIN (FORMAT JSON) ${statement}`, parameters);
  const scans = nodes(rows[0]!['QUERY PLAN'][0].Plan).filter((n) => n['Node Type'] === 'Seq Scan');
  // Twenty rows of executions fit a page; the planner may read that.
  expect(scans.map((n) => n['Relation Name']).filter((name) => name !== 'executions')).toEqual([]);
});
