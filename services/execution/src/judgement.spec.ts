import {
  ExecutionOutageBegan,
  newId,
  TestDecided,
  type Attempt,
  type TestCase,
  type TestResult,
  type WorkItem,
} from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { mintWorkerToken } from '@testimony/service-kit';
import { randomBytes } from 'node:crypto';
import type { ExecutionProgress, RequestExecution } from './api';
import { LearningReset } from './learning/learned';
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

const names = (n: number, prefix = 't'): string[] => Array.from({ length: n }, (_, i) => `${prefix}${i}`);
function request(
  tests: readonly (string | Wanted)[],
  over: Partial<RequestExecution> = {},
  change: (test: TestCase) => TestCase = (t) => t,
  on: RunningExecution = service,
): Promise<string> {
  const strategy = strategyOf(tests);
  return on.executions.request({
    projectId: newId('str'),
    strategy: { ...strategy, testCases: strategy.testCases.map(change) },
    parallel: 4,
    defaultTimeoutMs: 5_000,
    maxAttempts: 4,
    base: false,
    learning: true,
    ...over,
  });
}
async function workerOf(executionId: string, on: RunningExecution = service): Promise<TestWorker> {
  const worker = new TestWorker(on.url, mintWorkerToken(key, { executionId, expiresAt: Date.now() + 60_000 }), newId('wrk'));
  await worker.register();
  return worker;
}
/** Retries that wait for their delay are due. */
const hurry = (executionId: string) => store.query('UPDATE work_items SET ready_at = now() WHERE execution_id = $1', [executionId]);
async function work(executionId: string, outcome: (item: WorkItem) => Partial<Attempt> & { outcome: Attempt['outcome'] }): Promise<void> {
  const worker = await workerOf(executionId);
  for (;;) {
    await hurry(executionId);
    const reply = await worker.lease();
    if (reply.next === 'done') return;
    if (reply.items.length === 0) continue;
    await worker.report(
      reply.items.map((item) => {
        const found = outcome(item);
        return reported(item, found.outcome, found);
      }),
    );
  }
}
const passed = { outcome: 'passed' } as const;
const failed = { outcome: 'failed' } as const;
const onBase = (item: WorkItem): boolean => item.conditions.revision === 'base';
async function results(executionId: string): Promise<Map<string, TestResult>> {
  return new Map((await service.executions.get(executionId)).results.map((r) => [r.testId, r]));
}
async function watched(executionId: string, on: RunningExecution = service): Promise<ExecutionProgress[]> {
  const all: ExecutionProgress[] = [];
  for await (const progress of on.executions.watch(executionId)) all.push(progress);
  return all;
}
const reach =
  (changed: boolean) =>
  (test: TestCase): TestCase => ({ ...test, metadata: { ...test.metadata, prior: { patterns: [], changed } } });

describe('a failure', () => {
  it('is judged by its history, and the decision is kept with all its numbers', async () => {
    const projectId = 'with a past';
    for (let run = 0; run < 4; run += 1) {
      const id = await request(['shaky', 'solid'], { projectId, revision: { commit: `c${run}`, dirty: false } });
      await work(id, (item) => (item.testId === 'shaky' && run % 2 === 0 && !item.conditions.isolated ? failed : passed));
    }
    const history = await service.executions.history(projectId, ['shaky', 'solid', 'nobody'], 3);
    expect([...history.keys()].sort()).toEqual(['shaky', 'solid']);
    expect(history.get('shaky')?.map((r) => [r.commit, r.decision.verdict, r.decision.failed])).toEqual([
      ['c3', 'passed', 0],
      ['c2', 'flaky', 1],
      ['c1', 'passed', 0],
    ]);

    const id = await request(['shaky', 'solid'], { projectId });
    await work(id, (item) => (item.conditions.isolated ? (item.testId === 'shaky' ? passed : failed) : failed));
    const { decision } = (await results(id)).get('shaky')!;
    expect(decision).toMatchObject({ verdict: 'flaky', label: 'flaky', runs: 2, failed: 1, flakiness: { rate: 3 / 8 } });
    expect(decision!.evidence!.map((e) => e.fact)).toEqual(
      expect.arrayContaining(['in earlier runs it failed in 2 of 6 attempts', 'it failed like this in earlier flakes']),
    );
    expect((await results(id)).get('solid')?.decision).toMatchObject({ verdict: 'failed', label: 'regressed' });
    const [decided] = (await store.readStream(`test-${id}-shaky`)).slice(-1);
    expect(TestDecided.schema.parse(decided!.data)).toMatchObject(decision!);
  });

  it('of changed code that passes now and then is asked of the base, and red when that never fails', async () => {
    const id = await request([...names(30), 'bug'], { base: true }, (t) =>
      reach(t.id === 'bug' || t.id.endsWith('3') || t.id.endsWith('7') || t.id.startsWith('t2'))(t),
    );
    const seen: boolean[] = [];
    await work(id, (item) => {
      if (item.testId !== 'bug' || onBase(item)) return passed;
      seen.push(true);
      return seen.length % 2 === 0 ? passed : failed;
    });
    const bug = (await results(id)).get('bug')!;
    expect(bug.decision).toMatchObject({ verdict: 'failed', intermittent: true, base: { failed: 0 } });
    expect(bug.decision!.base!.runs).toBeGreaterThan(0);
    expect(bug.attempts.filter((a) => a.conditions.revision === 'base')).toHaveLength(bug.decision!.base!.runs);
    expect(bug.reason).toMatch(/against the base it failed in 0 of \d/);
  });

  it('that needs a base which does not answer is judged without it', async () => {
    const id = await request([...names(30), 'bug'], { base: true }, (t) => reach(t.id === 'bug')(t));
    let tries = 0;
    await work(id, (item) => {
      if (item.testId !== 'bug') return passed;
      if (onBase(item)) return { outcome: 'lost', reason: 'there is no base' };
      return (tries += 1) === 3 ? passed : failed;
    });
    const bug = (await results(id)).get('bug')!;
    expect(bug.attempts.filter((a) => a.conditions.revision === 'base').length).toBeLessThanOrEqual(1);
    expect(['failed', 'flaky']).toContain(bug.status);
    expect(bug.decision).not.toHaveProperty('base');
  });

  it('spends no more than the budget of the run, and leaves red what it could not look at', async () => {
    const id = await request(names(100));
    await work(id, () => failed);
    const all = [...(await results(id)).values()];
    const attempts = all.reduce((n, r) => n + r.attempts.length, 0);
    expect(attempts).toBeGreaterThan(100);
    expect(attempts).toBeLessThanOrEqual(115);
    expect(all.every((r) => r.status === 'failed')).toBe(true);
  });

  it('in code that must fail again costs no attempt', async () => {
    const id = await request(['a']);
    await work(id, () => ({ ...failed, failure: { class: 'other', message: 'ReferenceError: reponse is not defined' } }));
    expect((await results(id)).get('a')).toMatchObject({
      status: 'failed',
      attempts: [{}],
      reason: expect.stringContaining('an error in its own code'),
    });
  });

  it('that many tests share is seen as one: the evidence names the others', async () => {
    const id = await request(names(20));
    const failure = { class: 'server' as const, message: 'status 500 of order 17 instead of 200' };
    await work(id, (item) => (Number(item.testId.slice(1)) < 6 ? { ...failed, failure } : passed));
    const facts = [...(await results(id)).values()].flatMap((r) => r.decision?.evidence ?? []).map((e) => e.fact);
    expect(facts).toContainEqual(expect.stringMatching(/^\d other tests? failed alike in this run, of which \d failed again$/));
  });

  it('of a refused request is tried again when the system allows', async () => {
    const id = await request(['a']);
    const worker = await workerOf(id);
    const [item] = (await worker.lease()).items;
    const requests = [{ method: 'GET', url: `${SHOP}/orders`, status: 429, durationMs: 3, retryAfterSeconds: 30 }];
    await worker.report([reported(item!, 'failed', { requests, failure: { class: 'other', message: 'status 429 instead of 200' } })]);
    const { rows } = await store.query<{ wait: number }>(
      'SELECT extract(epoch FROM ready_at - now())::float8 AS wait FROM work_items WHERE execution_id = $1',
      [id],
    );
    expect(rows[0]!.wait).toBeGreaterThan(29);
    expect(rows[0]!.wait).toBeLessThanOrEqual(32);
    await service.executions.cancel(id, 'enough');
  });

  it('of a test that was healed before makes it flaky or red, a pass makes it healed', async () => {
    const healedBy = { good: 'fix_1', bad: 'fix_2' };
    const id = await request(['good', 'bad'], { healedBy });
    await work(id, (item) => (item.testId === 'good' ? passed : failed));
    const all = await results(id);
    expect(all.get('good')).toMatchObject({ status: 'healed', healed: true, healingApplied: 'fix_1' });
    expect(all.get('bad')).toMatchObject({ status: 'failed', healed: false, healingApplied: null });
    expect((await service.executions.get(id)).summary).toMatchObject({ healed: 1, failed: 1 });
  });

  it('runs in an execution that stands in no list, and is ended when the process that asked for it is gone', async () => {
    const projectId = 'rechecked';
    const run = await request(['good'], { projectId });
    await work(run, () => passed);
    const left = await request(['good'], { projectId, healedBy: { good: 'fix_1' } });
    expect((await service.executions.list(projectId, 10)).map(({ id }) => id)).toEqual([run]);
    expect(await service.executions.endForsaken(projectId)).toBe(1);
    expect((await service.executions.get(left)).status).toBe('cancelled');
    expect(await service.executions.endForsaken(projectId)).toBe(0);
  });
});

describe('what retries teach', () => {
  it('is counted by class and kind, can be shown, and can be reset', async () => {
    const projectId = 'learning';
    const id = await request(names(12), { projectId });
    await work(id, (item) => {
      const timeout = { ...failed, failure: { class: 'timeout' as const, message: 'no answer in time' } };
      if (!item.conditions.isolated) return timeout;
      return Number(item.testId.slice(1)) < 9 ? passed : timeout;
    });
    const { executions } = service;
    expect(await executions.learned(projectId)).toEqual([{ class: 'timeout', policy: 'isolated', tried: 12, passed: 9 }]);
    expect(await executions.learned('another')).toEqual([]);
    const facts = [...(await results(id)).values()].flatMap((r) => r.decision?.evidence ?? []).map((e) => e.fact);
    expect(facts).toContainEqual(
      expect.stringMatching(/^failures of class timeout, after which \d+ of \d+ retries passed in this project$/),
    );
    await executions.resetLearned(projectId);
    expect(await executions.learned(projectId)).toEqual([]);
    const [reset] = await store.readStream(`learning-${projectId}`);
    expect(reset?.type).toBe(LearningReset.type);
    expect(LearningReset.schema.parse(reset?.data)).toMatchObject({ projectId });
  });

  it('does not count for a run that does not want it', async () => {
    const projectId = 'learning off';
    for (const learning of [true, false]) {
      // What the first run taught is there, and the second does not ask.
      const id = await request(['a', 'b'], { projectId, learning });
      await work(id, (item) => (item.conditions.isolated ? passed : failed));
      const facts = [...(await results(id)).values()].flatMap((r) => r.decision?.evidence ?? []).map((e) => e.fact);
      if (!learning) expect(facts.filter((f) => f.includes('retries passed in this project'))).toEqual([]);
    }
    expect(await service.executions.learned(projectId)).toMatchObject([{ policy: 'isolated', tried: 4 }]);
  });
});

describe('an outage', () => {
  const refused = {
    ...failed,
    failure: {
      class: 'network' as const,
      message: 'fetch failed',
      code: 'ECONNREFUSED',
      probe: { url: `${SHOP}/`, reachable: false, error: 'ECONNREFUSED' },
    },
    requests: [{ method: 'GET', url: `${SHOP}/orders`, status: null, durationMs: 1, error: 'ECONNREFUSED' }],
  };
  const answered = { ...passed, requests: [{ method: 'GET', url: `${SHOP}/orders`, status: 200, durationMs: 1 }] };
  /** When an attempt ran, in seconds from the beginning. */
  const at = (seconds: number) => ({ startedAt: new Date(Date.UTC(2026, 0, 2) + 1_000 * seconds).toISOString() });
  /** As if the pause before the next canary were over, or never over. */
  const canary = (id: string, when: 'due' | 'far') =>
    store.query(`UPDATE executions SET outage = jsonb_set(outage, '{0,nextCanaryAt}', to_jsonb(now() + $2::interval)) WHERE id = $1`, [
      id,
      when === 'due' ? '-1 second' : '1 hour',
    ]);
  const lease = async (worker: TestWorker) => (await worker.lease()).items;

  it('stops the run but for one canary at a time, and what it spoilt counts for nothing', async () => {
    const id = await request(names(40), { parallel: 2 });
    const watching = watched(id);
    const [worker, other] = [await workerOf(id), await workerOf(id)];
    const first = await lease(worker);
    await worker.report(first.map((i) => reported(i, 'passed', { ...answered, ...at(1) })));
    const batch = await lease(worker);
    const held = await lease(other);
    expect(batch.length).toBeGreaterThan(3);
    const opening = await worker.report(batch.slice(0, 3).map((i) => reported(i, 'failed', { ...refused, ...at(2) })));
    expect(opening.gone?.toSorted()).toEqual(
      batch
        .slice(3)
        .map((i) => i.leaseId)
        .toSorted(),
    );
    // Another worker hears of it with its own next report.
    const told = await other.report([reported(held[0]!, 'failed', { ...refused, ...at(3) })]);
    expect(told.gone?.length).toBe(held.length - 1);
    await canary(id, 'far');
    expect(await worker.lease()).toMatchObject({ items: [], next: 'wait' });

    await canary(id, 'due');
    const tried = await lease(worker);
    expect(tried).toHaveLength(1);
    expect(await other.lease()).toMatchObject({ items: [], next: 'wait' });
    await worker.report([reported(tried[0]!, 'failed', { ...refused, ...at(4) })]);
    await canary(id, 'far');
    expect(await worker.lease()).toMatchObject({ items: [], next: 'wait' });

    await canary(id, 'due');
    const second = await lease(other);
    await other.report([reported(second[0]!, 'passed', { ...answered, ...at(5) })]);
    await work(id, () => ({ ...answered, ...at(6) }));
    const { summary, results: all } = await service.executions.get(id);
    expect(summary).toMatchObject({ total: 40, passed: 40 });
    expect(all.reduce((n, r) => n + r.attempts.length, 0)).toBe(45);
    const outages = (await watching).filter((p) => p.kind === 'outage');
    expect(outages).toEqual([
      { kind: 'outage', state: 'began', url: SHOP, tests: 3, reason: `the system under test at ${SHOP} did not answer 3 tests` },
      { kind: 'outage', state: 'ended', url: SHOP, recovered: true, durationMs: expect.any(Number) },
    ]);
  });

  it('that outlasts the patience makes lost what is left of its services, and the others go on', async () => {
    const schema = await openEventStore({ url: postgres.url, schema: 'execution_away', migrations: EXECUTION_MIGRATIONS });
    const impatient = await startExecution({ store: schema, sources: { runner }, tokenKey: key, heartbeatMs: 100, outagePatienceMs: 1 });
    try {
      const id = await request(
        [...names(6), ...names(3, 'elsewhere'), { id: 'behind', dependencies: ['t0'] }],
        { parallel: 1 },
        (t) => ({ ...t, service: t.id.startsWith('elsewhere') ? 'billing' : 'orders' }),
        impatient,
      );
      const watching = watched(id, impatient);
      const worker = await workerOf(id, impatient);
      let done = false;
      const ended = watching.then(() => (done = true));
      while (!done) {
        const { items } = await worker.lease().catch(() => ({ items: [] as WorkItem[] }));
        const orders = items.filter((i) => !i.testId.startsWith('elsewhere'));
        const others = items.filter((i) => i.testId.startsWith('elsewhere'));
        const attempts = [
          ...orders.map((i) => reported(i, 'failed', { ...refused, ...at(2) })),
          ...others.map((i) => reported(i, 'passed', { ...answered, ...at(2) })),
        ];
        if (attempts.length > 0) await worker.report(attempts);
      }
      await ended;
      const { status, results: all } = await impatient.executions.get(id);
      expect(status).toBe('lost');
      expect(Object.fromEntries(all.map((r) => [r.testId, r.status]))).toEqual({
        ...Object.fromEntries(names(6).map((n) => [n, 'lost'])),
        ...Object.fromEntries(names(3, 'elsewhere').map((n) => [n, 'passed'])),
        behind: expect.stringMatching(/^(?:lost|skipped)$/),
      });
      const lost = all.find((r) => r.testId === 't5')!;
      expect(lost).toMatchObject({
        decision: { label: 'infrastructure' },
        reason: expect.stringContaining(`at ${SHOP} did not answer 3 tests, and was away for`),
      });
      expect((await watching).filter((p) => p.kind === 'outage').at(-1)).toMatchObject({ state: 'ended', recovered: false });
    } finally {
      await impatient.close();
      await schema.close();
    }
  });

  it('is seen in errors of several endpoints in a row, also when the failures before were taken for those of tests', async () => {
    const id = await request(names(80), { parallel: 1 });
    const worker = await workerOf(id);
    let clock = 1;
    const error = (item: WorkItem) => ({
      ...failed,
      ...at((clock += 1)),
      failure: { class: 'server' as const, message: 'status 503 instead of 200' },
      requests: [
        { method: 'GET', url: `${SHOP}/${Number(item.testId.slice(1)) % 4 === 0 ? 'orders' : 'stock'}`, status: 503, durationMs: 1 },
      ],
    });
    let broke = false;
    const ran: string[] = [];
    for (let n = 0; n < 500; n += 1) {
      await hurry(id);
      const reply = await worker.lease();
      if (reply.next === 'done') break;
      if (reply.next === 'wait') {
        // The system is back.
        if (!broke) throw new Error('nothing to do before the outage');
        await canary(id, 'due');
        const [back] = await lease(worker);
        broke = false;
        await worker.report([reported(back!, 'passed', { ...answered, ...at((clock += 1)) })]);
        continue;
      }
      for (const item of reply.items) {
        ran.push(item.testId);
        if (ran.length === 40) broke = true;
        const { gone } = await worker.report([
          reported(item, broke ? 'failed' : 'passed', broke ? error(item) : { ...answered, ...at((clock += 1)) }),
        ]);
        if (gone) break;
      }
    }
    const { summary, results: all } = await service.executions.get(id);
    expect(summary).toMatchObject({ total: 80, passed: 80 });
    expect(all.reduce((n, r) => n + r.attempts.length, 0)).toBeLessThanOrEqual(88);
    const asideNotes = all.filter((r) => r.reason.includes('met errors or no answer in time'));
    expect(asideNotes.length).toBeGreaterThanOrEqual(4);
  });

  it('is not what a product does that answers many tests with errors while others pass: that is red', async () => {
    const id = await request(names(60), { parallel: 2 });
    await work(id, (item) => {
      const broken = Number(item.testId.slice(1)) % 3 === 0;
      if (!broken) return answered;
      return {
        ...failed,
        failure: { class: 'server', message: 'status 500 instead of 200' },
        requests: [{ method: 'GET', url: `${SHOP}/${item.testId}`, status: 500, durationMs: 1 }],
      };
    });
    const { summary } = await service.executions.get(id);
    expect(summary).toMatchObject({ failed: 20, passed: 40 });
    expect((await store.readStream(`execution-${id}`)).map((e) => e.type).filter((t) => t.includes('outage'))).toEqual([]);
  });

  it('names the test that was under way each time that it began, which goes after all others', async () => {
    const id = await request(names(8), { parallel: 1 });
    const worker = await workerOf(id);
    const broken = { ...refused, failure: { ...refused.failure, code: 'ECONNRESET', message: 'socket hang up' } };
    const [suspect, ...others] = await lease(worker);
    await worker.report([
      reported(suspect!, 'failed', { ...broken, ...at(2) }),
      ...others.slice(0, 2).map((i) => reported(i, 'failed', { ...refused, ...at(2) })),
    ]);
    await canary(id, 'due');
    const [tried] = await lease(worker);
    expect(tried!.testId).not.toBe(suspect!.testId);
    await worker.report([reported(tried!, 'passed', { ...answered, ...at(4) })]);
    const rest = await worker.leaseAll();
    expect(rest.at(-1)!.testId).toBe(suspect!.testId);
    await worker.report([
      ...rest.slice(0, 2).map((i) => reported(i, 'failed', { ...refused, ...at(6) })),
      reported(rest.at(-1)!, 'failed', { ...broken, ...at(6) }),
    ]);
    const reasons = (await store.readStream(`execution-${id}`)).flatMap((e) =>
      e.type === ExecutionOutageBegan.type ? [ExecutionOutageBegan.schema.parse(e.data).reason] : [],
    );
    expect(reasons).toEqual([
      `the system under test at ${SHOP} did not answer 3 tests`,
      `the system under test at ${SHOP} did not answer 3 tests; ${suspect!.testId} was under way 2 times when it went away, and may be what brings it down`,
    ]);
    await service.executions.cancel(id, 'enough');
  });

  it('goes on being waited for by a run that is taken up again', async () => {
    const id = await request(names(10), { parallel: 1 });
    const worker = await workerOf(id);
    const items = await lease(worker);
    await worker.report(items.slice(0, 3).map((i) => reported(i, 'failed', { ...refused, ...at(2) })));
    await store.query(`UPDATE executions SET outage = jsonb_set(outage, '{0,beganAt}', '"2026-01-01T00:00:00.000Z"') WHERE id = $1`, [id]);
    await service.executions.resume(id);
    const { rows } = await store.query<{ young: boolean }>(
      `SELECT (outage->0->>'beganAt')::timestamptz > now() - interval '1 minute' AS young FROM executions WHERE id = $1`,
      [id],
    );
    expect(rows).toEqual([{ young: true }]);
    await service.executions.cancel(id, 'enough');
  });
});
