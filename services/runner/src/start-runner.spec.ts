import {
  ExecutionAdmitted,
  ExecutionCancelled,
  ExecutionCompleted,
  ExecutionWorkerSilent,
  TestAttempted,
  type EventDefinition,
  type WorkerAssignment,
} from '@testimony/contracts';
import { openEventStore, type EventStore, type StoredEvent } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { verifyWorkerToken } from '@testimony/service-kit';
import { randomBytes } from 'node:crypto';
import { RUNNER_MIGRATIONS } from './migrations';
import { startRunner, type RunningRunner } from './start-runner';
import { MAX_LOSSES_IN_A_ROW, replacement, SHORTEST_TRIAL_MS, type Losses, type Replacement } from './worker/replacement';
import type { WorkerEnd, WorkerProvider } from './worker-provider';

jest.setTimeout(60_000);

const key = randomBytes(32);
let postgres: RunningPostgres;
let store: EventStore;
let execution: EventStore;
let runner: RunningRunner;
let provider: HandProvider;
let executions = 0;

/** Workers that end when the spec says so. */
class HandProvider implements WorkerProvider {
  readonly name = 'hand';
  readonly started: WorkerAssignment[] = [];
  readonly stopped: string[] = [];
  swept = 0;
  broken: Error | undefined;
  private readonly ends = new Map<string, (end: WorkerEnd) => void>();
  private readonly waiting: (() => void)[] = [];

  start(assignment: WorkerAssignment) {
    this.started.push(assignment);
    this.waiting.splice(0).forEach((wake) => wake());
    if (this.broken) return Promise.reject(this.broken);
    const { workerId } = assignment;
    const ended = new Promise<WorkerEnd>((resolve) => this.ends.set(workerId, resolve));
    const stop = async (): Promise<void> => {
      this.stopped.push(workerId);
      this.end(workerId, { kind: 'finished' });
      await ended;
    };
    const kill = (): void => {
      this.end(workerId, { kind: 'lost', reason: 'it was killed' });
    };
    return Promise.resolve({ workerId, ended, stop, kill });
  }

  sweep(): Promise<number> {
    this.swept += 1;
    return Promise.resolve(0);
  }

  /** The workers of an execution find no more work. */
  finish(executionId: string): void {
    for (const a of this.started) if (a.executionId === executionId) this.end(a.workerId, { kind: 'finished' });
  }

  end(workerId: string, end: WorkerEnd): void {
    this.ends.get(workerId)?.(end);
  }

  /** The n-th worker of an execution, as soon as it was started. */
  async worker(executionId: string, n: number): Promise<WorkerAssignment> {
    for (;;) {
      const found = this.started.filter((a) => a.executionId === executionId)[n - 1];
      if (found) return found;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }
}

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  [store, execution] = await Promise.all([
    openEventStore({ url: postgres.url, schema: 'runner', migrations: RUNNER_MIGRATIONS }),
    openEventStore({ url: postgres.url, schema: 'execution' }),
  ]);
});
afterAll(async () => {
  await Promise.all([store?.close(), execution?.close()]);
  await postgres?.stop({ wait: false });
});
beforeEach(begin);
afterEach(() => runner.close());

/** The real decision without its pauses and its patience. */
function atOnce(losses: Losses): Replacement {
  const next = replacement({ ...losses, inARowMs: SHORTEST_TRIAL_MS });
  return next.replace ? { ...next, delayMs: 0 } : next;
}

async function begin(): Promise<void> {
  provider = new HandProvider();
  runner = await startRunner({
    store,
    sources: { execution },
    tokenKey: key,
    provider,
    executionUrl: 'http://127.0.0.1:4711',
    replacement: atOnce,
    lastChanceMs: 0,
  });
}

async function say(definition: EventDefinition, stream: string, data: unknown): Promise<void> {
  await execution.append(stream, 'any', [{ type: definition.type, data: definition.schema.parse(data), published: true }]);
  await runner.caughtUp();
}

async function admit(id = `exe_${(executions += 1)}`): Promise<string> {
  await say(ExecutionAdmitted, `execution-${id}`, { executionId: id, projectId: 'shop', parallel: 4 });
  return id;
}

async function complete(id: string): Promise<void> {
  const summary = { total: 1, passed: 1, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0 };
  await say(ExecutionCompleted, `execution-${id}`, {
    executionId: id,
    projectId: 'shop',
    status: 'passed',
    summary,
    completedAt: '2026-01-02T03:04:05.000Z',
  });
}

const progress = (id: string): Promise<void> =>
  say(TestAttempted, `test-${id}-a`, {
    executionId: id,
    testId: 'a',
    attempt: 1,
    outcome: 'passed',
    conditions: { isolated: false },
    workerId: 'wrk',
    startedAt: '2026-01-02T03:04:05.000Z',
    durationMs: 1,
  });

async function eventsOf(workerId: string, last: string): Promise<StoredEvent[]> {
  for (;;) {
    const events = await store.readStream(`worker-${workerId}`);
    if (events.at(-1)?.type === `io.testimony.worker.${last}`) return events;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
const lost: WorkerEnd = { kind: 'lost', reason: 'its process was ended by SIGKILL' };

describe('the runner', () => {
  it('gives an admitted execution one worker with all its slots and a token for it alone', async () => {
    const id = await admit();
    const worker = await provider.worker(id, 1);
    expect(worker).toMatchObject({ executionId: id, projectId: 'shop', slots: 4, executionUrl: 'http://127.0.0.1:4711' });
    expect(verifyWorkerToken(key, worker.token, Date.now()).executionId).toBe(id);
    const events = await eventsOf(worker.workerId, 'started');
    expect(events.map((e) => e.sequence)).toEqual([1, 2]);
    await complete(id);
    provider.finish(id);
  });

  it('gives it no second one when it is admitted again while the first works', async () => {
    const id = await admit();
    await provider.worker(id, 1);
    await admit(id);
    const other = await admit();
    await provider.worker(other, 1);
    expect(provider.started.filter((a) => a.executionId === id)).toHaveLength(1);
  });

  it('lets the worker of a completed execution end by itself, and stops that of a cancelled one', async () => {
    const done = await admit();
    const finished = await provider.worker(done, 1);
    await eventsOf(finished.workerId, 'started');
    await complete(done);
    expect(provider.stopped).toEqual([]);
    provider.finish(done);
    await eventsOf(finished.workerId, 'finished');

    const id = await admit();
    const stopped = await provider.worker(id, 1);
    await eventsOf(stopped.workerId, 'started');
    await say(ExecutionCancelled, `execution-${id}`, {
      executionId: id,
      projectId: 'shop',
      reason: 'Ctrl-C',
      cancelledAt: '2026-01-02T03:04:05.000Z',
    });
    await eventsOf(stopped.workerId, 'finished');
    expect(provider.stopped).toEqual([stopped.workerId]);
  });

  it('replaces a lost worker at once, and says both in one breath', async () => {
    const id = await admit();
    const first = await provider.worker(id, 1);
    provider.end(first.workerId, lost);
    const second = await provider.worker(id, 2);
    const [, , loss] = await eventsOf(first.workerId, 'lost');
    expect(loss?.data).toMatchObject({ workerId: first.workerId, executionId: id, reason: lost.reason, replaced: true });
    expect((await eventsOf(second.workerId, 'started'))[0]?.position).toBe((loss?.position ?? 0) + 1);
    await complete(id);
    provider.finish(id);
  });

  it('kills a worker that fell silent, and replaces it', async () => {
    const id = await admit();
    const first = await provider.worker(id, 1);
    await eventsOf(first.workerId, 'started');
    await say(ExecutionWorkerSilent, `execution-${id}`, { executionId: id, workerId: first.workerId, silentMs: 9_000 });
    await provider.worker(id, 2);
    expect((await eventsOf(first.workerId, 'lost')).at(-1)?.data).toMatchObject({ reason: 'it was killed', replaced: true });
    await complete(id);
    provider.finish(id);
  });

  it('takes a worker that could not be started for a lost one', async () => {
    provider.broken = new Error('no more processes');
    const id = await admit();
    const first = await provider.worker(id, 1);
    const [, loss] = await eventsOf(first.workerId, 'lost');
    expect(loss?.data).toMatchObject({ reason: 'it could not be started: no more processes', replaced: true });
    provider.broken = undefined;
    await provider.worker(id, 2);
    await complete(id);
    provider.finish(id);
  });

  it('gives up after many losses without progress, not with progress between', async () => {
    const id = await admit();
    let n = 0;
    const loseNext = async (): Promise<StoredEvent | undefined> => {
      const { workerId } = await provider.worker(id, (n += 1));
      provider.end(workerId, lost);
      return (await eventsOf(workerId, 'lost')).at(-1);
    };
    for (let i = 0; i < 4; i += 1) await loseNext();
    await progress(id);
    for (let i = 1; i < MAX_LOSSES_IN_A_ROW; i += 1) expect((await loseNext())?.data).toMatchObject({ replaced: true });
    expect((await loseNext())?.data).toMatchObject({
      replaced: false,
      reason: '8 workers were lost in a row without any progress; the last one: its process was ended by SIGKILL',
    });
    const other = await admit();
    await provider.worker(other, 1);
    expect(provider.started.filter((a) => a.executionId === id)).toHaveLength(n);
  });

  it('says after a crash that the workers of its former life are lost, and provides again when the execution is admitted again', async () => {
    const id = await admit();
    const former = await provider.worker(id, 1);
    await eventsOf(former.workerId, 'started');
    // A crash: the rows stay as they are, and nobody says anything.
    const { rows } = await store.query<Record<string, unknown>>('SELECT * FROM workers');
    await runner.close();
    const columns = Object.keys(rows[0]!);
    for (const row of rows) {
      await store.query('DELETE FROM workers WHERE id = $1', [row['id']]);
      await store.query(
        `INSERT INTO workers (${columns.join(', ')}) VALUES (${columns.map((_, i) => `$${i + 1}`).join(', ')})`,
        Object.values(row),
      );
    }
    const version = (await store.readStream(`worker-${former.workerId}`)).length;
    await store.query('UPDATE workers SET version = $2 WHERE id = $1', [former.workerId, version]);

    await begin();
    expect(provider.swept).toBe(1);
    expect((await eventsOf(former.workerId, 'lost')).at(-1)?.data).toMatchObject({
      reason: 'the runner that provided it ended',
      replaced: true,
    });
    expect(provider.started).toEqual([]);
    await admit(id);
    await provider.worker(id, 1);
    await complete(id);
    provider.finish(id);
  });
});
