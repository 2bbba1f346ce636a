import type { WorkerInput } from '@testimony/contracts';
import type { Framework } from '@testimony/frameworks';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runAgent } from './agent';
import { batch, FakeExecution, TOKEN } from './testing/fake-execution';
import { fakeFramework } from './testing/fake-framework';

let execution: FakeExecution;
let url: string;
let folder: string;
let workers = 0;
const warnings: string[] = [];

beforeEach(async () => {
  execution = new FakeExecution();
  url = await execution.start();
  folder = mkdtempSync(join(tmpdir(), 'testimony-worker-'));
  warnings.length = 0;
});
afterEach(async () => {
  await execution.stop();
  // A worker that was killed may have begun to write; then a removal is silently incomplete.
  while (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
});

function input(slots: number, token = TOKEN): WorkerInput {
  workers += 1;
  return {
    assignment: { workerId: `wrk_${workers}`, executionId: 'exe_1', projectId: 'shop', slots, executionUrl: url, token },
    workspace: {
      root: folder,
      services: {},
      overlayDir: join(folder, 'overlays'),
      environment: {},
      secrets: [],
      artifactDir: join(folder, 'artifacts'),
      cacheDir: join(folder, 'cache'),
      spoolDir: join(folder, 'spool'),
    },
  };
}

function work(slots = 2, over: Partial<Parameters<typeof runAgent>[0]> = {}): Promise<void> {
  return runAgent({
    input: input(slots),
    frameworkNamed: () => Promise.resolve(fakeFramework),
    signal: new AbortController().signal,
    warn: (message) => warnings.push(message),
    ...over,
  });
}

const spooled = (): string[] => {
  const spool = join(folder, 'spool', 'exe_1');
  if (!existsSync(spool)) return [];
  return readdirSync(spool).flatMap((name) => readFileSync(join(spool, name), 'utf8').split('\n').filter(Boolean));
};
const outcomes = (): string[] => execution.attempts.map((a) => `${a.testId} ${a.outcome}`);
const expected = (items: ReturnType<typeof batch>, outcome: string): string[] => items.map((i) => `${i.testId} ${outcome}`);

describe('a worker', () => {
  it('runs all that it is given in all slots, reports each once, and leaves nothing behind', async () => {
    const passing = [batch('pass', 'pass', 'pass', 'pass', 'pass'), batch('pass'), batch('pass', 'pass')];
    const failing = batch('fail');
    execution.batches = [...passing, failing];
    await work(3);
    expect(outcomes().sort()).toEqual([...expected(passing.flat(), 'passed'), ...expected(failing, 'failed')].sort());
    expect(execution.reports.map((r) => r.sequence)).toEqual(execution.reports.map((_, i) => i + 1));
    expect(existsSync(join(folder, 'spool', 'exe_1'))).toBe(false);
  });

  it('reports the first result at once and what comes meanwhile together', async () => {
    let free = (): void => undefined;
    const firstStored = new Promise<void>((resolve) => (free = resolve));
    execution.before = (route) => (route === 'report' && execution.reports.length === 0 ? firstStored : undefined);
    execution.batches = [batch('pass', 'pass', 'pass', 'pass')];
    execution.open = true;
    const working = work(1);
    // The lease that follows the batch: by then all four have been run.
    await execution.until(() => execution.calls.includes('report') && execution.calls.filter((c) => c === 'lease').length > 2);
    expect(spooled()).toHaveLength(4);
    free();
    await execution.until(() => execution.attempts.length === 4);
    expect(execution.reports.map((r) => r.attempts.length)).toEqual([1, 3]);
    execution.open = false;
    await working;
  });

  it('leases the next batch while the current one runs', async () => {
    execution.batches = [batch('pass', 'block'), batch('pass')];
    execution.open = true;
    const stop = new AbortController();
    const working = work(1, { signal: stop.signal });
    await execution.until(() => execution.batches.length === 0);
    stop.abort();
    await working;
  });

  it('gives the work that lies ready to whichever slot is free', async () => {
    const second = batch('pass', 'pass');
    execution.batches = [batch('pass', 'block'), second];
    execution.open = true;
    const stop = new AbortController();
    const working = work(2, { signal: stop.signal });
    await execution.until(() => execution.attempts.length === 3);
    expect(outcomes()).toEqual(expect.arrayContaining(expected(second, 'passed')));
    stop.abort();
    await working;
  });

  it('says of a test without a result that it is lost, never that it passed', async () => {
    const silent = batch('silent', 'pass');
    const broken = batch('break', 'pass');
    execution.batches = [silent, broken];
    await work(1);
    const of = (testId: string) => execution.attempts.find((a) => a.testId === testId)!;
    expect(of(silent[0]!.testId)).toMatchObject({ outcome: 'lost', reason: 'the test framework gave no result for it' });
    for (const item of broken)
      expect(of(item.testId)).toMatchObject({ outcome: 'lost', reason: 'the test framework broke: no process could be started' });
  });

  it('hands each test its conditions, a sequence in its order and in one go', async () => {
    const runs: string[][] = [];
    const framework: Framework = {
      ...fakeFramework,
      open: (options) => {
        const session = fakeFramework.open(options);
        return {
          ...session,
          run: (tests, report, signal) => {
            runs.push(tests.map(({ key }) => key));
            return session.run(tests, report, signal);
          },
        };
      },
    };
    const items = batch('pass', 'fail', 'pass', 'pass').map((item, i) => ({
      ...item,
      // Somebody's single attempt, then a sequence of three.
      conditions: i === 0 ? { isolated: true, randomSeed: 7 } : { isolated: false, order: { sequence: 'one', seed: 4, place: i - 1 } },
    }));
    execution.batches = [items];
    await work(2, { frameworkNamed: () => Promise.resolve(framework) });
    expect(runs).toEqual([items.map(({ leaseId }) => leaseId)]);
    expect(execution.attempts.map(({ testId, outcome, conditions, logs }) => [testId, outcome, conditions, logs])).toEqual(
      items.map(({ testId, file, conditions }) => [testId, `${file}ed`, conditions, [JSON.stringify(conditions)]]),
    );
  });

  it('repeats a report whose answer was lost, word for word', async () => {
    const bodies: string[] = [];
    execution.before = (route, body) => {
      if (route !== 'report') return;
      bodies.push(body);
      if (bodies.length < 3) throw new Error('the connection breaks');
    };
    execution.batches = [batch('pass')];
    await work(1);
    expect(bodies).toHaveLength(3);
    expect(new Set(bodies).size).toBe(1);
    expect(execution.attempts).toHaveLength(1);
  });

  it('keeps what nobody acknowledged on disk and gives up after its patience', async () => {
    execution.before = (route) => (route === 'report' ? 503 : undefined);
    const items = batch('pass', 'fail');
    execution.batches = [items];
    await expect(work(1, { patienceMs: 200 })).rejects.toThrow(/did not answer report for 200 ms \(status 503\)/);
    expect(spooled().map((line) => (JSON.parse(line) as { testId: string }).testId)).toEqual(items.map((i) => i.testId));
  });

  it('stops at once when it is refused, and never says its token', async () => {
    const refused = work(2, { input: input(2, 'wrong-token-value') });
    await expect(refused).rejects.toThrow('the execution refused register (401): The token has expired.');
    await refused.catch((error: Error) => expect(error.message + error.stack).not.toContain('wrong-token-value'));
    expect(execution.calls).toEqual(['register']);
  });

  it('reports a test as lost whose result is refused, and the results of the others as they are', async () => {
    const items = batch('pass', 'fail', 'pass');
    const refused = items[1]!;
    execution.before = (route, body) =>
      route === 'report' && body.includes(`"${refused.testId}","attempt":1,"conditions":{"isolated":false},"outcome":"failed"`)
        ? 400
        : undefined;
    execution.batches = [items];
    await work(1);
    expect(outcomes().sort()).toEqual([`${items[0]!.testId} passed`, `${refused.testId} lost`, `${items[2]!.testId} passed`].sort());
    expect(execution.attempts.find((a) => a.outcome === 'lost')?.reason).toMatch(/^its result could not be stored: /);
    expect(spooled()).toEqual([]);
  });

  it('stands still over no result at which the execution fails each time', async () => {
    const items = batch('pass', 'fail', 'pass');
    const poison = items[1]!;
    execution.before = (route, body) =>
      route === 'report' && body.includes(`"${poison.testId}","attempt":1,"conditions":{"isolated":false},"outcome":"failed"`)
        ? 500
        : undefined;
    execution.batches = [items];
    await work(1, { patienceMs: 300 });
    expect(outcomes().sort()).toEqual([`${items[0]!.testId} passed`, `${poison.testId} lost`, `${items[2]!.testId} passed`].sort());
    expect(execution.attempts.find((a) => a.outcome === 'lost')?.reason).toContain('the execution failed at report (500)');
    expect(spooled()).toEqual([]);
  });

  it('hands in the whole lines of a spool that a full disk tore', async () => {
    const [item] = batch('pass');
    const { leaseId, testId, attempt, conditions } = item!;
    const whole = JSON.stringify({ leaseId, testId, attempt, conditions, outcome: 'passed' });
    const spool = join(folder, 'spool', 'exe_1');
    mkdirSync(spool, { recursive: true });
    writeFileSync(join(spool, 'wrk_0.999999999.1.1.ndjson'), `${whole.slice(0, 20)}${whole}\n${whole}\n`);
    await work(1);
    expect(outcomes()).toEqual([`${testId} passed`]);
    expect(existsSync(spool)).toBe(false);
  });

  it('kills what runs when its execution is cancelled', async () => {
    execution.batches = [batch('block'), batch('block')];
    execution.open = true;
    const working = work(2);
    await execution.until(() => execution.batches.length === 0);
    execution.cancelled = true;
    await working;
    expect(execution.attempts).toEqual([]);
  });

  it('leaves at once what the answer to a report takes back', async () => {
    const [fail, stuck] = batch('fail', 'block');
    execution.batches = [[fail!, stuck!]];
    execution.takenBack = [stuck!.leaseId];
    await work(1);
    expect(outcomes()).toEqual(expected([fail!], 'failed'));
  });

  it('names its leases in each heartbeat and stops working on those that are gone', async () => {
    const [stuck] = batch('block');
    execution.batches = [[stuck!]];
    execution.open = true;
    const working = work(1);
    await execution.until(() => execution.heartbeats.some((h) => h.leaseIds.includes(stuck!.leaseId)));
    execution.gone = [stuck!.leaseId];
    const after = batch('pass');
    execution.batches = [after];
    // The only slot is free again only if it stopped.
    await execution.until(() => execution.attempts.length === 1);
    expect(outcomes()).toEqual(expected(after, 'passed'));
    execution.open = false;
    await working;
  });

  it('works on without a spool when the disk refuses it, and says so once', async () => {
    const items = batch('pass', 'pass');
    execution.batches = [items];
    const given = input(1);
    const spoolDir = join(folder, 'not-a-folder');
    writeFileSync(spoolDir, '');
    await work(1, { input: { ...given, workspace: { ...given.workspace, spoolDir } } });
    expect(execution.attempts).toHaveLength(2);
    expect(warnings).toEqual([expect.stringMatching(/^results cannot be kept on disk/)]);
  });
});

describe('a worker that was killed', () => {
  const children: ChildProcess[] = [];
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

  function process_(): ChildProcess {
    const child = spawn(process.execPath, [resolve(__dirname, '../dist/testing/fake-worker.js')], { stdio: ['pipe', 'ignore', 'inherit'] });
    children.push(child);
    const { workspace, assignment } = input(1);
    child.stdin!.write(`${JSON.stringify(workspace)}\n${JSON.stringify(assignment)}\n`);
    return child;
  }
  async function untilSpooled(n: number): Promise<void> {
    while (spooled().length < n) await new Promise((resolve) => setImmediate(resolve));
  }
  const ended = (child: ChildProcess): Promise<unknown> =>
    new Promise((resolve) => child.on('exit', (code, signal) => resolve(signal ?? code)));

  it('leaves its results to the next one, which hands them in before it asks for work', async () => {
    let lost = true;
    execution.before = (route) => {
      if (route === 'report' && lost) throw new Error('the connection breaks');
    };
    const items = batch('pass', 'fail', 'block');
    execution.batches = [items];
    const killed = process_();
    await execution.until(() => execution.calls.includes('report'));
    await untilSpooled(2);
    const end = ended(killed);
    killed.kill('SIGKILL');
    expect(await end).toBe('SIGKILL');

    lost = false;
    execution.calls.length = 0;
    const next = process_();
    expect(await ended(next)).toBe(0);
    expect(outcomes()).toEqual([`${items[0]!.testId} passed`, `${items[1]!.testId} failed`]);
    expect(execution.calls.filter((c) => c !== 'heartbeat')).toEqual(['register', 'report', 'report', 'lease']);
    expect(spooled()).toEqual([]);
  });

  it("leaves a living worker's results alone", async () => {
    execution.before = (route) => (route === 'report' ? 503 : undefined);
    execution.batches = [batch('pass', 'block')];
    const first = process_();
    await execution.until(() => execution.calls.includes('report'));
    expect(spooled()).toHaveLength(1);
    const second = process_();
    expect(await ended(second)).toBe(0);
    expect(spooled()).toHaveLength(1);
    const end = ended(first);
    first.kill('SIGKILL');
    await end;
  });

  it('ends when whoever started it is gone', async () => {
    execution.batches = [batch('block')];
    const child = process_();
    await execution.until(() => execution.batches.length === 0);
    const end = ended(child);
    child.stdin!.end();
    expect(await end).toBe(0);
  });
});
