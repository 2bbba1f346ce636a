import {
  ExecutionCompleted,
  type ExecutionRequested,
  ExecutionWorkerSilent,
  newId,
  WorkerLost,
  type EventData,
} from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { mintWorkerToken } from '@testimony/service-kit';
import { randomBytes } from 'node:crypto';
import type { ExecutionProgress } from './api';
import { evolve, NO_EXECUTION, type ExecutionEvent } from './execution/execution';
import { EXECUTION_MIGRATIONS } from './migrations';
import { startExecution, type RunningExecution } from './start-execution';
import { SHOP } from './testing/attempts';
import { strategyOf, type Wanted } from './testing/strategy';
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

const request = (tests: readonly (string | Wanted)[], parallel = 4, projectId = 'shop'): Promise<string> =>
  service.executions.request({
    projectId,
    strategy: strategyOf(tests),
    parallel,
    defaultTimeoutMs: 5_000,
    maxAttempts: 3,
    base: false,
    learning: true,
  });
const token = (executionId: string, livesMs = 60_000): string => mintWorkerToken(key, { executionId, expiresAt: Date.now() + livesMs });

async function workerOf(executionId: string): Promise<TestWorker> {
  const worker = new TestWorker(service.url, token(executionId), newId('wrk'));
  await worker.register();
  return worker;
}
async function verdicts(executionId: string): Promise<Record<string, string>> {
  const { results } = await service.executions.get(executionId);
  return Object.fromEntries(results.map((r) => [r.testId, r.status]));
}
async function watched(executionId: string): Promise<ExecutionProgress[]> {
  const all: ExecutionProgress[] = [];
  for await (const progress of service.executions.watch(executionId)) all.push(progress);
  return all;
}
async function lose(executionId: string, workerId: string, replaced = true): Promise<void> {
  const data: EventData<typeof WorkerLost> = {
    executionId,
    workerId,
    reason: 'its process was ended by SIGKILL',
    replaced,
    at: '2026-01-02T03:04:05.000Z',
  };
  await runner.append(`worker-${workerId}`, 'any', [{ type: WorkerLost.type, data, published: true }]);
  await service.caughtUp();
}

describe('an execution', () => {
  it('goes from request to verdicts, seen in order by who watches from the start', async () => {
    const id = await request(['a', 'b', { id: 'c', skip: 'broken since March' }]);
    const watching = watched(id);
    const worker = await workerOf(id);
    await worker.work((item) => (item.testId === 'b' && !item.conditions.isolated ? 'failed' : 'passed'));

    const progress = await watching;
    expect(progress.filter((p) => p.kind !== 'attempted' && p.kind !== 'decided').map((p) => p.kind)).toEqual(['started', 'ended']);
    expect(progress.at(-1)).toEqual({
      kind: 'ended',
      status: 'passed',
      summary: { total: 3, passed: 1, failed: 0, flaky: 1, skipped: 1, healed: 0, lost: 0 },
    });
    const execution = await service.executions.get(id);
    expect(execution).toMatchObject({ id, strategyId: 'str_1', status: 'passed' });
    expect(execution.results.map((r) => [r.testId, r.status, r.attempts.length, r.reason])).toEqual([
      ['a', 'passed', 1, 'passed in attempt 1'],
      [
        'b',
        'flaky',
        2,
        expect.stringMatching(/^failed in 1 of 2 attempts: attempt 1 failed in a shared process, attempt 2 passed isolated; flaky with/),
      ],
      ['c', 'skipped', 0, 'broken since March'],
    ]);
    expect(execution.results[1]).toMatchObject({ errorMessage: 'expected 1, got 2', stackTrace: 'at a.ts:1', logs: ['hello'] });
  });

  it('hands out by priority, then the longest first', async () => {
    const id = await request([
      { id: 'low', priority: 'low' },
      { id: 'short', priority: 'high', expectedMs: 10 },
      { id: 'critical', priority: 'critical' },
      { id: 'long', priority: 'high', expectedMs: 500 },
    ]);
    const items = await (await workerOf(id)).leaseAll();
    expect(items.map((i) => i.testId)).toEqual(['critical', 'long', 'short', 'low']);
    await service.executions.cancel(id, 'enough');
  });

  it('expects of a test what it took in the newest execution of its project', async () => {
    const strategy = [{ id: 'known', expectedMs: 300 }];
    const before = await request(strategy, 4, 'with a past');
    await (await workerOf(before)).work();
    const took = (await service.executions.get(before)).results[0]?.attempts[0]?.durationMs;

    const id = await request([...strategy, { id: 'new', expectedMs: 300 }], 4, 'with a past');
    const [requested] = await store.readStream(`execution-${id}`, { limit: 1 });
    const { tests } = requested!.data as EventData<typeof ExecutionRequested>;
    expect(tests.map((t) => [t.testId, t.expectedMs])).toEqual([
      ['known', took],
      ['new', 300],
    ]);
    await service.executions.cancel(id, 'enough');
  });

  it('hands out what depends on others when they passed, and skips it, naming them, when they did not', async () => {
    const id = await request([
      'login',
      { id: 'order', dependencies: ['login', 'stock'] },
      { id: 'stock' },
      { id: 'pay', dependencies: ['order'] },
      { id: 'refund', dependencies: ['pay'] },
    ]);
    const order: string[] = [];
    await (
      await workerOf(id)
    ).work((item) => {
      order.push(item.testId);
      return item.testId === 'order' ? 'failed' : 'passed';
    });
    expect(order.slice(0, 2).sort()).toEqual(['login', 'stock']);
    expect(order.slice(2)).toEqual(['order', 'order', 'order']);
    const { results, status } = await service.executions.get(id);
    expect(status).toBe('failed');
    expect(results.filter((r) => r.status === 'skipped').map((r) => [r.testId, r.reason])).toEqual([
      ['pay', 'needs "test order", which ended failed'],
      ['refund', 'needs "test pay", which ended skipped'],
    ]);
  });

  it('that has nothing to run is empty, not passed', async () => {
    const id = await request([
      { id: 'a', skip: 'later' },
      { id: 'b', dependencies: ['a'] },
    ]);
    expect(await service.executions.get(id)).toMatchObject({ status: 'empty', summary: { total: 2, skipped: 2 } });
  });

  it('completes once, with every verdict, while many workers lease and report at once', async () => {
    const tests = Array.from({ length: 300 }, (_, i) => ({ id: `t${i}`, dependencies: i >= 280 ? ['t0', 't1'] : [] }));
    const id = await request(tests, 8);
    const workers = await Promise.all(Array.from({ length: 8 }, () => workerOf(id)));
    const runs = new Map<string, number>();
    await Promise.all(
      workers.map((w) =>
        w.work((item) => {
          runs.set(item.testId, (runs.get(item.testId) ?? 0) + 1);
          return item.testId === 't7' ? 'failed' : 'passed';
        }),
      ),
    );
    expect(Math.max(...[...runs].filter(([testId]) => testId !== 't7').map(([, n]) => n))).toBe(1);
    expect(await service.executions.get(id)).toMatchObject({ status: 'failed', summary: { total: 300, passed: 299, failed: 1 } });
    const events = await store.readStream(`execution-${id}`);
    expect(events.map((e) => e.type.split('.').at(-1))).toEqual(['requested', 'admitted', 'started', 'completed']);
    // The row is the fold of the stream.
    const folded = events.reduce((state, { type, data }) => evolve(state, { type, data } as ExecutionEvent), NO_EXECUTION);
    expect(folded).toMatchObject({ status: 'ended', as: 'failed' });
    const { rows } = await store.query<{ n: number }>('SELECT count(*) AS n FROM work_items WHERE execution_id = $1', [id]);
    expect(rows[0]?.n).toBe(0);
  });

  it('is listed with its counts, newest first, and not for another project', async () => {
    const first = await request(['a'], 1, 'listed');
    const second = await request(['a', 'b'], 1, 'listed');
    await (await workerOf(first)).work();
    const list = await service.executions.list('listed', 10);
    expect(list.map((e) => [e.id, e.status, e.summary.total, e.summary.passed])).toEqual([
      [second, 'running', 2, 0],
      [first, 'passed', 1, 1],
    ]);
    expect(list[1]).toMatchObject({ strategyName: 'nightly', completedAt: expect.any(Date) });
    expect(await service.executions.list('listed', 1)).toHaveLength(1);
    expect(await service.executions.list('nobody', 10)).toEqual([]);
  });

  it.each(['get', 'cancel', 'resume', 'watch'] as const)('that does not exist makes %s say so', async (what) => {
    const { executions } = service;
    const asked = {
      get: () => executions.get('exe_none'),
      cancel: () => executions.cancel('exe_none', 'x'),
      resume: () => executions.resume('exe_none'),
      watch: () => watched('exe_none'),
    };
    await expect(asked[what]()).rejects.toMatchObject({ kind: 'execution-unknown', status: 404 });
  });
});

describe('a system under test that is away', () => {
  const awayReport = {
    class: 'network' as const,
    message: 'fetch failed',
    code: 'ECONNREFUSED',
    probe: { url: SHOP, reachable: false, error: 'ECONNREFUSED' },
  };

  it('makes tests wait, never fail', async () => {
    const id = await request(['a']);
    const worker = await workerOf(id);
    const [item] = (await worker.lease()).items;
    await worker.report([reported(item!, 'failed', { failure: awayReport })]);
    const next = await worker.lease();
    expect(next).toMatchObject({ items: [], next: 'wait' });
    expect(next.waitMs).toBeGreaterThan(0);
    // As if the pause had passed.
    await store.query(`UPDATE work_items SET ready_at = now() WHERE execution_id = $1`, [id]);
    const [again] = (await worker.lease()).items;
    expect(again).toMatchObject({ attempt: 2, conditions: { isolated: false } });
    await worker.report([reported(again!, 'passed')]);
    expect((await service.executions.get(id)).results[0]).toMatchObject({
      status: 'passed',
      reason: expect.stringContaining(`at ${SHOP} did not answer`),
    });
  });
});

describe('a report', () => {
  it('that is repeated, also at the same time, counts once', async () => {
    const id = await request(['a', 'b']);
    const worker = await workerOf(id);
    const items = await worker.leaseAll();
    const attempts = [reported(items[0]!, 'failed')];
    const replies = await Promise.all(Array.from({ length: 5 }, () => worker.report(attempts, 1)));
    replies.push(await worker.report(attempts, 1));
    expect(replies).toEqual(replies.map(() => ({ acknowledged: 1, superseded: [] })));
    const stored = await store.readStream(`test-${id}-${items[0]!.testId}`);
    expect(stored.map((e) => e.type)).toEqual(['io.testimony.test.attempted', 'test.retry-planned']);
    await service.executions.cancel(id, 'enough');
  });

  it('for a lease that was handed out again changes nothing and says so', async () => {
    const id = await request(['a']);
    const slow = await workerOf(id);
    const [old] = await slow.leaseAll();
    await lose(id, slow.workerId);
    const quick = await workerOf(id);
    const [now] = await quick.leaseAll();
    expect(await slow.report([reported(old!, 'failed')])).toEqual({ acknowledged: 1, superseded: [old!.leaseId] });
    await quick.report([reported(now!, 'passed')]);
    expect((await service.executions.get(id)).results[0]).toMatchObject({ status: 'passed', attempts: [{ workerId: quick.workerId }] });
  });

  it('out of the spool of a lost worker counts while nobody else has the test', async () => {
    const id = await request(['a']);
    const dead = await workerOf(id);
    const [item] = await dead.leaseAll();
    await lose(id, dead.workerId);
    const heir = await workerOf(id);
    expect(await heir.report([reported(item!, 'passed')])).toEqual({ acknowledged: 1, superseded: [] });
    expect(await service.executions.get(id)).toMatchObject({ status: 'passed', summary: { passed: 1 } });
  });

  it('after the end is late, not an error', async () => {
    const id = await request(['a']);
    const worker = await workerOf(id);
    const [item] = await worker.leaseAll();
    await service.executions.cancel(id, 'enough');
    expect(await worker.report([reported(item!, 'passed')])).toEqual({ acknowledged: 1, superseded: [item!.leaseId] });
    expect(await verdicts(id)).toEqual({ a: 'lost' });
  });

  it('of a worker that did not register is refused while the execution runs', async () => {
    const id = await request(['a']);
    const stranger = new TestWorker(service.url, token(id), 'wrk_stranger');
    await expect(stranger.report([])).rejects.toThrow(/409.*must register/);
    await service.executions.cancel(id, 'enough');
  });
});

describe('a lost worker', () => {
  it('gives its tests back at once, one by one, after those that nobody has tried', async () => {
    const id = await request(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], 1);
    const dead = await workerOf(id);
    const held = (await dead.lease()).items;
    expect(held.length).toBeGreaterThan(1);
    const watching = watched(id);
    await lose(id, dead.workerId);
    const next = await workerOf(id);
    const order: string[] = [];
    for (let reply = await next.lease(); reply.next === 'work'; reply = await next.lease()) {
      const again = reply.items.filter((i) => held.some((h) => h.testId === i.testId));
      if (again.length > 0) expect(reply.items).toHaveLength(1);
      order.push(...reply.items.map((i) => i.testId));
      await next.report(reply.items.map((i) => reported(i, 'passed')));
    }
    expect(order.slice(-held.length).sort()).toEqual(held.map((h) => h.testId).sort());
    expect(await watching).toContainEqual({ kind: 'worker-lost', reason: 'its process was ended by SIGKILL' });
  });

  it('that falls silent loses its leases by the clock', async () => {
    const other = await openEventStore({ url: postgres.url, schema: 'execution_quick', migrations: EXECUTION_MIGRATIONS });
    const quick = await startExecution({ store: other, sources: { runner }, tokenKey: key, heartbeatMs: 20 });
    try {
      const id = await quick.executions.request({
        projectId: 'shop',
        strategy: strategyOf(['a']),
        parallel: 1,
        defaultTimeoutMs: 1_000,
        maxAttempts: 3,
        base: false,
        learning: true,
      });
      const silent = new TestWorker(quick.url, token(id), newId('wrk'));
      await silent.register();
      const [item] = await silent.leaseAll();
      const worker = new TestWorker(quick.url, token(id), newId('wrk'));
      await worker.register();
      let reply = await worker.lease();
      while (reply.next === 'wait') reply = await worker.lease();
      expect(reply.items.map((i) => i.testId)).toEqual(['a']);
      expect((await silent.heartbeat([item!.leaseId])).gone).toEqual([item!.leaseId]);
      const said = (await other.readStream(`execution-${id}`)).filter((e) => e.type === ExecutionWorkerSilent.type);
      // On a busy machine the clock may have missed the other one as well.
      expect(said).toContainEqual(
        expect.objectContaining({ sequence: expect.any(Number), data: expect.objectContaining({ workerId: silent.workerId }) }),
      );
      await worker.report([reported(reply.items[0]!, 'passed')]);
      expect(await quick.executions.get(id)).toMatchObject({ status: 'passed' });
    } finally {
      await quick.close();
      await other.close();
    }
  });

  it('is missed also when it holds nothing, until the runner says that it is gone', async () => {
    const other = await openEventStore({ url: postgres.url, schema: 'execution_idle', migrations: EXECUTION_MIGRATIONS });
    const quick = await startExecution({ store: other, sources: { runner }, tokenKey: key, heartbeatMs: 20 });
    try {
      const strategy = strategyOf(['a']);
      const id = await quick.executions.request({
        projectId: 'shop',
        strategy,
        parallel: 1,
        defaultTimeoutMs: 1_000,
        maxAttempts: 3,
        base: false,
        learning: true,
      });
      const idle = new TestWorker(quick.url, token(id), newId('wrk'));
      await idle.register();
      const missed = async (): Promise<number> =>
        (await other.readStream(`execution-${id}`)).filter((e) => e.type === ExecutionWorkerSilent.type).length;
      while ((await missed()) === 0) await new Promise((resolve) => setImmediate(resolve));
      await lose(id, idle.workerId);
      await quick.caughtUp();
      const { rows } = await other.query<{ seen: string }>('SELECT last_seen::text AS seen FROM workers WHERE execution_id = $1', [id]);
      expect(rows).toEqual([{ seen: '-infinity' }]);
      await quick.executions.cancel(id, 'enough');
    } finally {
      await quick.close();
      await other.close();
    }
  });

  it('may report what a test threw whatever characters are in it, with the results of other tests', async () => {
    const id = await request(['odd', 'b'], 1);
    const worker = await workerOf(id);
    const failure = { class: 'assertion' as const, message: 'a NUL \0 and half a pair \ud83d' };
    for (let reply = await worker.lease(); reply.next === 'work'; reply = await worker.lease()) {
      await worker.report(
        reply.items.map((i) => reported(i, i.testId === 'odd' ? 'failed' : 'passed', i.testId === 'odd' ? { failure } : {})),
      );
    }
    expect(await verdicts(id)).toEqual({ odd: 'failed', b: 'passed' });
    const odd = (await service.executions.get(id)).results.find((r) => r.testId === 'odd');
    expect(odd?.errorMessage).toBe('a NUL \ufffd and half a pair \ufffd');
  });

  it('takes a test with it that loses its workers time and again, with the reason', async () => {
    const id = await request(['killer', 'b'], 1);
    for (;;) {
      const worker = await workerOf(id);
      const reply = await worker.lease();
      const killer = reply.items.find((i) => i.testId === 'killer');
      await worker.report(reply.items.filter((i) => i !== killer).map((i) => reported(i, 'passed')));
      if (reply.next === 'done') break;
      if (killer) await lose(id, worker.workerId);
    }
    const { status, results } = await service.executions.get(id);
    expect(status).toBe('lost');
    expect(results[0]).toMatchObject({ status: 'lost', reason: 'its worker was lost 5 times, last: its process was ended by SIGKILL' });
  });

  it('that is not replaced ends the execution as lost, with the reason at each test', async () => {
    const id = await request(['a', 'b']);
    const worker = await workerOf(id);
    const [item] = (await worker.lease()).items;
    await worker.report([reported(item!, 'passed')]);
    await lose(id, worker.workerId, false);
    const { status, results } = await service.executions.get(id);
    expect(status).toBe('lost');
    expect(results.map((r) => r.status).sort()).toEqual(['lost', 'passed']);
    expect(results.find((r) => r.status === 'lost')?.reason).toBe('its process was ended by SIGKILL');
  });

  it('whose lease got lost on the way learns nothing of it, and the work returns', async () => {
    const id = await request(['a']);
    const worker = await workerOf(id);
    const [unknown] = await worker.leaseAll();
    await worker.heartbeat([]);
    expect((await worker.lease()).next).toBe('wait');
    await store.query(`UPDATE work_items SET leased_at = leased_at - interval '1 hour' WHERE lease_id = $1`, [unknown!.leaseId]);
    await worker.heartbeat([]);
    expect((await worker.lease()).items.map((i) => i.testId)).toEqual(['a']);
    await service.executions.cancel(id, 'enough');
  });
});

describe('cancel', () => {
  it('paints no verdict on what was not decided, and tells workers to stop', async () => {
    const id = await request(['a', 'b']);
    const worker = await workerOf(id);
    const [item] = (await worker.lease()).items;
    await worker.report([reported(item!, 'passed')]);
    const watching = watched(id);
    await service.executions.cancel(id, 'Ctrl-C');
    await service.executions.cancel(id, 'Ctrl-C again');
    expect((await watching).at(-1)).toMatchObject({
      kind: 'ended',
      status: 'cancelled',
      reason: 'Ctrl-C',
      summary: { passed: 1, lost: 1 },
    });
    expect(await worker.heartbeat([item!.leaseId])).toEqual({ cancelled: true, gone: [item!.leaseId] });
    expect(await worker.lease()).toEqual({ items: [], next: 'done', waitMs: 0 });
    const lost = (await service.executions.get(id)).results.find((r) => r.status === 'lost');
    expect(lost?.reason).toBe('cancelled: Ctrl-C');
    await expect(service.executions.resume(id)).rejects.toMatchObject({ kind: 'execution-ended' });
  });
});

describe('resume', () => {
  it('frees the leases of the former life, says admitted again, and ends with one verdict a test', async () => {
    const id = await request(['a', 'b', 'c']);
    const former = await workerOf(id);
    const held = await former.leaseAll();
    await service.executions.resume(id);
    const worker = await workerOf(id);
    // From the former worker's spool.
    await worker.report([reported(held[0]!, 'passed')]);
    await worker.work();
    expect(await verdicts(id)).toEqual({ a: 'passed', b: 'passed', c: 'passed' });
    const types = (await store.readStream(`execution-${id}`)).map((e) => e.type.split('.').at(-1));
    expect(types).toEqual(['requested', 'admitted', 'started', 'admitted', 'completed']);
    const decided = (await Promise.all(['a', 'b', 'c'].map((t) => store.readStream(`test-${id}-${t}`)))).flat();
    expect(decided.filter((e) => e.type.endsWith('decided'))).toHaveLength(3);
  });

  it('completes what a crash left between the last verdict and the completion', async () => {
    const id = await request(['a']);
    await store.query('DELETE FROM work_items WHERE execution_id = $1', [id]);
    await store.query(`UPDATE tests SET verdict = 'passed', decision = '{}' WHERE execution_id = $1`, [id]);
    const [end] = (await watched(id)).slice(-1);
    expect(end).toMatchObject({ kind: 'ended', status: 'passed' });
    const [completed] = (await store.readStream(`execution-${id}`)).slice(-1);
    ExecutionCompleted.schema.parse(completed!.data);
  });
});

describe('watch', () => {
  it('ends when it is aborted', async () => {
    const id = await request(['a']);
    const stop = new AbortController();
    const watching = service.executions.watch(id, stop.signal)[Symbol.asyncIterator]();
    const next = watching.next();
    stop.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    await service.executions.cancel(id, 'enough');
  });
});

describe("the worker's door", () => {
  it.each([
    ['no token', '', /401 .*worker-token-missing/],
    ['a token that is none', 'Bearer x', /401 .*worker-token-malformed/],
    [
      'a foreign key',
      `Bearer ${mintWorkerToken(randomBytes(32), { executionId: 'exe_1', expiresAt: Date.now() + 60_000 })}`,
      /401 .*worker-token-invalid/,
    ],
    ['an expired token', `Bearer ${token('exe_1', -1)}`, /401 .*worker-token-expired/],
  ])('is closed to %s', async (_, authorization, message) => {
    for (const route of ['register', 'lease', 'report', 'heartbeat']) {
      const response = await fetch(`${service.url}/worker/v1/${route}`, { method: 'POST', headers: { authorization }, body: '{}' });
      const { type } = (await response.json()) as { type: string };
      expect(`${response.status} ${type}`).toMatch(message);
    }
  });

  it('opens only the execution of the token: what belongs to another cannot be leased, reported or renewed', async () => {
    const mine = await request(['a']);
    const other = await request(['a']);
    const worker = await workerOf(mine);
    const [item] = await worker.leaseAll();
    const intruder = new TestWorker(service.url, token(other), newId('wrk'));
    await intruder.register();
    expect(await intruder.report([reported(item!, 'passed')])).toEqual({ acknowledged: 1, superseded: [item!.leaseId] });
    expect((await intruder.heartbeat([item!.leaseId])).gone).toEqual([item!.leaseId]);
    expect((await intruder.leaseAll()).map((i) => i.leaseId)).not.toContain(item!.leaseId);
    expect(await verdicts(mine)).toEqual({ a: 'running' });
    await service.executions.cancel(mine, 'enough');
    await service.executions.cancel(other, 'enough');
  });

  it.each([
    ['lease', { workerId: 'w' }],
    ['report', { workerId: 'w', sequence: 0, attempts: [] }],
    ['report', { workerId: 'w', sequence: 1, attempts: [{ leaseId: 'x', outcome: 'green' }] }],
    ['register', { workerId: 'w', slots: 100_000 }],
  ])('refuses a body that is no %s', async (route, body) => {
    const worker = new TestWorker(service.url, token('exe_1'), 'w');
    await expect(worker.post(route, body)).rejects.toThrow(/400 .*body-invalid/);
  });

  it('says to a worker of an unknown execution that it does not exist', async () => {
    const worker = new TestWorker(service.url, token('exe_none'), 'w');
    await expect(worker.register()).rejects.toThrow(/404 .*execution-unknown/);
    await expect(worker.lease()).rejects.toThrow(/404 .*execution-unknown/);
  });
});
