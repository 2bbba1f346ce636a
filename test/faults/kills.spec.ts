import { TestAttempted, TestDecided } from '@testimony/contracts';
import { openEventStore } from '@testimony/event-store';
import { startPostgres } from '@testimony/local-postgres';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCountingService, type CountingService } from '../program/counting-service';
import { descendantsOf, eventually, isAlive } from '../program/processes';
import { runProgram, startProgram, type RunningProgram } from '../program/run-program';
import { countingModules, temporaryProject, type TemporaryProject } from '../program/temporary-project';

// What happens when things die in the middle of an execution. Short in CI; TESTIMONY_FAULTS=long runs the whole of it.
const long = process.env['TESTIMONY_FAULTS'] === 'long';
const TESTS = long ? 500 : 120;
const WORKER_KILLS = long ? 20 : 5;

/** The verdicts as the event store holds them, by test: every decision there is, and how many attempts were answered. */
async function storedFacts(project: TemporaryProject): Promise<Map<string, { decisions: string[]; attempts: string[] }>> {
  const postgres = await startPostgres({ dir: join(project.root, '.e2e/db') });
  const store = await openEventStore({ url: postgres.url, schema: 'execution' });
  try {
    const facts = new Map<string, { decisions: string[]; attempts: string[] }>();
    for (let after = 0; ;) {
      const events = await store.readAll({ after, limit: 1_000, types: [TestAttempted.type, TestDecided.type] });
      for (const event of events) {
        const data = event.data as { testId: string; verdict?: string; outcome?: string };
        const fact = facts.get(data.testId) ?? { decisions: [], attempts: [] };
        facts.set(data.testId, fact);
        if (data.verdict) fact.decisions.push(data.verdict);
        if (data.outcome) fact.attempts.push(data.outcome);
      }
      const last = events.at(-1);
      if (!last) return facts;
      after = last.position;
    }
  } finally {
    await store.close();
    await postgres.stop();
  }
}

/** Every planned test has exactly one verdict, and whatever passed was really run: the system under test saw it. */
async function expectOneVerdictEach(project: TemporaryProject, service: CountingService): Promise<void> {
  const facts = await storedFacts(project);
  expect(facts.size).toBe(TESTS);
  for (const [testId, { decisions, attempts }] of facts) {
    expect({ testId, decisions }).toEqual({ testId, decisions: ['passed'] });
    expect({ testId, passed: attempts.includes('passed') }).toEqual({ testId, passed: true });
    expect({ testId, ran: service.ran.has(testId.split('/').at(-1)!) }).toEqual({ testId, ran: true });
  }
}

const workerOf = (program: RunningProgram) =>
  descendantsOf(program.child.pid!).find((p) => /services\/worker\/dist\/main\.js/.test(p.command));

describe('an execution in which things die', () => {
  let service: CountingService;
  let project: TemporaryProject;

  beforeEach(async () => {
    service = await startCountingService({ delayMs: 15 });
    project = temporaryProject(countingModules(TESTS, service.url));
  });
  afterEach(async () => {
    await service.stop();
    project.remove();
  });

  it(`worker killed ${WORKER_KILLS} times at random`, async () => {
    const program = startProgram(['autonomous-run', '-j', '4'], { cwd: project.root });
    const killed = new Set<number>();
    while (killed.size < WORKER_KILLS) {
      const target = Math.floor(((killed.size + Math.random()) * TESTS) / (WORKER_KILLS + 1));
      await service.reached(target);
      const worker = await eventually(() => {
        const now = workerOf(program);
        return now && !killed.has(now.pid) ? now : undefined;
      }, 'a worker runs');
      killed.add(worker.pid);
      process.kill(worker.pid, 'SIGKILL');
    }
    const ended = await program.ended;
    expect({ code: ended.code, said: ended.stderr.slice(-2_000) }).toEqual({ code: 0, said: expect.stringContaining(`${TESTS} passed`) });
    await expectOneVerdictEach(project, service);
  });

  it('the whole program killed, then resumed', async () => {
    const program = startProgram(['autonomous-run', '-j', '4'], { cwd: project.root });
    await service.reached(TESTS / 3);
    const family = descendantsOf(program.child.pid!);
    process.kill(program.child.pid!, 'SIGKILL');
    await program.ended;
    await eventually(() => family.every(({ pid }) => !isAlive(pid)), 'all that the program started has ended');

    const resumed = await runProgram(['autonomous-run', '--resume'], { cwd: project.root });
    expect({ code: resumed.code, said: resumed.stderr.slice(-2_000) }).toEqual({
      code: 0,
      said: expect.stringContaining(`${TESTS} passed`),
    });
    await expectOneVerdictEach(project, service);
  });

  it('Postgres killed in the middle', async () => {
    const program = startProgram(['autonomous-run', '-j', '4'], { cwd: project.root });
    await service.reached(TESTS / 3);
    const database = descendantsOf(program.child.pid!).find((p) => /\/bin\/postgres /.test(p.command));
    expect(database).toEqual(expect.objectContaining({ pid: expect.any(Number) }));
    process.kill(database!.pid, 'SIGKILL');
    const first = await program.ended;
    const last = first.code === 0 ? first : await runProgram(['autonomous-run', '--resume'], { cwd: project.root });
    expect({ code: last.code, said: first.stderr + last.stderr }).toEqual({ code: 0, said: expect.stringContaining(`${TESTS} passed`) });
    await expectOneVerdictEach(project, service);
  });

  it('the system under test gone in the middle: what could not be judged is lost, with the reason', async () => {
    const program = startProgram(['autonomous-run', '-j', '4'], { cwd: project.root });
    await service.reached(TESTS / 3);
    await service.stop();
    const ended = await program.ended;
    expect({ code: ended.code, said: ended.stdout + ended.stderr }).toEqual({
      code: 3,
      said: expect.stringMatching(/did not answer|stopped answering/),
    });
    const execution = readFileSync(join(project.root, 'strategies/latest_exec.txt'), 'utf8').trim();
    const report = JSON.parse(readFileSync(join(project.root, `.e2e/reports/${execution}/report.json`), 'utf8')) as {
      execution: { status: string; summary: Record<string, number>; results: { testId: string; status: string; reason: string }[] };
    };
    const { status, results, summary } = report.execution;
    expect(status).toBe('lost');
    expect(results).toHaveLength(TESTS);
    expect(summary['failed']).toBe(0);
    for (const result of results) {
      if (result.status === 'passed') expect(service.ran.has(result.testId.split('/').at(-1)!)).toBe(true);
      else expect(result).toEqual(expect.objectContaining({ status: 'lost', reason: expect.stringContaining(service.url) }));
    }
  });
});
