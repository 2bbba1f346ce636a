import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@testimony/contracts';
import type { Fix } from '@testimony/contracts';
import { inMemoryBackend, strategyOf, testCase } from './testing/in-memory-backend';
import type { Opened, Script } from './testing/in-memory-backend';
import { e2e, recordedWorld } from './testing/recorded-world';
import type { RecordedWorld, RecordedWorldOptions } from './testing/recorded-world';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'e2e-cli-'));
  writeFileSync(join(root, 'e2e.conf'), 'project:\n  name: Shop\n');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function world(
  script: Script = { tests: [testCase('a'), testCase('b')] },
  more: Partial<RecordedWorldOptions> = {},
): RecordedWorld & { backend: Opened } {
  const backend = inMemoryBackend(script);
  return Object.assign(recordedWorld({ cwd: root, open: backend.open, ...more }), { backend });
}

const lines = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const fixOf = (id: string, testId: string, status: Fix['status']): Fix => ({
  id,
  projectId: 'shop',
  testId,
  testName: testId,
  file: 'services/orders/modules/b.ts',
  pattern: 'hardcoded_sleep',
  title: 'waits until the order is listed',
  patch: '',
  before: '1',
  after: '2',
  confidence: 0.997,
  status,
  guards: [],
});
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('usage', () => {
  test.each([
    [['rnu'], 'Did you mean run?'],
    [['run', '--paralel', '3'], 'Did you mean --parallel?'],
    [['run', '--parallel', '0'], '--parallel 0: it must be a whole number from 1 to 64.'],
    [['run', '-j', 'many'], '--parallel many: it must be a whole number from 1 to 64.'],
    [['run', '-j', '-1'], '--parallel -1: it must be a whole number from 1 to 64.'],
    [['run', '--max-failures', '0'], '--max-failures 0: it must be a whole number from 1.'],
    [['run', '--reporter', 'junti'], 'There is no reporter "junti": did you mean "junit"?'],
    [['run', '--reporter', 'json', '--reporter', 'junit'], 'give one a file'],
    [['run', '--json', '--reporter', 'json'], '--json already writes to standard output'],
    [['run', '--resume', '--grep', 'x'], '--resume continues an execution'],
    [['run', '--no-healing', '--auto-fix'], '--no-healing contradicts'],
    [['run', '-p', 'nowhere'], 'There is no folder'],
    [['run', '-s', 'str_x'], 'There is no strategy str_x'],
    [['report', '--format', 'htlm'], 'did you mean "html"?'],
    [['list', '--limit', '0'], '--limit 0: it must be a whole number from 1 to 1000.'],
    [['config', 'explain', 'parallel'], 'did you mean "parallel_workers"?'],
    [['init'], 'is already there'],
  ])('e2e %j ends with 2 and a sentence', async (args, said) => {
    const here = world();
    expect(await e2e(here, ...args)).toBe(2);
    expect(here.words()).toContain(said);
    expect(here.words()).not.toMatch(/\n\s+at /);
    expect(here.out()).toBe('');
    expect(here.backend.closed).toBe(here.backend.opens.length);
  });

  test('no configuration: the sentence says e2e init', async () => {
    rmSync(join(root, 'e2e.conf'));
    const here = world();
    expect(await e2e(here, 'run')).toBe(2);
    expect(here.words()).toContain('run "e2e init" there');
  });

  test('help and version are data with exit code 0; every command has examples', async () => {
    const here = world();
    expect(await e2e(here, '--version')).toBe(0);
    expect(here.out()).toBe('1.2.3\n');
    for (const command of ['manifest', 'plan-strategy', 'autonomous-run', 'report', 'list', 'init', 'doctor', 'demo']) {
      const help = world();
      expect(await e2e(help, command, '--help')).toBe(0);
      expect(help.out()).toMatch(/Examples:\n {2}e2e /);
    }
  });
});

describe('manifest', () => {
  test('writes project_knowledge.json, needs no configuration, and leaves an unchanged file alone', async () => {
    rmSync(join(root, 'e2e.conf'));
    const here = world();
    expect(await e2e(here, 'manifest')).toBe(0);
    expect(here.out()).toBe(`${join(root, 'project_knowledge.json')}\n`);
    expect(JSON.parse(read('project_knowledge.json'))).toMatchObject({ version: '2.0' });
    const again = world();
    expect(await e2e(again, 'manifest', '.', '--json')).toBe(0);
    expect(lines(again.out())).toMatchObject([{ changed: false, manifest: { version: '2.0' } }]);
  });
});

describe('plan-strategy', () => {
  test('writes <id>.json and latest.txt without a line end, and prints the id', async () => {
    const here = world();
    expect(await e2e(here, 'plan-strategy', '-n', 'nightly', '-d', 'all of it', '-s', 'orders,payments', '-o', 'plans')).toBe(0);
    const id = read('plans/latest.txt');
    expect(here.out()).toBe(`${id}\n`);
    expect(JSON.parse(read(`plans/${id}.json`))).toMatchObject({ id, name: 'nightly', description: 'all of it' });
    expect(here.backend.closed).toBe(1);
  });

  test('nothing to plan ends with 4', async () => {
    expect(await e2e(world({ tests: [] }), 'plan-strategy', '-n', 'x')).toBe(4);
  });
});

describe('autonomous-run', () => {
  test('plans, runs and reports: files, latest_exec.txt beside latest.txt, words on stderr only', async () => {
    const here = world({ tests: [testCase('a'), testCase('b')], verdicts: { b: 'flaky' }, planningProblems: ['x.ts has no run(page)'] });
    expect(await e2e(here, 'autonomous-run', '-j', '3')).toBe(0);
    expect(here.backend.requests).toMatchObject([{ projectId: 'shop', parallel: 3, maxAttempts: 6, defaultTimeoutMs: 30_000 }]);
    const execution = read('strategies/latest_exec.txt');
    expect(existsSync(join(root, `strategies/${read('strategies/latest.txt')}.json`))).toBe(true);
    for (const file of ['report.html', 'report.json', 'junit.xml'])
      expect(existsSync(join(root, '.e2e/reports', execution, file))).toBe(true);
    expect(read('.e2e/.gitignore')).toBe('*\n');
    expect(here.out()).toBe('');
    expect(here.words()).toContain('FLAKY   orders › b');
    expect(here.words()).toContain('x.ts has no run(page)');
    expect(here.words()).not.toContain('\u001b');
    expect(here.backend.closed).toBe(1);
  });

  test("the seed's chain works as written: the strategy of latest.txt is run, also by a store that never saw it", async () => {
    await e2e(world(), 'plan-strategy', '-n', 'nightly', '--output', './strategies');
    const here = world();
    expect(await e2e(here, 'autonomous-run', '-s', read('strategies/latest.txt'))).toBe(0);
    expect(here.backend.requests[0]?.strategy.name).toBe('nightly');
  });

  test.each([
    ['failed', [], 1],
    ['lost', [], 3],
    ['flaky', [], 0],
    ['flaky', ['--fail-on-flaky'], 1],
  ] as const)('a %s test with %j ends with %i', async (verdict, flags, code) => {
    expect(await e2e(world({ tests: [testCase('a')], verdicts: { a: verdict } }), 'run', ...flags)).toBe(code);
  });

  test('--json streams NDJSON: requested, each event, and last where the reports are', async () => {
    const here = world({ tests: [testCase('a')], verdicts: { a: 'failed' } });
    expect(await e2e(here, 'run', '--json')).toBe(1);
    const events = lines(here.out());
    expect(events.map(({ kind }) => kind)).toEqual(['requested', 'started', 'attempted', 'attempted', 'decided', 'ended', 'reported']);
    expect(events.at(-1)).toMatchObject({
      status: 'failed',
      exitCode: 1,
      files: { json: expect.stringContaining('report.json') as string },
    });
  });

  test('reporters write where they are told to', async () => {
    const here = world({ tests: [testCase('a')], verdicts: { a: 'failed' } });
    await e2e(here, 'run', '--reporter', 'junit=out/j.xml', '--reporter', 'html=out/r.html', '--reporter', 'github');
    expect(read('out/j.xml')).toContain('<failure');
    expect(read('out/r.html')).toContain('<!doctype html>');
    expect(here.out()).toMatch(/^::error /);
    expect(here.words()).not.toContain('FAILED');
  });

  test('--grep runs a part of the plan, and nothing that matches ends with 4', async () => {
    const here = world();
    expect(await e2e(here, 'run', '--grep', '^b$')).toBe(0);
    expect(here.backend.requests[0]?.strategy.testCases.map(({ name }) => name)).toEqual(['b']);
    expect(await e2e(world(), 'run', '--grep', 'zzz')).toBe(4);
  });

  test('--max-failures stops the execution and ends with 1', async () => {
    const tests = ['a', 'b', 'c', 'd'].map((name) => testCase(name));
    const here = world({ tests, verdicts: { a: 'failed', b: 'failed', c: 'failed', d: 'failed' } });
    expect(await e2e(here, 'run', '--max-failures', '2', '--json')).toBe(1);
    expect(lines(here.out()).filter(({ kind }) => kind === 'decided')).toHaveLength(2);
    expect(lines(here.out()).at(-1)).toMatchObject({ status: 'cancelled', exitCode: 1 });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s cancels the execution politely, reports, and ends with %i', async (signal, code) => {
    const here: RecordedWorld & { backend: Opened } = world({
      tests: [testCase('a'), testCase('never')],
      beforeDecision: async (test) => {
        if (test.name !== 'never') return;
        here.send(signal);
        await new Promise(() => undefined);
      },
    });
    expect(await e2e(here, 'run')).toBe(code);
    expect(here.words()).toContain('again to stop at once');
    expect(existsSync(join(root, '.e2e/reports', read('strategies/latest_exec.txt'), 'report.html'))).toBe(true);
    expect(here.exits).toEqual([]);
    here.send(signal);
    expect(here.exits).toEqual([code]);
  });

  test('flaky tests are healed, unless --no-healing says otherwise', async () => {
    const script = { tests: [testCase('a'), testCase('b')], verdicts: { b: 'flaky' as const } };
    const healing = world(script);
    expect(await e2e(healing, 'run', '--enable-self-healing')).toBe(0);
    expect(healing.words()).toContain('Healing 1 flaky test');
    const without = world(script);
    expect(await e2e(without, 'run', '--no-healing')).toBe(0);
    expect(without.words()).not.toContain('Healing');
    const green = world();
    expect(await e2e(green, 'run')).toBe(0);
    expect(green.words()).not.toContain('Healing');
  });

  test('a healed verdict comes from a run with the fix, with --auto-fix and with debug-execution --apply-fix; what fails again is taken back', async () => {
    const proven = fixOf('fix_1', 'id-b', 'proven');
    const script = (recheck: 'healed' | 'failed'): Script => ({
      tests: [testCase('a'), testCase('b')],
      verdicts: { b: 'flaky' },
      fixes: [proven],
      rechecks: { fix_1: recheck },
    });
    const automatic = world(script('healed'));
    expect(await e2e(automatic, 'run', '--auto-fix')).toBe(0);
    expect(automatic.words()).toContain('1 passed, 1 healed');
    expect(automatic.backend.requests.at(-1)?.healedBy).toEqual({ 'id-b': 'fix_1' });
    for (const verdict of ['healed', 'failed'] as const) {
      const here = world(script(verdict));
      expect(await e2e(here, 'run', '--no-healing')).toBe(0);
      expect(here.backend.requests).toHaveLength(1);
      expect(await e2e(here, 'debug-execution', '--apply-fix', '--json')).toBe(0);
      expect(here.backend.requests.map(({ healedBy }) => healedBy)).toEqual([undefined, { 'id-b': 'fix_1' }]);
      expect(lines(here.out()).at(-1)).toMatchObject({
        applied: [{ id: 'fix_1', status: verdict === 'healed' ? 'applied' : 'reverted' }],
        rechecked: [{ testId: 'id-b', fixId: 'fix_1', verdict }],
      });
    }
  });

  test('a fix that an earlier run proved is shown with where it is from, in the run and in a later look at it', async () => {
    const earlier = { ...fixOf(newId('fix', 1), 'id-b', 'proven'), executionId: 'exe_earlier' };
    const here = world({ tests: [testCase('a'), testCase('b')], verdicts: { b: 'flaky' }, fixes: [earlier] });
    expect(await e2e(here, 'run', '--no-healing')).toBe(0);
    expect(await e2e(here, 'report')).toBe(0);
    expect(here.out()).toContain(`fix ${earlier.id} is proven`);
    expect(here.out()).toContain('made in execution exe_earlier');
    expect(read(`.e2e/reports/${read('strategies/latest_exec.txt')}/report.html`)).toContain('"madeIn":"exe_earlier"');
    const unlike = world({ tests: [testCase('a')], fixes: [earlier] });
    expect(await e2e(unlike, 'run')).toBe(0);
    expect(await e2e(unlike, 'report')).toBe(0);
    expect(unlike.out()).not.toContain(earlier.id);
  });

  test('failures in quarantine alone end with 0, and every report says so and shows them', async () => {
    const entry = {
      testId: 'id-b',
      testName: 'orders › b',
      owner: 'mona',
      reason: 'ORD-1',
      since: '2026-11-24T11:00:00.000Z',
      until: '2126-12-01T00:00:00.000Z',
    };
    const script = { tests: [testCase('a'), testCase('b')], verdicts: { b: 'failed' as const }, quarantined: [entry] };
    const here = world(script);
    expect(await e2e(here, 'run', '--json', '--reporter', 'line')).toBe(0);
    const conclusion = { status: 'passed', quarantinedFailing: ['id-b'] };
    expect(lines(here.out()).at(-1)).toMatchObject({ kind: 'reported', status: 'failed', conclusion, exitCode: 0 });
    expect(here.words()).toContain('Passed  2 tests: 1 passed; quarantined: 1 failing');
    expect(here.words()).toMatch(/QUARANTINED {2}orders › b.*\n.*owner mona, expires 2126-12-01: ORD-1\n.*expected 200/);
    expect(here.words()).not.toMatch(/FAILED|Failed/);
    const folder = `.e2e/reports/${read('strategies/latest_exec.txt')}`;
    expect(JSON.parse(read(`${folder}/report.json`))).toMatchObject({ conclusion, execution: { status: 'failed' } });
    expect(read(`${folder}/junit.xml`)).toMatch(
      /failures="0"[^]*skipped="1"[^]*<skipped message="failed, in quarantine until 2126-12-01, owner mona: expected 200/,
    );
    expect(read(`${folder}/junit.xml`)).toContain('<rerunFailure');
    expect(read(`${folder}/report.html`)).toContain('"statusWords":"Passed"');
    expect(read(`${folder}/report.html`)).toContain('"quarantinedFailing":1');
    const red = world({ ...script, verdicts: { a: 'failed', b: 'failed' } });
    expect(await e2e(red, 'run')).toBe(1);
    expect(red.words()).toContain('Failed  2 tests: 1 failed; quarantined: 1 failing');
  });

  test('fix revert says when it was done already', async () => {
    const here = world({ tests: [testCase('a')], fixes: [fixOf('fix_1', 'id-a', 'applied')] });
    expect(await e2e(here, 'fix', 'revert', 'fix_1', '--reason', 'hides a bug')).toBe(0);
    expect(here.words()).toContain('Reverted fix_1');
    expect(await e2e(here, 'fix', 'revert', 'fix_1')).toBe(0);
    expect(here.words()).toContain('fix_1 was reverted already on 2026-11-24 12:00 UTC (hides a bug): nothing was changed.');
    expect(await e2e(here, 'fix', 'list')).toBe(0);
    expect(here.out()).toContain('reverted: hides a bug');
  });

  test('reports older than history_retention_days go at the end; what cannot be removed is said with -v only', async () => {
    writeFileSync(join(root, 'e2e.conf'), 'history_retention_days: 2\n');
    const ages = { [newId('exe')]: 3, [newId('exe')]: 1 };
    for (const [id, days] of Object.entries(ages)) {
      mkdirSync(join(root, '.e2e/reports', id), { recursive: true });
      const at = Date.now() / 1000 - days * 24 * 60 * 60;
      utimesSync(join(root, '.e2e/reports', id), at, at);
    }
    writeFileSync(join(root, '.e2e/spool'), 'no folder');
    const [quiet, verbose] = [world(), world()];
    expect(await e2e(quiet, 'run')).toBe(0);
    expect(new Set(readdirSync(join(root, '.e2e/reports')))).toEqual(new Set([Object.keys(ages)[1], read('strategies/latest_exec.txt')]));
    expect(quiet.words()).not.toContain('cannot be read');
    expect(await e2e(verbose, 'run', '-v')).toBe(0);
    expect(verbose.words()).toContain('.e2e/spool cannot be read');
  });

  test('intelligent retry can be switched off', async () => {
    writeFileSync(join(root, 'e2e.conf'), 'enable_intelligent_retry: false\n');
    const here = world();
    await e2e(here, 'run');
    expect(here.backend.requests[0]?.maxAttempts).toBe(1);
  });

  test('--targets-from - hands over addresses and headers, which are secret and never shown', async () => {
    const server = createServer((_, response) => response.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const input = JSON.stringify({ orders: { baseUrl, headers: { authorization: 'Bearer t0ken-1' } } });
      const here = world(undefined, { input });
      expect(await e2e(here, 'run', '--targets-from', '-', '-v')).toBe(0);
      expect(here.backend.opens[0]?.options).toMatchObject({
        targets: { orders: { baseUrl, headers: { authorization: 'Bearer t0ken-1' } } },
        secrets: ['Bearer t0ken-1', 't0ken-1'],
      });
      expect(here.words() + here.out()).not.toContain('t0ken-1');
    } finally {
      server.close();
    }
    const broken = world(undefined, { input: '{"orders": 5}' });
    expect(await e2e(broken, 'run', '--targets-from', '-')).toBe(2);
  });

  test('a service that tests call by path needs a base URL', async () => {
    const calls = testCase('calls', 'orders', { metadata: { framework: 'native', titlePath: [], risk: 0, endpoints: ['GET /orders'] } });
    const here = world({ tests: [calls] });
    expect(await e2e(here, 'run')).toBe(2);
    expect(here.words()).toContain('set services.orders.base_url in e2e.conf');
  });

  test('a service that does not start ends the run with 3 before any test, and the backend is closed', async () => {
    writeFileSync(join(root, 'e2e.conf'), 'services:\n  orders:\n    base_url: http://127.0.0.1:9\n    start: exit 1\n');
    const here = world();
    expect(await e2e(here, 'run')).toBe(3);
    expect(here.words()).toContain('orders ended with code 1 before it was ready');
    expect(here.backend).toMatchObject({ closed: 1, requests: [] });
  });

  test('--resume takes up the execution that was left running', async () => {
    const backend = inMemoryBackend({ tests: [testCase('a')] });
    const open: typeof backend.open = (() => {
      let opened: ReturnType<typeof backend.open> | undefined;
      return (project, options) => (opened ??= backend.open(project, options));
    })();
    const { planning, executions } = await open({ projectId: 'shop', name: 'Shop', root, configuration: {} as never }, {} as never);
    const nothing = recordedWorld({ cwd: root, open });
    expect(await e2e(nothing, 'run', '--resume')).toBe(2);
    expect(nothing.words()).toContain('No execution of this project waits to be resumed');
    const strategy = strategyOf('left', '', [testCase('a')]);
    await planning.importStrategy('shop', strategy);
    const id = await executions.request({
      projectId: 'shop',
      strategy,
      parallel: 1,
      defaultTimeoutMs: 1,
      maxAttempts: 1,
      base: false,
      learning: true,
    });
    expect(await e2e(recordedWorld({ cwd: root, open }), 'run', '--resume')).toBe(0);
    expect(read('strategies/latest_exec.txt')).toBe(id);
    const ended = recordedWorld({ cwd: root, open });
    expect(await e2e(ended, 'run', '--resume', id)).toBe(2);
    expect(ended.words()).toContain('has ended (passed)');

    const listed = recordedWorld({ cwd: root, open });
    expect(await e2e(listed, 'list', '--json')).toBe(0);
    expect(JSON.parse(listed.out())).toMatchObject([{ id, status: 'passed' }]);
    const again = recordedWorld({ cwd: root, open });
    expect(await e2e(again, 'report', '--format', 'junit', '-o', 'again.xml')).toBe(0);
    expect(read('again.xml')).toContain('<testcase name="a"');
    const shown = recordedWorld({ cwd: root, open });
    expect(await e2e(shown, 'report', id)).toBe(0);
    expect(shown.out()).toContain('Passed  1 test: 1 passed');
  });
});

test.each([['list', '-p'], ['-p']])(
  'e2e fix %s: options stand before or after the inner command, and without one its commands are shown',
  async (...given) => {
    const here = world();
    expect(await e2e(here, 'fix', ...given, 'nowhere')).toBe(2);
    expect(here.words()).toMatch(given[0] === 'list' ? /There is no folder/ : /Commands:\s+list/);
    const before = world();
    expect(await e2e(before, 'fix', '-p', 'nowhere', '--json', 'list')).toBe(2);
    expect(before.words()).toContain('There is no folder');
  },
);

test('a list without executions is []', async () => {
  const here = world();
  expect(await e2e(here, 'list', '--json')).toBe(0);
  expect(here.out()).toBe('[]\n');
});

test('list and report need no variable of a service', async () => {
  const backend = inMemoryBackend({ tests: [testCase('a')] });
  let opened: ReturnType<typeof backend.open> | undefined;
  const open: typeof backend.open = (project, options) => (opened ??= backend.open(project, options));
  expect(await e2e(recordedWorld({ cwd: root, open }), 'run')).toBe(0);
  writeFileSync(join(root, 'e2e.conf'), 'project:\n  name: Shop\nservices:\n  orders:\n    base_url: ${ORDERS_URL}\n');
  for (const command of ['list', 'report']) expect([command, await e2e(recordedWorld({ cwd: root, open }), command)]).toEqual([command, 0]);
  const run = recordedWorld({ cwd: root, open });
  expect(await e2e(run, 'run')).toBe(2);
  expect(run.words()).toContain('needs the variable ORDERS_URL');
});

test('the project is the nearest folder with a configuration', async () => {
  mkdirSync(join(root, 'services/orders'), { recursive: true });
  const here = world(undefined, { cwd: join(root, 'services/orders') });
  expect(await e2e(here, 'list', '--json')).toBe(0);
  expect(here.backend.opens[0]?.root).toBe(root);
});

test('config explain says which layer won', async () => {
  writeFileSync(join(root, 'e2e.conf'), 'general:\n  parallel_workers: 2\n');
  const here = world(undefined, { environment: { E2E_PARALLEL_WORKERS: '6' } });
  expect(await e2e(here, 'config', 'explain', 'parallel_workers')).toBe(0);
  expect(here.out()).toBe('parallel_workers = 6\n');
  expect(here.words()).toContain('e2e.conf:2 says 2');
  expect(here.words()).toContain('→ E2E_PARALLEL_WORKERS says 6');
});
