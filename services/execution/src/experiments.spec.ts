import { newId, WorkerLost, type Conditions, type EventData, type WorkItem } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { mintWorkerToken } from '@testimony/service-kit';
import { randomBytes } from 'node:crypto';
import type { Trial } from './api';
import { EXECUTION_MIGRATIONS } from './migrations';
import { startExecution, type RunningExecution } from './start-execution';
import { away } from './testing/attempts';
import { strategyOf } from './testing/strategy';
import { reported, TestWorker } from './testing/worker';

jest.setTimeout(60_000);

const key = randomBytes(32);
let postgres: RunningPostgres;
let store: EventStore;
let runner: EventStore;
let service: RunningExecution;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  [store, runner] = await Promise.all([
    openEventStore({ url: postgres.url, schema: 'execution', migrations: EXECUTION_MIGRATIONS }),
    openEventStore({ url: postgres.url, schema: 'runner' }),
  ]);
  service = await startExecution({ store, sources: { runner }, tokenKey: key });
});
afterAll(async () => {
  await service?.close();
  await Promise.all([store?.close(), runner?.close()]);
  await postgres?.stop({ wait: false });
});

const testCases = strategyOf(['a', 'b', { id: 'skipped', skip: 'broken since March' }, { id: 'behind', dependencies: ['a'] }]).testCases;
const trial = (testId: string, conditions: Partial<Conditions> = {}): Trial => ({ testId, conditions: { isolated: true, ...conditions } });
const experiment = (trials: Trial[][], projectId = 'shop', parallel = 4): Promise<string> =>
  service.executions.experiment({
    projectId,
    question: 'does the order matter?',
    tests: testCases,
    trials,
    parallel,
    defaultTimeoutMs: 1_000,
  });

async function workerOf(executionId: string): Promise<TestWorker> {
  const worker = new TestWorker(service.url, mintWorkerToken(key, { executionId, expiresAt: Date.now() + 60_000 }), newId('wrk'));
  await worker.register();
  return worker;
}
async function lose(executionId: string, workerId: string): Promise<void> {
  const data: EventData<typeof WorkerLost> = { executionId, workerId, reason: 'SIGKILL', replaced: true, at: '2026-01-02T03:04:05.000Z' };
  await runner.append(`worker-${workerId}`, 'any', [{ type: WorkerLost.type, data, published: true }]);
  await service.caughtUp();
}
const ids = (items: readonly WorkItem[]): string[] => items.map((i) => i.testId);

describe('an experiment', () => {
  it('makes each trial once under its conditions and answers in the order of the request', async () => {
    const id = await experiment([
      [trial('b', { latencyMs: 40 })],
      [trial('a'), trial('b')],
      [trial('a', { randomSeed: 7 })],
      [trial('behind')],
    ]);
    const seen = new Map<string, Conditions>();
    await (
      await workerOf(id)
    ).work((item) => {
      seen.set(item.testId, item.conditions);
      return item.testId.startsWith('a') ? 'failed' : 'passed';
    });
    expect(Object.fromEntries(seen)).toEqual({
      'b#1': { isolated: true, latencyMs: 40 },
      'a#1': { isolated: true, order: { sequence: 's1', place: 0 } },
      'b#2': { isolated: true, order: { sequence: 's1', place: 1 } },
      'a#2': { isolated: true, randomSeed: 7 },
      'behind#1': { isolated: true },
    });
    const results = await service.executions.trials(id);
    expect(results.map((r) => [r.testId, r.outcome, r.conditions.latencyMs ?? r.conditions.randomSeed])).toEqual([
      ['b', 'passed', 40],
      ['a', 'failed', undefined],
      ['b', 'passed', undefined],
      ['a', 'failed', 7],
      ['behind', 'passed', undefined],
    ]);
    expect(results[1]?.attempt).toMatchObject({ outcome: 'failed', logs: ['hello'], failure: { stack: 'at a.ts:1' } });
  });

  it('is no run: not listed, not in the history of its tests, no measure of their time, nothing learned', async () => {
    const id = await experiment([[trial('a')]], 'alone');
    await (await workerOf(id)).work(() => 'failed');
    const { executions } = service;
    expect(await executions.list('alone', 10)).toEqual([]);
    expect(await executions.history('alone', ['a', 'a#1'], 10)).toEqual(new Map());
    expect(await executions.learned('alone')).toEqual([]);
    const run = await executions.request({
      projectId: 'alone',
      strategy: strategyOf([{ id: 'a', expectedMs: 300 }]),
      parallel: 1,
      defaultTimeoutMs: 1,
      maxAttempts: 1,
      base: false,
      learning: true,
    });
    const [requested] = await store.readStream(`execution-${run}`, { limit: 1 });
    expect(requested!.data).toMatchObject({ purpose: 'run', tests: [{ expectedMs: 300 }] });
    await executions.cancel(run, 'enough');
  });

  it('hands out a list as a whole, however long, in its order and with nothing else', async () => {
    const list = Array.from({ length: 120 }, (_, i) => trial(i % 2 === 0 ? 'a' : 'b', { isolated: false }));
    const id = await experiment([list, [trial('a')], [...list].reverse()]);
    const workers = await Promise.all([workerOf(id), workerOf(id), workerOf(id)]);
    const leases = await Promise.all(workers.map((w) => w.lease()));
    const sizes = leases.map((l) => l.items.length).sort((a, b) => a - b);
    expect(sizes).toEqual([1, 120, 120]);
    for (const { items } of leases.filter((l) => l.items.length > 1)) {
      expect(items.map((i) => i.conditions.order?.place)).toEqual(items.map((_, i) => i));
      expect(new Set(items.map((i) => i.conditions.order?.sequence)).size).toBe(1);
    }
    await service.executions.cancel(id, 'enough');
  });

  it('keeps an order that the asker has given', async () => {
    const order = { sequence: 'shuffled', seed: 3, place: 5 };
    const id = await experiment([[trial('a', { order }), trial('b')]]);
    const { items } = await (await workerOf(id)).lease();
    expect(items.map((i) => i.conditions.order)).toEqual([order, { sequence: 's0', place: 1 }]);
    await service.executions.cancel(id, 'enough');
  });

  it('runs one stressed trial at a time, others beside it', async () => {
    const id = await experiment([
      [trial('a', { cpuStress: 4 })],
      [trial('b', { cpuStress: 2 })],
      [trial('a', { cpuStress: 1 }), trial('b')],
      [trial('a')],
      [trial('b')],
    ]);
    const worker = await workerOf(id);
    const leases = await Promise.all(Array.from({ length: 6 }, () => worker.lease()));
    const items = leases.flatMap((l) => l.items);
    expect(items.filter((i) => i.conditions.cpuStress !== undefined)).toHaveLength(1);
    expect(ids(items).sort()).toEqual(['a#1', 'a#3', 'b#3']);
    expect(await worker.lease()).toMatchObject({ next: 'wait', waitMs: 250 });
    const order: string[][] = [];
    for (let next = items; next.length > 0; next = (await worker.lease()).items) {
      order.push(ids(next));
      await worker.report(next.map((i) => reported(i, 'passed')));
    }
    expect(order.slice(1)).toEqual([['b#1'], ['a#2', 'b#2']]);
  });

  it('repeats a single trial whose worker was lost, and calls the rest of a sequence lost', async () => {
    const id = await experiment([[trial('a'), trial('b'), trial('a')], [trial('b')]]);
    const dead = await workerOf(id);
    const sequence = (await dead.lease()).items;
    const single = (await dead.lease()).items;
    expect([ids(sequence), ids(single)]).toEqual([['a#1', 'b#1', 'a#2'], ['b#2']]);
    await dead.report([reported(sequence[0]!, 'passed')]);
    await lose(id, dead.workerId);
    const heir = await workerOf(id);
    const again = (await heir.lease()).items;
    expect(ids(again)).toEqual(['b#2']);
    await heir.report([reported(again[0]!, 'passed')]);
    const results = await service.executions.trials(id);
    expect(results.map((r) => [r.outcome, r.attempt === undefined])).toEqual([
      ['passed', false],
      ['lost', true],
      ['lost', true],
      ['passed', false],
    ]);
  });

  it('taken up again after a crash does not go on in the middle of a sequence', async () => {
    const id = await experiment([
      [trial('a'), trial('b')],
      [trial('a'), trial('b')],
    ]);
    const former = await workerOf(id);
    const { items } = await former.lease();
    await former.report([reported(items[0]!, 'passed')]);
    await service.executions.resume(id);
    await (await workerOf(id)).work();
    expect((await service.executions.trials(id)).map((r) => r.outcome)).toEqual(['passed', 'lost', 'passed', 'passed']);
  });

  it('calls a trial lost that met no system, and one attempt is all', async () => {
    const id = await experiment([[trial('a')], [trial('b')]]);
    const worker = await workerOf(id);
    const items = await worker.leaseAll();
    const { failure } = away(1);
    await worker.report(items.map((i) => reported(i, 'failed', i.testId === 'a#1' ? { failure } : {})));
    expect((await service.executions.trials(id)).map((r) => [r.outcome, r.attempt?.outcome])).toEqual([
      ['lost', 'failed'],
      ['failed', 'failed'],
    ]);
  });

  it('loses thousands of trials at once with their worker, and none of the others', async () => {
    const lists = [...Array.from({ length: 8 }, () => Array.from({ length: 500 }, () => trial('a'))), [trial('b')]];
    const id = await experiment(lists);
    const dead = await workerOf(id);
    const held = await dead.leaseAll();
    expect(held).toHaveLength(4_001);
    await lose(id, dead.workerId);
    await (await workerOf(id)).work();
    const results = await service.executions.trials(id);
    expect(results.filter((r) => r.outcome === 'lost')).toHaveLength(4_000);
    expect(results.at(-1)).toMatchObject({ testId: 'b', outcome: 'passed' });
  });

  it('is refused, in a sentence, when it names what it does not know or mixes what cannot run together', async () => {
    await expect(experiment([[trial('nobody')]])).rejects.toMatchObject({ kind: 'test-unknown' });
    await expect(experiment([])).rejects.toMatchObject({ kind: 'no-tests' });
    const tests = strategyOf(['a', { id: 'browser', framework: 'playwright' }]).testCases;
    await expect(
      service.executions.experiment({
        projectId: 'shop',
        question: '?',
        tests,
        trials: [[trial('a'), trial('browser')]],
        parallel: 1,
        defaultTimeoutMs: 1,
      }),
    ).rejects.toMatchObject({ kind: 'mixed-sequence' });
  });

  it('gives no trials before its end, and a run gives none', async () => {
    const id = await experiment([[trial('a')]]);
    await expect(service.executions.trials(id)).rejects.toMatchObject({ kind: 'execution-running' });
    await service.executions.cancel(id, 'enough');
    expect(await service.executions.trials(id)).toEqual([{ ...trial('a'), outcome: 'lost' }]);
    const run = await service.executions.request({
      projectId: 'shop',
      strategy: strategyOf([{ id: 'a', skip: 'x' }]),
      parallel: 1,
      defaultTimeoutMs: 1,
      maxAttempts: 1,
      base: false,
      learning: true,
    });
    await expect(service.executions.trials(run)).rejects.toMatchObject({ kind: 'no-experiment' });
    await expect(service.executions.trials('exe_none')).rejects.toMatchObject({ kind: 'execution-unknown' });
  });
});
