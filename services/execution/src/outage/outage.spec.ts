import { ExecutionOutageBegan, newId, type ReportedAttempt, type WorkItem } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { mintWorkerToken } from '@testimony/service-kit';
import { randomBytes } from 'node:crypto';
import { EXECUTION_MIGRATIONS } from '../migrations';
import { startExecution, type RunningExecution } from '../start-execution';
import { strategyOf } from '../testing/strategy';
import { reported, TestWorker } from '../testing/worker';

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

/** A system of several services as its tests meet it, in its own time: each goes away after so many requests, for so long. */
interface World {
  readonly services: number;
  readonly tests: number;
  readonly slots: number;
  /** Requests to a service until it goes away. */
  readonly after: number;
  readonly awayMs: number;
  readonly kind: 'refused' | '503';
  /** All services behind one address, which goes away as a whole. */
  readonly oneAddress?: boolean;
  /** This test brings its service down for so long, each time that it runs. */
  readonly killer?: string;
}

const TEST_MS = 30;
const REFUSED_MS = 8;
const REPORT_MS = 25;
/** More than one endpoint in each service, whatever the number of services. */
const pathOf = (test: number, services: number): string => ['orders', 'stock', 'prices'][Math.floor(test / services) % 3] ?? 'orders';

async function run(world: World): Promise<{ readonly id: string; readonly made: readonly string[] }> {
  const names = Array.from({ length: world.tests }, (_, i) => `t${i}`);
  const strategy = strategyOf(names.map((id) => ({ id, expectedMs: TEST_MS })));
  const nameOf = (testId: string): string => `s${Number(testId.slice(1)) % world.services}`;
  const hostOf = (testId: string): string => (world.oneAddress ? 'shop' : nameOf(testId));
  const id = await service.executions.request({
    projectId: newId('str'),
    strategy: { ...strategy, testCases: strategy.testCases.map((t) => ({ ...t, service: nameOf(t.id) })) },
    parallel: world.slots,
    defaultTimeoutMs: 5_000,
    maxAttempts: 4,
    base: false,
    learning: true,
  });
  const worker = new TestWorker(service.url, mintWorkerToken(key, { executionId: id, expiresAt: Date.now() + 60_000 }), newId('wrk'));
  await worker.register(world.slots);
  const requests = new Map<string, number>();
  const awayUntil = new Map<string, number>();
  const pool: WorkItem[] = [];
  const busy: { item: WorkItem; from: number; until: number; broken: boolean }[] = [];
  const done: ReportedAttempt[] = [];
  const made: string[] = [];
  let clock = 0;
  let reportAt = 0;
  const isAway = (name: string): boolean => (awayUntil.get(name) ?? 0) > clock;
  const goAway = (name: string): void => {
    awayUntil.set(name, clock + world.awayMs);
    if (world.kind === 'refused')
      for (const b of busy)
        if (hostOf(b.item.testId) === name) {
          b.broken = true;
          b.until = clock + 1;
        }
  };
  const finish = ({ item, from, until, broken }: (typeof busy)[number], was: 'ok' | 'away'): void => {
    made.push(item.testId);
    const url = `http://${hostOf(item.testId)}.test/${pathOf(Number(item.testId.slice(1)), world.services)}`;
    const at = { startedAt: new Date(Date.UTC(2026, 0, 2) + from).toISOString(), durationMs: until - from };
    if (was === 'ok' && !broken)
      return void done.push(reported(item, 'passed', { ...at, requests: [{ method: 'GET', url, status: 200, durationMs: 1 }] }));
    const code = broken ? 'ECONNRESET' : 'ECONNREFUSED';
    const gone = { class: 'network' as const, message: code, code, probe: { url, reachable: false, error: 'ECONNREFUSED' } };
    done.push(
      reported(item, 'failed', {
        ...at,
        failure: world.kind === 'refused' ? gone : { class: 'server', message: 'status 503 instead of 200' },
        requests: [{ method: 'GET', url, status: world.kind === 'refused' ? null : 503, durationMs: 1 }],
      }),
    );
  };
  const met = new Map<WorkItem, 'ok' | 'away'>();
  for (let step = 0; step < 100_000; step += 1) {
    while (busy.length < world.slots) {
      let [item] = pool.splice(0, 1);
      if (!item) {
        const reply = await worker.lease();
        if (reply.next === 'done') {
          expect(busy).toHaveLength(0);
          return { id, made };
        }
        if (reply.items.length === 0) break;
        pool.push(...reply.items.slice(1));
        item = reply.items[0]!;
      }
      const name = hostOf(item.testId);
      const n = (requests.get(name) ?? 0) + 1;
      requests.set(name, n);
      if (!isAway(name) && n === world.after) goAway(name);
      const killed = !isAway(name) && item.testId === world.killer;
      if (killed) goAway(name);
      met.set(item, isAway(name) ? 'away' : 'ok');
      busy.push({ item, from: clock, until: clock + (isAway(name) ? REFUSED_MS : TEST_MS), broken: killed && world.kind === 'refused' });
    }
    if (busy.length > 0) {
      clock = Math.min(...busy.map((b) => b.until));
      for (const b of busy.filter((x) => x.until <= clock)) {
        busy.splice(busy.indexOf(b), 1);
        finish(b, met.get(b.item) ?? 'ok');
      }
    } else if (done.length === 0) {
      // Nothing to do before something is due: the world's time goes on as far, and the store's as well.
      const { rows } = await store.query<{ ms: number | null }>(DUE, [id]);
      const ms = Math.max(rows[0]?.ms ?? 0, 1);
      clock += ms;
      await store.query(SOONER, [id, ms]);
    }
    if (done.length > 0 && (clock >= reportAt || busy.length === 0)) {
      const { gone } = await worker.report(done.splice(0));
      reportAt = clock + REPORT_MS;
      const left = new Set(gone);
      for (const item of pool.filter((i) => left.has(i.leaseId))) pool.splice(pool.indexOf(item), 1);
      for (const b of busy.filter((x) => left.has(x.item.leaseId))) busy.splice(busy.indexOf(b), 1);
    }
  }
  throw new Error('the run did not end');
}

const DUE = `
SELECT least(
  (SELECT extract(epoch FROM min(ready_at) - now()) FROM work_items WHERE execution_id = $1 AND worker_id IS NULL AND ready_at > now()),
  (SELECT extract(epoch FROM min((o->>'nextCanaryAt')::timestamptz) - now())
    FROM executions e, jsonb_array_elements(e.outage) o
    WHERE e.id = $1 AND e.outage IS NOT NULL AND (o->>'nextCanaryAt')::timestamptz > now())
)::float8 * 1000 AS ms`;
const SOONER = `
WITH items AS (UPDATE work_items SET ready_at = ready_at - $2 * interval '1 millisecond' WHERE execution_id = $1)
UPDATE executions
SET outage = (
  SELECT jsonb_agg(jsonb_set(o, '{nextCanaryAt}', to_jsonb((o->>'nextCanaryAt')::timestamptz - $2 * interval '1 millisecond')))
  FROM jsonb_array_elements(outage) o
)
WHERE id = $1 AND outage IS NOT NULL`;
const reasons = async (id: string): Promise<string[]> =>
  (await store.readStream(`execution-${id}`))
    .filter((e) => e.type === ExecutionOutageBegan.type)
    .map((e) => ExecutionOutageBegan.schema.parse(e.data).reason);

describe('services that go away one after the other', () => {
  it.each([
    ['nobody answers', 'refused', 3],
    ['errors', '503', 3],
    ['nobody answers', 'refused', 5],
    ['errors', '503', 5],
  ] as const)('are an outage each: %s (%s, %i services)', async (_, kind, services) => {
    const tests = 300;
    const { id, made } = await run({ services, tests, slots: 4, after: Math.round((0.8 * tests) / services), awayMs: 2_500, kind });
    const { summary, results } = await service.executions.get(id);
    expect(summary).toMatchObject({ failed: 0, lost: 0 });
    // What was under way when a connection broke may be the cause, so it is not simply green.
    const flaky = results.filter((r) => r.status === 'flaky');
    expect(flaky.length).toBeLessThanOrEqual(4);
    for (const { decision } of flaky) expect(decision?.label).toBe('infrastructure');
    expect(await reasons(id)).toHaveLength(services);
    // A run spends 1.15 attempts a test on its failures; this leaves an outage within 1.2 on the whole for few services, and little above for many.
    expect((made.length - tests) / tests).toBeLessThanOrEqual(services > 3 ? 0.1 : 0.09);
  });
});

describe('services behind one address that goes away', () => {
  it('are one outage', async () => {
    const { id, made } = await run({ services: 3, tests: 120, slots: 4, after: 60, awayMs: 2_500, kind: 'refused', oneAddress: true });
    const { summary } = await service.executions.get(id);
    expect(summary).toMatchObject({ failed: 0, lost: 0 });
    expect(await reasons(id)).toEqual([expect.stringMatching(/^the system under test at http:\/\/shop\.test did not answer \d+ tests$/)]);
    expect(made.length).toBeLessThanOrEqual(144);
  });
});

describe('a test that brings its service down', () => {
  it.each([2, 4])('is found among %i at a time, and costs no other test its verdict', async (slots) => {
    const { id, made } = await run({ services: 1, tests: 60, slots, after: Infinity, awayMs: 2_500, kind: 'refused', killer: 't20' });
    const { results } = await service.executions.get(id);
    const killer = results.find((r) => r.testId === 't20')!;
    expect(killer).toMatchObject({ status: 'lost', decision: { label: 'infrastructure' } });
    expect(killer.reason).toMatch(
      /attempts [\d, ]+ were in flight when it stopped answering \(ECONNRESET\): this test may be what brings it down/,
    );
    expect(results.filter((r) => r !== killer && r.status !== 'passed' && r.decision?.label !== 'infrastructure')).toEqual([]);
    expect(results.filter((r) => r.status === 'lost')).toEqual([killer]);
    expect(made.filter((testId) => testId === 't20').length).toBeLessThanOrEqual(5);
    expect((await reasons(id)).length).toBeLessThanOrEqual(2);
  });
});
