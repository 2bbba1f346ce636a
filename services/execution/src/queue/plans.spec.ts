import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { EXECUTION_MIGRATIONS } from '../migrations';
import { EVENTS_OF_TESTS } from '../views/executions';
import { HISTORY } from '../views/history';
import * as outage from '../outage/statements';
import * as dossier from '../verdict/dossier';
import * as run from './run-statements';
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
    `INSERT INTO executions (id, project_id, purpose, base, learning, planned, strategy_id, strategy_name, parallel, max_attempts, has_dependencies, version, status, requested_at)
      SELECT 'exe_' || e, 'shop', 'run', false, true, 1000, 's', 'n', 4, 3, true, 2, 'running', now() FROM generate_series(1, 20) e`,
    `INSERT INTO tests (execution_id, test_id, place, name, service, file, title_path, timeout_ms, version, history, losses)
      SELECT 'exe_' || e, 't' || t, t, 'n', 's', 'f', '[]', 1, 0, '[]', 0 FROM generate_series(1, 20) e, generate_series(1, 1000) t`,
    `INSERT INTO work_items (execution_id, test_id, attempt, framework, rank, expected_ms, conditions, alone, sequence, place, returns, waiting, ready_at, worker_id, lease_id, leased_at)
      SELECT 'exe_' || e, 't' || t, 1, 'native', 1, 10, '{}', false, CASE WHEN t > 900 THEN 's' || t / 10 END, t % 10, 0, 0, now(), CASE WHEN t % 20 = 0 THEN 'w' || e END, CASE WHEN t % 20 = 0 THEN 'l' || t END, now()
      FROM generate_series(1, 20) e, generate_series(1, 1000) t`,
    `INSERT INTO dependencies SELECT 'exe_' || e, 't' || t, 't' || (t + 1) FROM generate_series(1, 20) e, generate_series(1, 999) t`,
    `INSERT INTO workers SELECT 'exe_' || e, 'w' || w, 4, 0, now() FROM generate_series(1, 20) e, generate_series(1, 50) w`,
    `INSERT INTO failed_attempts (execution_id, test_id, attempt, project_id, base, signature, symptom, began_at, ended_at)
      SELECT 'exe_' || e, 't' || t, 1, 'shop', false, 'sig-' || t % 7, CASE WHEN t % 9 = 0 THEN 'unwell' END, now(), now() FROM generate_series(1, 20) e, generate_series(1, 200) t`,
    'ANALYZE failed_attempts, executions, tests, work_items, dependencies, workers',
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
const failing = JSON.stringify([{ test_id: 't1', signature: 'sig-1' }]);
const changes = JSON.stringify([{ test_id: 't1', version: 1, history: [], losses: 0, verdict: 'passed', decision: {} }]);

it.each([
  ['LOOK_AHEAD', queue.LOOK_AHEAD, ['exe_7', 32, 64]],
  ['TAKE', queue.TAKE, ['exe_7', 'w', 'native', false, false, 10]],
  ['TAKE_SEQUENCE', queue.TAKE_SEQUENCE, ['exe_7', 'w', 's95']],
  ['STRESS_IS_OUT', queue.STRESS_IS_OUT, ['exe_7']],
  ['READ_CLIMATE', dossier.READ_CLIMATE, ['exe_7', 10]],
  ['READ_PAST', dossier.READ_PAST, ['exe_7', ['t1', 't2'], 20]],
  ['READ_SEEN', dossier.READ_SEEN, ['exe_7', failing]],
  ['READ_ALIKE', dossier.READ_ALIKE, ['exe_7', failing, 50]],
  ['COUNT_FAILING', run.COUNT_FAILING, ['exe_7']],
  ['READ_SYMPTOMS', outage.READ_SYMPTOMS, ['exe_7', 500]],
  ['READ_WELL', outage.READ_WELL, ['exe_7', ['s']]],
  ['TAKE_BACK', outage.TAKE_BACK, ['exe_7', 'w7', ['s'], ['t1']]],
  ['TAKE_CANARY', outage.TAKE_CANARY, ['exe_7', 'w', ['s'], false, ['t1']]],
  ['TAKE_ELSEWHERE', outage.TAKE_ELSEWHERE, ['exe_7', 'w', ['s']]],
  ['HISTORY', HISTORY, ['shop', ['t1', 't2'], 20, 200]],
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
