import type { FlakePattern } from '@testimony/contracts';
import { seeded } from '../statistics/seeded';
import { simulated, testCaseOf, type SimulatedTest } from '../testing/simulated';
import { attempts } from './attempts';
import { detectFlakes, type Detected } from './detect';

const NOW = new Date('2026-05-13T14:00:00.000Z');

async function detect(
  tests: readonly SimulatedTest[],
  options: { seed?: number; runsEach?: number; patterns?: ReadonlyMap<string, FlakePattern>; texts?: ReadonlyMap<string, string> } = {},
): Promise<{ detected: Detected[]; runs: number; requests: number; of: (id: string) => Detected['detection'] }> {
  const experiments = simulated(tests, options.seed ?? 1);
  const cases = tests.map(testCaseOf);
  const detected = await detectFlakes({
    tests: cases,
    patterns: new Map([...(options.patterns ?? [])].map(([id, pattern]) => [id, [{ pattern, probability: 0.4 }]])),
    runsEach: options.runsEach ?? 10,
    seed: options.seed ?? 1,
    now: NOW,
    settlingMs: 0,
    ...(options.texts && { texts: options.texts }),
    attempts: attempts(experiments, new Map(cases.map((test) => [test.id, test])), 100_000),
  });
  const of = (id: string): Detected['detection'] => {
    const found = detected.find(({ subject }) => subject.test.id === id);
    if (!found) throw new Error(`nothing was detected of ${id}`);
    return found.detection;
  };
  return { detected, runs: experiments.made.length, requests: experiments.requests(), of };
}

const stable = (id: string): SimulatedTest => ({ id, fails: () => false });

describe('detection', () => {
  it('tells flaky, stable and broken tests apart', async () => {
    const { of } = await detect([
      stable('a'),
      { id: 'b', fails: () => true },
      { id: 'c', fails: ({ random }) => random() < 0.5 },
      stable('d'),
    ]);
    expect([of('a').verdict, of('b').verdict, of('c').verdict]).toEqual(['stable', 'broken', 'flaky']);
    expect(of('c').reason).toMatch(/It failed in \d+ of \d+ runs/);
    expect(of('b').runs).toBeLessThan(10);
  });

  it('names the polluter of a test that fails only after another one', async () => {
    const tests = Array.from({ length: 30 }, (_, i) => stable(`t${i}`));
    const victim: SimulatedTest = { id: 'victim', fails: ({ before }) => before.includes('t12') };
    const { of } = await detect([...tests, victim]);
    expect(of('victim')).toMatchObject({
      verdict: 'flaky',
      polluter: { testId: 't12', withIt: { failed: 2, runs: 2 }, withoutIt: { failed: 0 } },
    });
    expect(of('t12').verdict).toBe('stable');
  });

  it('finds a test that fails at the end of January, and not one that only minds that its clock is not the system clock', async () => {
    const endOfMonth: SimulatedTest = { id: 'calendar', fails: ({ conditions }) => conditions.clock?.includes('-01-31') === true };
    const comparing: SimulatedTest = { id: 'comparing', fails: ({ conditions }) => conditions.clock !== undefined };
    const patterns = new Map<string, FlakePattern>([
      ['calendar', 'time_dependent'],
      ['comparing', 'time_dependent'],
    ]);
    const { of } = await detect([endOfMonth, comparing], { patterns, runsEach: 14 });
    expect(of('calendar').verdict).toBe('flaky');
    expect(of('comparing').verdict).not.toBe('flaky');
    expect(of('comparing').failed).toBe(0);
  });

  it('does not blame a test for its time limit under strong pressure alone', async () => {
    const failure = { class: 'timeout', message: 'the test did not end within 500 ms' } as const;
    const limited: SimulatedTest = {
      id: 'limited',
      failure,
      fails: ({ conditions }) => (conditions.latencyMs ?? 0) >= 100 || (conditions.cpuStress ?? 0) >= 3,
    };
    const tight: SimulatedTest = {
      id: 'tight',
      failure,
      fails: ({ conditions }) => (conditions.latencyMs ?? 0) > 0 || (conditions.cpuStress ?? 0) > 0,
    };
    const patterns = new Map<string, FlakePattern>([
      ['limited', 'tight_timeout'],
      ['tight', 'tight_timeout'],
    ]);
    const { of } = await detect([limited, tight], { patterns });
    expect(of('limited').verdict).not.toBe('flaky');
    expect(of('limited').reason).toContain('may fail');
    expect(of('tight').verdict).toBe('flaky');
  });

  it('runs a test after those that it needs', async () => {
    const needs: SimulatedTest = { id: 'b', dependencies: ['a'], fails: ({ before }) => !before.includes('a') };
    const { of } = await detect([needs, stable('a'), stable('c')]);
    expect(of('b').verdict).toBe('stable');
  });

  it('spends at most the runs that it is given, and more of them on what looks suspicious', async () => {
    const tests = Array.from({ length: 40 }, (_, i) => stable(`t${i}`));
    const { runs, requests, of } = await detect(tests, { patterns: new Map([['t7', 'hardcoded_sleep']]) });
    expect(runs).toBeLessThanOrEqual(400);
    expect(requests).toBeLessThanOrEqual(40);
    expect(of('t7').runs).toBeGreaterThan(10);
    expect(of('t7').runs).toBeLessThanOrEqual(40);
    expect(of('t3').runs).toBeGreaterThanOrEqual(5);
  });

  it('asks no more for conditions that are not to be had', async () => {
    const experiments = simulated([stable('a')], 1);
    const lost: typeof experiments.run = async (request) => {
      const outcomes = await experiments.run(request);
      return outcomes.map((one) =>
        Object.keys(one.conditions).length > 1 ? { testId: one.testId, conditions: one.conditions, outcome: 'lost' } : one,
      );
    };
    const test = testCaseOf({ id: 'a' });
    const detected = await detectFlakes({
      tests: [test],
      patterns: new Map(),
      runsEach: 6,
      seed: 1,
      now: NOW,
      attempts: attempts({ run: lost }, new Map([['a', test]]), 1_000),
    });
    expect(detected[0]?.detection).toMatchObject({ verdict: 'stable', runs: 6 });
    expect(experiments.made.length).toBeLessThan(60);
  });

  it('finds victims of what lasts only a moment, by trying tests together that may share something', async () => {
    // What the polluter leaves is gone after ten other tests.
    const tests: SimulatedTest[] = Array.from({ length: 120 }, (_, i) => stable(`t${i}`));
    const near =
      (id: string) =>
      (run: { readonly before: readonly string[] }): boolean =>
        run.before.slice(-10).includes(id);
    for (const n of [1, 2, 3, 4]) tests.push({ id: `victim${n}`, fails: near(`polluter${n}`) }, stable(`polluter${n}`));
    const texts = new Map(
      tests.map(({ id }) => [id, `page.get('/shops/${/\d+$/.exec(id)?.[0] ?? ''}/${id.startsWith('t') ? `item-${id}` : 'currency'}')`]),
    );
    const { of } = await detect(tests, { texts });
    for (const n of [1, 2, 3, 4]) expect(of(`victim${n}`)).toMatchObject({ verdict: 'flaky', polluter: { testId: `polluter${n}` } });
  });

  it('finds tests that disturb each other only when they run at one time', async () => {
    const rivals: SimulatedTest[] = ['a', 'b'].map((id) => ({
      id,
      fails: ({ conditions }) => conditions.order?.sequence.startsWith('company') === true && conditions.order.place > 0,
    }));
    const texts = new Map([
      ['a', 'the one account: mona'],
      ['b', 'the one account: mona'],
    ]);
    const { of } = await detect([...rivals, stable('c')], { texts, patterns: new Map([['a', 'shared_resource']]) });
    expect([of('a').verdict, of('b').verdict, of('c').verdict]).toEqual(['flaky', 'flaky', 'stable']);
  });

  it('finds most flaky tests of many kinds at ten runs a test with few false alarms', async () => {
    const random = seeded(42);
    const pressed =
      (rate: number, base: number): SimulatedTest['fails'] =>
      (run) =>
        run.random() < ((run.conditions.cpuStress ?? run.conditions.latencyMs) ? rate : base);
    const kinds: ((rate: number) => [FlakePattern | undefined, SimulatedTest['fails']])[] = [
      (rate) => ['hardcoded_sleep', pressed(rate, rate / 2)],
      (rate) => ['tight_timeout', pressed(rate, rate / 5)],
      (rate) => [undefined, pressed(rate, rate / 2)],
      (rate) => ['random_data', (run) => run.random() < rate],
      (rate) => ['unordered_collection', (run) => run.random() < rate],
    ];
    const truth = new Map<string, boolean>();
    const patterns = new Map<string, FlakePattern>();
    const tests: SimulatedTest[] = [];
    for (let i = 0; i < 200; i++) {
      const id = `t${i}`;
      const isFlaky = i % 2 === 0;
      truth.set(id, isFlaky);
      const rate = 0.01 + 0.59 * random();
      const [pattern, fails] = kinds[i % kinds.length]?.(rate) ?? [undefined, () => false];
      // Half of the healthy tests look suspicious as well.
      if (pattern && (isFlaky ? random() < 0.8 : random() < 0.5)) patterns.set(id, pattern);
      tests.push(isFlaky ? { id, fails } : { id, fails: ({ random: noise }) => noise() < 0.0005 });
    }
    const { of } = await detect(tests, { patterns, seed: 3 });
    const said = [...truth].map(([id, isFlaky]) => ({ isFlaky, said: of(id).verdict === 'flaky' }));
    const recall = said.filter((one) => one.isFlaky && one.said).length / 100;
    const falseAlarms = said.filter((one) => !one.isFlaky && one.said).length / 100;
    expect(recall).toBeGreaterThanOrEqual(0.7);
    expect(falseAlarms).toBeLessThanOrEqual(0.03);
  });
});
