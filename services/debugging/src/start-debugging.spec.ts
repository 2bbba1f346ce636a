import { readProject } from '@testimony/code-analysis';
import type { DebugReport } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Surroundings } from './api';
import { startDebugging, type RunningDebugging } from './start-debugging';
import { attemptOf, executed, failing, requestsOf, resultOf, testCase } from './testing/executed';
import { repositoryIn } from './testing/repository';
import { FAULTS, INNOCENT, PASSING, SOURCES, type Fault } from './testing/three-services';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;
let service: RunningDebugging;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'debugging-'));
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'debugging' });
  service = await startDebugging({ store, now: () => new Date('2026-05-03T12:00:00Z') });
});
afterAll(async () => {
  await service?.close();
  await store?.close();
  await postgres?.stop({ wait: false });
  rmSync(folder, { recursive: true, force: true });
});

const manifestOf = async (root: string) =>
  (await readProject({ root, name: 'three', services: {}, force: true, now: new Date('2026-05-03T10:00:00Z') })).manifest;

const NO_HISTORY: Surroundings['history'] = new Map();

/** A repository whose head holds one fault among innocent commits, and what the service says of the failure. */
async function debugged(fault: Fault, nth: number): Promise<{ readonly report: DebugReport; readonly commit: string }> {
  const root = join(folder, `project-${nth}`);
  mkdirSync(root);
  const repository = repositoryIn(root);
  repository.write(SOURCES);
  const base = repository.commit('All of it');
  const innocent = INNOCENT.filter(({ from, file }) => !(file === fault.file && fault.from.includes(from)));
  // Which are made, and where the fault stands among them, differs from one to the next.
  const chosen = innocent.filter((_, at) => (at + nth) % 3 !== 0);
  let commit = '';
  for (const [at, edit] of chosen.entries()) {
    if (at === (nth * 3) % chosen.length) {
      if (at % 3 !== 0) repository.commit(`Improve ${at - 1}`);
      repository.edit(fault);
      commit = repository.commit('Simplify');
    }
    repository.edit(edit);
    if (at % 3 === 2) repository.commit(`Improve ${at}`);
  }
  const results = [
    resultOf('broken', 'failed', [
      failing(
        {
          message: fault.message,
          class: fault.class,
          ...(fault.expected !== undefined && { expected: fault.expected, actual: fault.actual }),
        },
        fault.requests,
      ),
    ]),
    ...PASSING.map((asked, at) => resultOf(`fine-${at}`, 'passed', [attemptOf(1, 'passed', { requests: requestsOf(asked) })])),
  ];
  const report = await service.debugging.analyse({
    projectId: 'prj',
    root,
    ...executed(
      `exe_${nth}`,
      results,
      results.map(({ testId }) => testCase(testId, { service: fault.file.split('/')[1] ?? '' })),
    ),
    manifest: await manifestOf(root),
    history: new Map([['broken', { lastPass: { commit: base, at: new Date('2026-05-01T00:00:00Z') }, before: { runs: 5, failed: 0 } }]]),
    fixes: [],
  });
  return { report, commit };
}

async function debug(over: Partial<Surroundings> & Pick<Surroundings, 'execution' | 'strategy'>): Promise<DebugReport> {
  return service.debugging.analyse({ projectId: 'prj', root: folder, history: NO_HISTORY, fixes: [], ...over });
}
const kinds = (report: DebugReport, at = 0) => report.analyses[at]?.causes.map(({ kind }) => kind) ?? [];

describe('the cause of a regression', () => {
  it('is found among innocent commits, however deep it lies below the handler', async () => {
    const missed: string[] = [];
    let first = 0;
    let commits = 0;
    for (const [nth, fault] of FAULTS.entries()) {
      const { report, commit } = await debugged(fault, nth);
      const causes = report.analyses[0]?.causes ?? [];
      const files = causes.slice(0, 3).map(({ file }) => file);
      if (!files.includes(fault.file)) missed.push(`${fault.file}: ${files.join(', ')}`);
      if (causes[0]?.file === fault.file) first++;
      if (causes.find(({ file }) => file === fault.file)?.commit === commit) commits++;
      expect(causes.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1);
    }
    expect(missed).toEqual([]);
    expect(first).toBeGreaterThanOrEqual(Math.ceil(0.75 * FAULTS.length));
    expect(commits).toBeGreaterThanOrEqual(Math.ceil(0.9 * FAULTS.length));
  });
});

describe('a test that never passed', () => {
  it('has no last pass in its causes, and a log that lies about is no changed code', async () => {
    const root = join(folder, 'never-passed');
    mkdirSync(root);
    const repository = repositoryIn(root);
    repository.write(SOURCES);
    const base = repository.commit('All of it');
    repository.write({
      'services/shop/server.log': 'refundedCents 0\n',
      'nohup.out': 'refundedCents\n',
      'trace.log.1': 'refundedCents\n',
      'strategies/str_01m88sse72cc3drtkhkf.json': '{"name": "refundedCents"}\n',
      'strategies/latest.txt': 'str_01m88sse72cc3drtkhkf',
      'project_knowledge.json': '{"refundedCents": 0}\n',
    });
    const message = 'refundedCents: expected 6000, got 0';
    const results = [
      resultOf('refund', 'failed', [
        failing({ message }, [
          ['POST', '/orders', 201],
          ['POST', '/orders/7/refund', 200],
        ]),
      ]),
    ];
    const { analyses } = await debug({
      root,
      ...executed('exe_never_passed', results),
      manifest: await manifestOf(root),
      baseRevision: base,
    });
    const causes = analyses[0]?.causes ?? [];
    const code = causes.filter(({ kind }) => kind === 'product_code');
    expect(code.length).toBeGreaterThan(0);
    for (const { summary } of code) expect(summary).toContain(`has not changed since the base revision ${base.slice(0, 12)}`);
    expect(JSON.stringify(causes)).not.toContain('last pass');
    expect(causes.map(({ kind }) => kind)).not.toContain('changed_code');
  });
});

describe('a failure without a history', () => {
  it('points to the code that the endpoint runs, less surely, and says what is missing', async () => {
    const root = join(folder, 'no-repository');
    mkdirSync(root);
    for (const [path, text] of Object.entries(SOURCES)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    const message = 'refundedCents: expected 6000, got 0';
    const results = [
      resultOf('refund', 'failed', [
        failing({ message }, [
          ['POST', '/orders', 201],
          ['POST', '/orders/7/refund', 200],
        ]),
      ]),
      ...PASSING.map((asked, at) => resultOf(`fine-${at}`, 'passed', [attemptOf(1, 'passed', { requests: requestsOf(asked) })])),
    ];
    const { analyses } = await debug({ root, ...executed('exe_no_git', results), manifest: await manifestOf(root) });
    const [top] = analyses[0]?.causes ?? [];
    expect(top).toMatchObject({ kind: 'product_code', file: 'services/shop/src/orders/refund.ts', line: 4 });
    expect(top?.probability).toBeLessThan(0.9);
    expect(analyses[0]?.causes.find(({ kind }) => kind === 'unknown')?.summary).toContain('no commit is known at which this test passed');
    expect(analyses[0]?.suggestions[0]).toMatchObject({ file: 'services/shop/src/orders/refund.ts', risk: 'high' });
  });

  it('stays unknown, with an experiment that would tell more, when nothing is known at all', async () => {
    const { analyses } = await debug(executed('exe_bare', [resultOf('bare', 'failed', [failing({ message: 'expected 1, got 2' })])]));
    expect(analyses[0]?.causes[0]?.kind).toBe('unknown');
    expect(analyses[0]?.moreInformationNeeded).toMatchObject({
      why: expect.stringContaining('no manifest'),
      conditions: { isolated: true },
    });
  });
});

describe('what is not in the product', () => {
  it('is flaky with the probability that its runs gave, and its fix comes first', async () => {
    const results = [
      resultOf('flake', 'flaky', [failing({ message: 'expected 3, got 2' }), attemptOf(2, 'passed')], {
        flakiness: { probability: 0.97, rate: 0.5, low: 0.1, high: 0.9 },
      }),
    ];
    const fix = {
      id: 'fix_1',
      projectId: 'prj',
      testId: 'flake',
      testName: 'flake',
      file: 'a.ts',
      pattern: 'hardcoded_sleep',
      title: 'Waits for the job',
      patch: '',
      before: '',
      after: '',
      confidence: 0.93,
      status: 'proven',
      guards: [],
    } as const;
    const report = await debug({ ...executed('exe_flake', results), fixes: [{ ...fix, guards: [] }] });
    expect(kinds(report)[0]).toBe('flaky');
    expect(report.analyses[0]?.suggestions[0]).toEqual({
      text: 'Waits for the job (hardcoded sleep; proven, confidence 0.93).',
      file: 'a.ts',
      risk: 'low',
      fixId: 'fix_1',
    });
  });

  it('is never flaky first when the base revision does not fail and the bug is intermittent', async () => {
    const results = [
      resultOf('lost-update', 'flaky', [failing({ message: 'expected stock 10, got 2' }), attemptOf(2, 'passed')], {
        flakiness: { probability: 0.3, rate: 0.5, low: 0.1, high: 0.9 },
        base: { runs: 12, failed: 0 },
        intermittent: true,
      }),
    ];
    expect(kinds(await debug(executed('exe_intermittent', results)))[0]).not.toBe('flaky');
  });

  it('is data of other tests when it fails beside them and passes alone', async () => {
    const asked = [['POST', '/customers', 409]] as const;
    const failed = failing({ message: 'POST /customers: expected status 201, got 409', class: 'other' }, asked);
    const results = [resultOf('register', 'failed', [failed])];
    const report = await debug({
      ...executed('exe_data', results),
      experiments: new Map([
        [
          'register',
          [attemptOf(1, 'passed', { conditions: { isolated: true } }), attemptOf(2, 'passed', { conditions: { isolated: true } })],
        ],
      ]),
    });
    expect(kinds(report)[0]).toBe('data_left_behind');
    expect(report.analyses[0]?.causes[0]?.evidence.map(({ fact }) => fact)).toContain(
      'alone in a fresh process 0 of 2 runs failed, beside other tests 1 of 1 run failed',
    );
  });

  it('is the machine when a port is taken, and the test itself when its own code throws', async () => {
    const results = [
      resultOf('port', 'failed', [
        failing({ message: 'listen EADDRINUSE: address already in use :::4000', class: 'other', code: 'EADDRINUSE' }),
      ]),
      resultOf('typo', 'failed', [
        failing(
          {
            message: "TypeError: Cannot read properties of undefined (reading 'id')",
            class: 'other',
            file: 'services/shop/modules/typo.ts',
            line: 7,
          },
          [['GET', '/orders', 200]],
        ),
      ]),
    ];
    const report = await debug(executed('exe_machine', results));
    expect([kinds(report, 0)[0], kinds(report, 1)[0]]).toEqual(['environment', 'test_code']);
    expect(report.analyses[1]?.causes[0]).toMatchObject({ file: 'services/shop/modules/typo.ts', line: 7 });
  });
});

describe('failures with one cause', () => {
  const away = (at: string) =>
    attemptOf(1, 'failed', {
      startedAt: at,
      failure: {
        class: 'network',
        message: 'connect ECONNREFUSED 127.0.0.1:4000',
        code: 'ECONNREFUSED',
        probe: { url: 'http://127.0.0.1:4000', reachable: false, error: 'ECONNREFUSED' },
      },
    });

  it('are one cluster, whatever ids and numbers their messages hold; the outage is another, and a lone failure none', async () => {
    const results = [
      resultOf('a', 'failed', [
        failing({ message: 'GET /orders/17: expected status 200, got 500: "boom at 17"', class: 'server' }, [['GET', '/orders/17', 500]]),
      ]),
      resultOf('b', 'failed', [
        failing({ message: 'GET /orders/123456: expected status 200, got 500: "boom at 99"', class: 'server' }, [
          ['GET', '/orders/123456', 500],
        ]),
      ]),
      resultOf('c', 'lost', [away('2026-05-03T10:00:00.000Z')]),
      resultOf('d', 'lost', [away('2026-05-03T10:00:01.000Z')]),
      resultOf('e', 'lost', [away('2026-05-03T10:00:08.000Z')]),
      resultOf('f', 'failed', [failing({ message: 'expected "x", got "y"' })]),
    ];
    const report = await debug(executed('exe_clusters', results));
    expect(report.clusters.map(({ testIds, class: kind }) => [kind, testIds])).toEqual([
      ['network', ['c', 'd', 'e']],
      ['server', ['a', 'b']],
    ]);
    expect(report.analyses.map(({ clusterId }) => clusterId)).toEqual(
      [1, 1, 0, 0, 0, undefined].map((at) => (at === undefined ? undefined : report.clusters[at]?.id)),
    );
    expect(kinds(report, 2)[0]).toBe('outage');
    expect((await debug(executed('exe_again', results))).clusters).toEqual(report.clusters);
  });
});

describe('a report', () => {
  it('is read back from the events: the newest one, whole', async () => {
    const failed = executed('exe_report', [resultOf('a', 'failed', [failing({ message: 'first' })])]);
    await debug(failed);
    const newest = await debug(
      executed('exe_report', [
        resultOf('b', 'failed', [failing({ message: 'second' })]),
        resultOf('c', 'passed', [attemptOf(1, 'passed')]),
      ]),
    );
    expect(await service.debugging.report('exe_report')).toEqual(newest);
    expect(newest.analyses.map(({ testId }) => testId)).toEqual(['b']);
    await expect(service.debugging.report('exe_never')).rejects.toMatchObject({ kind: 'analysis-unknown' });
  });

  it('of an execution in which everything passed has nothing in it', async () => {
    const report = await debug(executed('exe_green', [resultOf('a', 'passed', [attemptOf(1, 'passed')])]));
    expect(await service.debugging.report('exe_green')).toEqual({ ...report, analyses: [], clusters: [] });
  });
});
