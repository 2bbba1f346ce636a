import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiscoveredTest, DiscoveryProblem, Framework, Session, SessionOptions, TestOutcome, TestToRun } from '../framework';

/** What a service under test looks like to the contract: it holds requests until told, and remembers who asked. */
export interface ServiceUnderTest {
  readonly baseUrl: string;
  /** Process ids that tests sent to `/pid/<id>/<name>`, by name. */
  readonly pids: ReadonlyMap<string, number>;
  /** Settles when a test waits for the answer to `/hold/<name>`. */
  held(name: string): Promise<void>;
  /** Answers `/hold/<name>`, now or when it is asked. */
  release(name: string): void;
  close(): Promise<void>;
}

export async function serviceUnderTest(): Promise<ServiceUnderTest> {
  const pids = new Map<string, number>();
  const holding = new Map<string, ServerResponse>();
  const released = new Set<string>();
  const watchers = new Map<string, () => void>();
  const server: Server = createServer((request, response) => {
    const [, verb, first = '', second = ''] = (request.url ?? '').split('/');
    response.setHeader('content-type', 'application/json');
    if (verb === 'pid') pids.set(second, Number(first));
    if (verb === 'status') response.statusCode = Number(first);
    if (verb === 'hold' && !released.has(first)) {
      holding.set(first, response);
      watchers.get(first)?.();
      return;
    }
    response.end(JSON.stringify({ ok: true, path: request.url }));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    pids,
    held: (name) => (holding.has(name) ? Promise.resolve() : new Promise((done) => watchers.set(name, done))),
    release(name) {
      released.add(name);
      holding.get(name)?.end('{}');
    },
    async close() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A fresh project folder outside of this repository. */
export async function temporaryProject(): Promise<{ readonly root: string; remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'testimony-project-'));
  await mkdir(join(root, 'services', 'shop'), { recursive: true });
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

export function sessionOptions(
  root: string,
  services: Readonly<Record<string, string | undefined>>,
  more: Partial<SessionOptions> = {},
): SessionOptions {
  const { PATH = '', HOME = '' } = process.env;
  return {
    root,
    services: Object.fromEntries(
      Object.entries(services).map(([name, baseUrl]) => [name, { ...(baseUrl !== undefined && { baseUrl }), headers: {} }]),
    ),
    artifactDir: join(root, '.e2e', 'artifacts'),
    cacheDir: join(root, '.e2e', 'cache'),
    environment: { PATH, HOME },
    secrets: [],
    ...more,
  };
}

/** Runs tests to the end and gives the outcomes in the order of their reports. */
export async function outcomesOf(
  session: Session,
  tests: readonly TestToRun[],
  onReport: (outcome: TestOutcome) => void = () => undefined,
): Promise<TestOutcome[]> {
  const outcomes: TestOutcome[] = [];
  await session.run(
    tests,
    (outcome) => {
      outcomes.push(outcome);
      onReport(outcome);
    },
    new AbortController().signal,
  );
  return outcomes;
}

/** Waits until a process is gone; one that nobody has reaped yet counts as gone. */
export async function gone(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (stat === undefined || stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')) return;
    await new Promise((done) => setTimeout(done, 5));
  }
}

/**
 * The tests that an adapter's own spec must write into the project, in the service `shop`, by these names:
 * `passes` GETs /pid/<its process id>/passes; `holds` GETs /pid/<its process id>/holds and then waits for /hold/one; `fails` has an
 * assertion that does not hold; `hangs` waits for /hold/never; `loops` never gives back control; `exits` ends its process with code 3;
 * `follows` passes. They stand in this order where a file holds several.
 */
const CONTRACT_TESTS = ['passes', 'holds', 'fails', 'hangs', 'loops', 'exits', 'follows'] as const;
type Name = (typeof CONTRACT_TESTS)[number];

/** What every framework adapter keeps, whatever it drives. */
export function describeFrameworkContract(framework: Framework, writeTests: (root: string) => Promise<void>): void {
  describe(`the contract of frameworks, kept by ${framework.name}`, () => {
    let project: Awaited<ReturnType<typeof temporaryProject>>;
    let service: ServiceUnderTest;
    let session: Session;
    let found: DiscoveredTest[];
    let problems: DiscoveryProblem[];

    const toRun = (name: Name, more: Partial<TestToRun> = {}): TestToRun => {
      const test = found.find((one) => one.name === name);
      if (!test) throw new Error(`discovery did not find ${name}`);
      return { key: name, service: test.service, file: test.file, titlePath: test.titlePath, timeoutMs: 20_000, isolated: false, ...more };
    };

    beforeAll(async () => {
      project = await temporaryProject();
      await writeTests(project.root);
      ({ tests: found, problems } = await framework.discover(project.root));
    });
    afterAll(() => project.remove());
    beforeEach(async () => {
      service = await serviceUnderTest();
      session = framework.open(sessionOptions(project.root, { shop: service.baseUrl }));
    });
    afterEach(async () => {
      await session.close();
      await service.close();
    });

    it('discovers every test once, with its place', async () => {
      expect(problems).toEqual([]);
      expect(found.map(({ name }) => name).sort()).toEqual([...CONTRACT_TESTS].sort());
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      for (const test of found) {
        expect(test).toMatchObject({ framework: framework.name, service: 'shop', file: expect.stringMatching(/^services\/shop\//) });
        expect(test.line).toBeGreaterThan(0);
      }
      const elsewhere = await framework.discover(project.root, ['payments']);
      expect(elsewhere.tests).toEqual([]);
    });

    it('reports each test once, as soon as it is known', async () => {
      // `holds` gets its answer only after `passes` was reported: a session that reports at the end would never end.
      const outcomes = await outcomesOf(session, [toRun('passes'), toRun('holds'), toRun('fails')], ({ key }) => {
        if (key === 'passes') service.release('one');
      });
      expect(outcomes.map(({ key, outcome }) => [key, outcome])).toEqual([
        ['passes', 'passed'],
        ['holds', 'passed'],
        ['fails', 'failed'],
      ]);
      const [, , failed] = outcomes;
      expect(failed?.failure).toMatchObject({ class: 'assertion', file: toRun('fails').file, line: expect.any(Number) });
      expect(failed?.failure?.message).toMatch(/1/);
      await session.close();
      await gone(service.pids.get('passes') ?? 0);
      await gone(service.pids.get('holds') ?? 0);
    }, 60_000);

    it('survives a test that hangs, one that loops and one that ends its process', async () => {
      const outcomes = await outcomesOf(session, [
        toRun('hangs', { timeoutMs: 700 }),
        toRun('loops', { timeoutMs: 700 }),
        toRun('exits'),
        toRun('follows'),
      ]);
      expect(outcomes.map(({ key, outcome, failure }) => [key, outcome, failure?.class])).toEqual([
        ['hangs', 'failed', 'timeout'],
        ['loops', 'failed', 'timeout'],
        ['exits', 'failed', 'other'],
        ['follows', 'passed', undefined],
      ]);
      expect(outcomes[2]?.failure?.message).toMatch(/3/);
    }, 60_000);

    it('gives an isolated test a process of its own', async () => {
      service.release('one');
      const outcomes = await outcomesOf(session, [toRun('passes'), toRun('holds', { isolated: true })]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
      expect(service.pids.get('passes')).not.toBe(service.pids.get('holds'));
      await gone(service.pids.get('holds') ?? 0);
    }, 60_000);

    it('ends a run that is under way when closed', async () => {
      const ran = outcomesOf(session, [toRun('holds'), toRun('follows')]);
      await service.held('one');
      await session.close();
      expect(await ran).toEqual([]);
      await gone(service.pids.get('holds') ?? 0);
    }, 60_000);

    it('stops what runs when aborted and reports nothing more', async () => {
      const controller = new AbortController();
      const reported: string[] = [];
      const ran = session.run([toRun('holds'), toRun('follows')], ({ key }) => reported.push(key), controller.signal);
      await service.held('one');
      controller.abort();
      await ran;
      expect(reported).toEqual([]);
      await gone(service.pids.get('holds') ?? 0);
    }, 60_000);
  });
}
