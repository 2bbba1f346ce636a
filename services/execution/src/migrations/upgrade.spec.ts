import { openEventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { executionsOn } from '../start-execution';
import { Execution1764000000000 } from './1764000000000-execution';
import { Experiments1764100000000 } from './1764100000000-experiments';
import { EXECUTION_MIGRATIONS } from '.';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
beforeAll(async () => (postgres = await startTemporaryPostgres()));
afterAll(() => postgres.stop());

it('executions that an earlier version stored can be listed, read and gone on with', async () => {
  const where = { url: postgres.url, schema: 'execution' };
  const before = await openEventStore({ ...where, migrations: [Execution1764000000000] });
  await before.query(`INSERT INTO executions (id, project_id, strategy_id, strategy_name, parallel, max_attempts, has_dependencies, version, status, requested_at)
    VALUES ('exe_old', 'shop', 'str_1', 'nightly', 2, 4, false, 0, 'running', now())`);
  await before.query(`INSERT INTO tests (execution_id, test_id, place, name, service, file, title_path, timeout_ms, version, history, losses, verdict, reason, runs, failed)
    VALUES ('exe_old', 'a', 0, 'a', 'shop', 'a.ts', '[]', 1000, 2, '[]', 0, 'flaky', 'failed in 1 of 2 attempts', 2, 1),
           ('exe_old', 'b', 1, 'b', 'shop', 'b.ts', '[]', 1000, 0, '[]', 0, NULL, NULL, 0, 0)`);
  await before.query(`INSERT INTO work_items (execution_id, test_id, attempt, framework, rank, expected_ms, isolated, alone, waiting, ready_at)
    VALUES ('exe_old', 'b', 2, 'native', 0, 10, true, true, 0, now())`);
  await before.close();

  const store = await openEventStore({ ...where, migrations: EXECUTION_MIGRATIONS });
  const executions = executionsOn(store);
  expect(await executions.list('shop', 10)).toMatchObject([{ id: 'exe_old', status: 'running', summary: { total: 2, flaky: 1 } }]);
  expect((await executions.get('exe_old')).results).toMatchObject([
    { testId: 'a', status: 'flaky', reason: 'failed in 1 of 2 attempts', decision: { verdict: 'flaky', runs: 2, failed: 1 } },
    { testId: 'b', status: 'pending' },
  ]);
  const { rows } = await store.query(`SELECT conditions FROM work_items`);
  expect(rows).toEqual([{ conditions: { isolated: true } }]);
  await executions.cancel('exe_old', 'the spec is over');
  expect((await executions.get('exe_old')).status).toBe('cancelled');
  await store.close();
});

it('an outage that an earlier version left open is gone on with', async () => {
  const where = { url: postgres.url, schema: 'execution_outage' };
  const before = await openEventStore({ ...where, migrations: [Execution1764000000000, Experiments1764100000000] });
  await before.query(`INSERT INTO executions (id, project_id, purpose, strategy_id, strategy_name, parallel, max_attempts, has_dependencies, base, learning, planned, version, status, requested_at, outage)
    VALUES ('exe_away', 'shop', 'run', 'str_1', 'nightly', 2, 4, false, false, true, 1, 0, 'running', now(), '{"url": "http://shop", "services": ["shop"]}'),
           ('exe_well', 'shop', 'run', 'str_1', 'nightly', 2, 4, false, false, true, 1, 0, 'running', now(), NULL)`);
  await before.close();
  const store = await openEventStore({ ...where, migrations: EXECUTION_MIGRATIONS });
  const { rows } = await store.query('SELECT outage FROM executions ORDER BY id');
  expect(rows).toEqual([{ outage: [{ url: 'http://shop', services: ['shop'] }] }, { outage: null }]);
  await store.close();
});
