import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Conditions } from '@testimony/contracts';
import { seededRandom } from '../conditions/seeded-random';
import type { DiscoveredTest, DiscoveryProblem, Framework, Session, SessionOptions, TestOutcome, TestToRun } from '../framework';

/** What a service under test looks like to the contract: it holds requests until told, and remembers who asked. */
export interface ServiceUnderTest {
  readonly baseUrl: string;
  /** Process ids that tests sent to `/pid/<id>/<name>`, by name. */
  readonly pids: ReadonlyMap<string, number>;
  /** What tests sent to `/tell?<JSON>`, in order. */
  readonly told: readonly Told[];
  /** Settles when a test waits for the answer to `/hold/<name>`. */
  held(name: string): Promise<void>;
  /** Answers `/hold/<name>`, now or when it is asked. */
  release(name: string): void;
  close(): Promise<void>;
}

/** What a test sees of the conditions that it runs under. */
interface Told {
  readonly pid: number;
  /** Minutes from its time of day to UTC, on 1 January 1970. */
  readonly offset: number;
  readonly now: number;
  readonly random: number;
}

export async function serviceUnderTest(): Promise<ServiceUnderTest> {
  const pids = new Map<string, number>();
  const told: Told[] = [];
  const holding = new Map<string, ServerResponse>();
  const released = new Set<string>();
  const watchers = new Map<string, () => void>();
  const server: Server = createServer((request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?');
    const [, verb, first = '', second = ''] = path.split('/');
    response.setHeader('content-type', 'application/json');
    if (verb === 'pid') pids.set(second, Number(first));
    if (verb === 'tell') told.push(JSON.parse(decodeURIComponent(query)) as Told);
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
    told,
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
    overlayDir: join(root, '.e2e', 'overlays'),
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
 * `follows` passes; `tells` GETs /tell?<what `Told` names, as JSON> and asserts that `ok` in the answer's JSON is true. They stand in this
 * order where a file holds several.
 */
const CONTRACT_TESTS = ['passes', 'holds', 'fails', 'hangs', 'loops', 'exits', 'follows', 'tells'] as const;
type Name = (typeof CONTRACT_TESTS)[number];

/** Process ids of a process group that are not the one given. */
async function othersOfGroup(pid: number): Promise<number[]> {
  const groupOf = async (id: string): Promise<string | undefined> => {
    const stat = await readFile(`/proc/${id}/stat`, 'utf8').catch(() => undefined);
    return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[2];
  };
  const group = await groupOf(String(pid));
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== pid);
  const groups = await Promise.all(ids.map(groupOf));
  return ids.filter((_, i) => groups[i] === group).map(Number);
}

interface Proving {
  readonly session: Session;
  readonly service: ServiceUnderTest;
  readonly root: string;
  readonly overlayDir: string;
  readonly toRun: (name: Name, conditions?: Partial<Conditions>) => TestToRun;
}

const passed = (outcomes: readonly TestOutcome[]): void =>
  expect(outcomes.map(({ outcome, failure, reason }) => [outcome, failure?.message ?? reason])).toEqual(
    outcomes.map(() => ['passed', undefined]),
  );

/** How each condition shows in a test, or around it. A framework that lists a condition must pass its proof. */
const PROOFS: Readonly<Partial<Record<keyof Conditions, (proving: Proving) => Promise<void>>>> = {
  async order({ session, service, toRun }) {
    const order = (place: number): Partial<Conditions> => ({ order: { sequence: 'one', place } });
    const outcomes = await outcomesOf(session, [
      toRun('tells'),
      toRun('tells', order(0)),
      toRun('follows', order(1)),
      toRun('tells', order(2)),
    ]);
    passed(outcomes);
    const [before, first, last] = service.told;
    expect(first?.pid).not.toBe(before?.pid);
    expect(last?.pid).toBe(first?.pid);
    await gone(first?.pid ?? 0);
  },
  async cpuStress({ session, service, toRun }) {
    const ran = outcomesOf(session, [toRun('holds', { cpuStress: 2 })]);
    await service.held('one');
    const pid = service.pids.get('holds') ?? 0;
    const others = await othersOfGroup(pid);
    const commands = await Promise.all(others.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')));
    const loops = others.filter((_, i) => commands[i]?.includes('while lives'));
    const cores = await Promise.all(
      [pid, ...loops].map(async (id) => /^Cpus_allowed_list:\s*(\S+)$/m.exec(await readFile(`/proc/${id}/status`, 'utf8'))?.[1]),
    );
    service.release('one');
    passed(await ran);
    expect(loops).toHaveLength(2);
    if (existsSync('/usr/bin/taskset')) {
      expect(cores[0]).toMatch(/^\d+$/);
      expect(new Set(cores).size).toBe(1);
    }
    await Promise.all(loops.map(gone));
  },
  async latencyMs({ session, toRun }) {
    const outcomes = await outcomesOf(session, [toRun('tells', { latencyMs: 300 })]);
    passed(outcomes);
    expect(outcomes[0]?.durationMs).toBeGreaterThanOrEqual(600 * seededRandom(0)() - 1);
  },
  async clock({ session, service, toRun }) {
    const before = Date.now();
    const outcomes = await outcomesOf(session, [
      toRun('tells', { clock: '2019-12-31T23:59:58.000Z' }),
      toRun('tells', { clock: '2019-12-31T23:59:58.000Z' }),
    ]);
    passed(outcomes);
    for (const { now } of service.told) expect(new Date(now).toISOString()).toMatch(/^(?:2019-12-31T23:59|2020-01-01T00:0)/);
    for (const { startedAt } of outcomes) expect(Date.parse(startedAt)).toBeGreaterThanOrEqual(before - 1);
  },
  async timeZone({ session, service, toRun }) {
    passed(await outcomesOf(session, [toRun('tells', { timeZone: 'Asia/Tokyo' })]));
    expect(service.told.map(({ offset }) => offset)).toEqual([-540]);
    expect(await outcomesOf(session, [toRun('tells', { timeZone: 'Mars/Olympus' })])).toMatchObject([
      { outcome: 'lost', reason: "there is no time zone 'Mars/Olympus'" },
    ]);
  },
  async randomSeed({ session, service, toRun }) {
    passed(
      await outcomesOf(
        session,
        [1, 1, 2, 1].map((randomSeed) => toRun('tells', { randomSeed })),
      ),
    );
    const [first, again, other, later] = service.told.map(({ random }) => random);
    expect([again, later]).toEqual([first, first]);
    expect(other).not.toBe(first);
  },
  async mutation({ session, service, toRun }) {
    const mutation = (from: number): Partial<Conditions> => ({
      mutation: { request: 'GET /tell', from, kind: 'wrong_value', field: '/ok' },
    });
    const outcomes = await outcomesOf(session, [toRun('tells', mutation(0)), toRun('tells', mutation(1))]);
    expect(outcomes.map(({ outcome, mutatedAnswers }) => [outcome, mutatedAnswers])).toEqual([
      ['failed', 1],
      ['passed', 0],
    ]);
    // What left the session names what was asked, not what stood in between.
    const said = JSON.stringify(outcomes);
    expect(said.replaceAll(service.baseUrl, '')).not.toMatch(/127\.0\.0\.\d+:\d/);
  },
  async overlay({ session, service, toRun, root, overlayDir }) {
    const { file } = toRun('tells');
    const text = (await readFile(join(root, file), 'utf8')).replaceAll('/tell', '/told');
    const sha = createHash('sha256').update(text).digest('hex');
    await mkdir(overlayDir, { recursive: true });
    await writeFile(join(overlayDir, sha), text);
    const outcomes = await outcomesOf(session, [toRun('tells'), toRun('tells', { overlay: { [file]: sha } }), toRun('tells')]);
    passed(outcomes);
    expect(service.told).toHaveLength(2);
    const refused = await outcomesOf(session, [
      toRun('tells', { overlay: { [file]: 'f'.repeat(64) } }),
      toRun('tells', { overlay: { '../outside.ts': sha } }),
    ]);
    expect(refused).toMatchObject([
      { outcome: 'lost', reason: `the proposed text of ${file} cannot be read: ENOENT` },
      { outcome: 'lost', reason: 'the proposed text of ../outside.ts is refused: it is no file of the project' },
    ]);
  },
};

/** One value for each condition, to ask for what a framework does not list. */
const ASKED: Readonly<Partial<Conditions>> = {
  order: { sequence: 'one', place: 0 },
  cpuStress: 1,
  latencyMs: 1,
  clock: '2020-01-01T00:00:00.000Z',
  timeZone: 'Asia/Tokyo',
  randomSeed: 1,
  mutation: { request: 'GET /', from: 0, kind: 'status' },
  overlay: { 'services/shop/x.ts': 'f'.repeat(64) },
};

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
      return {
        key: name,
        service: test.service,
        file: test.file,
        titlePath: test.titlePath,
        timeoutMs: 20_000,
        conditions: { isolated: false },
        ...more,
      };
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
      const outcomes = await outcomesOf(session, [toRun('passes'), toRun('holds', { conditions: { isolated: true } })]);
      expect(outcomes.map(({ outcome }) => outcome)).toEqual(['passed', 'passed']);
      expect(service.pids.get('passes')).not.toBe(service.pids.get('holds'));
      await gone(service.pids.get('holds') ?? 0);
    }, 60_000);

    it('runs against the base revision where there is one, and says so where there is none', async () => {
      const against = { conditions: { isolated: false, revision: 'base' as const } };
      expect(await outcomesOf(session, [toRun('tells', against)])).toMatchObject([
        { outcome: 'lost', reason: 'there is no base revision to run it against: no base URLs are known' },
      ]);
      const base = await serviceUnderTest();
      const options = sessionOptions(project.root, { shop: service.baseUrl });
      const comparing = framework.open({ ...options, base: sessionOptions(project.root, { shop: base.baseUrl }).services });
      try {
        expect(await outcomesOf(comparing, [toRun('tells', against), toRun('tells')])).toMatchObject([
          { outcome: 'passed' },
          { outcome: 'passed' },
        ]);
        expect([base.told.length, service.told.length]).toEqual([1, 1]);
      } finally {
        await comparing.close();
        await base.close();
      }
    }, 60_000);

    it('says of conditions that it cannot bring about that the test is lost', async () => {
      const beyond = Object.entries(ASKED).filter(([name]) => !framework.conditions.includes(name as keyof Conditions));
      const outcomes = await outcomesOf(
        session,
        beyond.map(([name, value]) => toRun('tells', { key: name, conditions: { isolated: false, [name]: value } })),
      );
      expect(outcomes.map(({ key, outcome }) => [key, outcome])).toEqual(beyond.map(([name]) => [name, 'lost']));
      for (const { reason } of outcomes) expect(reason).toContain(`${framework.name} cannot run a test`);
      expect(service.told).toEqual([]);
    });

    it.each([...framework.conditions])(
      'brings about the condition %s',
      async (name) => {
        const proof = PROOFS[name];
        if (!proof) throw new Error(`the contract has no proof of ${name}`);
        const { root } = project;
        const { overlayDir } = sessionOptions(root, {});
        const under = (test: Name, conditions: Partial<Conditions> = {}): TestToRun =>
          toRun(test, { conditions: { isolated: false, ...conditions } });
        await proof({ session, service, root, overlayDir, toRun: under });
      },
      60_000,
    );

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
