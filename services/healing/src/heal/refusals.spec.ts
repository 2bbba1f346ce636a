import type { Attempt, TestResult } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import type { HealingLimits } from '../api';
import { healingOn } from '../healing';
import { HEALING_MIGRATIONS } from '../migrations';
import { executionOf, resultOf, specProject, strategyOf, type SpecProject } from '../testing/project';
import { simulated, testCaseOf, type SimulatedTest } from '../testing/simulated';
import type { TextReading } from '../text-reading';

jest.setTimeout(60_000);

let postgres: RunningPostgres;
let store: EventStore;
let project: SpecProject;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  store = await openEventStore({ url: postgres.url, schema: 'healing', migrations: HEALING_MIGRATIONS });
});
afterAll(async () => {
  await store?.close();
  await postgres?.stop({ wait: false });
});
beforeEach(async () => {
  project = await specProject();
});
afterEach(() => project.remove());

const LIMITS: HealingLimits = { apply: true, minConfidence: 0.8, maxCandidates: 3, maxRuns: 400 };
const READING: TextReading = {
  flakeReader: () => ({ read: (files) => Promise.resolve(files.map(() => ({ findings: [] }))) }),
  fixCandidates: () => [{ pattern: 'race_condition', title: 'another text', text: 'b\n', prior: 0.7, line: 1 }],
  editObjection: () => undefined,
  assertionObjection: () => undefined,
  unifiedPatch: () => 'patch',
};

const attempt = (outcome: 'passed' | 'failed', isolated: boolean, place: number): Attempt => ({
  attempt: 1,
  outcome,
  conditions: { isolated },
  workerId: 'wrk_1',
  startedAt: new Date(Date.parse('2026-01-02T03:04:05.000Z') + place * 100).toISOString(),
  durationMs: 50,
  requests: [],
  logs: [],
  artifacts: [],
  ...(outcome === 'failed' && { failure: { class: 'assertion', message: 'expected 1 to equal 2' } }),
});

const FLAKY = [attempt('failed', true, 1), attempt('passed', true, 2)];
let executions = 0;

async function heal(
  tests: readonly SimulatedTest[],
  results: readonly TestResult[],
  options: {
    limits?: Partial<HealingLimits>;
    refuse?: ReadonlyMap<string, string>;
    signal?: AbortSignal;
    id?: string;
    reading?: TextReading;
  } = {},
) {
  const experiments = simulated(tests, 5);
  for (const { id } of tests) await project.write(testCaseOf({ id }).module, 'a\n');
  const execution = executionOf(results, options.id ?? `exe_${(executions += 1)}`);
  const said: string[] = [];
  const healing = healingOn({ store, experiments, reading: options.reading ?? READING, ask: () => Promise.resolve(undefined) });
  const fixes = await healing.heal(
    project,
    execution,
    strategyOf(tests.map(testCaseOf)),
    { ...LIMITS, ...options.limits },
    {
      tell: (progress) => said.push(progress.kind === 'detecting' ? progress.message : progress.kind),
      ...(options.refuse && { refuse: options.refuse }),
      ...(options.signal && { signal: options.signal }),
    },
  );
  const flake = async (testId: string) =>
    (await store.readStream(`flake-${execution.id}-${testId}`)).map(
      ({ data }) => data as { polluter?: { testId: string }; reason: string },
    );
  return { fixes, said: said.join('\n'), made: experiments.made.length, flake };
}

const sometimes = (id: string): SimulatedTest => ({ id, fails: ({ random }) => random() < 0.4 });

describe('healing refuses', () => {
  it.each([
    ['regressed', false, 'regression'],
    ['broken', false, 'never worked'],
    ['infrastructure', false, 'away'],
    ['flaky', true, 'does not show each time'],
  ] as const)('what is %s (a bug that shows at times: %s)', async (label, intermittent, word) => {
    const decision = { verdict: 'flaky', reason: '', runs: 2, failed: 1, label, intermittent } as const;
    const { fixes, said, made } = await heal([sometimes('a')], [resultOf('a', FLAKY, { decision })]);
    expect([fixes, made]).toEqual([[], 0]);
    expect(said).toContain(word);
  });

  it('what somebody else found to be the product, and what is not flaky', async () => {
    const refuse = new Map([['a', 'orders.ts was changed and answers wrongly']]);
    const one = await heal([sometimes('a')], [resultOf('a', FLAKY)], { refuse });
    expect([one.fixes, one.made]).toEqual([[], 0]);
    expect(one.said).toContain('orders.ts');
    const failed = await heal([sometimes('a')], [resultOf('a', FLAKY, { status: 'failed' })]);
    expect([failed.fixes, failed.made, failed.said]).toEqual([[], 0, '']);
  });

  it('what fails on head and not, under the same conditions, on the base revision', async () => {
    const test: SimulatedTest = { id: 'a', fails: ({ conditions, random }) => conditions.revision !== 'base' && random() < 0.6 };
    const { fixes, said } = await heal([test], [resultOf('a', FLAKY)]);
    expect(fixes).toEqual([]);
    expect(said).toContain('regression of the product');
  });

  it('what cannot be made to fail again, and notes the flake once', async () => {
    const calm: SimulatedTest = { id: 'a', fails: () => false };
    const first = await heal([calm], [resultOf('a', FLAKY)], { id: 'exe_twice' });
    const second = await heal([calm], [resultOf('a', FLAKY)], { id: 'exe_twice' });
    expect([first.fixes, second.fixes]).toEqual([[], []]);
    expect(first.said).toContain('stays flaky and no fix is tried');
    expect(await second.flake('a')).toHaveLength(1);
  });

  it('to call proven what no fault of the product was tried on, and keeps it as a proposal', async () => {
    const { fixes } = await heal([sometimes('a')], [resultOf('a', FLAKY)]);
    expect(fixes).toMatchObject([{ status: 'proposed' }]);
    expect(fixes[0]?.guards.at(-1)).toMatchObject({ guard: 'faults', ok: false });
    const healing = healingOn({ store, experiments: simulated([], 1), reading: READING });
    await expect(healing.apply(project, fixes[0]?.id ?? '', 'somebody')).rejects.toMatchObject({ kind: 'fix-not-proven' });
  });

  it('what reading objects to, without running it, tries no more candidates than it may, and does not come back to what was refuted', async () => {
    project = { ...project, projectId: 'shop-objections' };
    const reading: TextReading = {
      ...READING,
      fixCandidates: () =>
        ['skipped', 'slower', 'fine'].map((text, i) => ({ pattern: 'race_condition', title: text, text, prior: 0.9 - i / 10, line: 1 })),
      assertionObjection: (_before, after) => (after === 'skipped' ? 'the test is skipped' : undefined),
      editObjection: (_before, after) => (after === 'slower' ? 'a longer sleep is no fix' : undefined),
    };
    const guards = (fixes: Awaited<ReturnType<typeof heal>>['fixes']) =>
      fixes.map(({ title, status, guards: all }) => [title, status, all.at(-1)?.guard]);
    const first = await heal([sometimes('a')], [resultOf('a', FLAKY)], { reading, limits: { maxCandidates: 2 } });
    expect(guards(first.fixes)).toEqual([
      ['skipped', 'rejected', 'assertions'],
      ['slower', 'rejected', 'allowed_edit'],
    ]);
    const second = await heal([sometimes('a')], [resultOf('a', FLAKY)], { reading, limits: { maxCandidates: 2 } });
    expect(guards(second.fixes)).toEqual([['fine', 'proposed', 'faults']]);
  });

  it('to go on when the runs are spent or it is told to stop', async () => {
    const few = await heal([sometimes('a')], [resultOf('a', FLAKY)], { limits: { maxRuns: 10 } });
    expect(few.made).toBeLessThanOrEqual(10);
    expect(few.fixes.filter(({ status }) => status !== 'proposed')).toEqual([]);
    await expect(heal([sometimes('a')], [resultOf('a', FLAKY)], { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow(
      'enough',
    );
  });
});

describe('healing names', () => {
  it('the test that makes another one fail', async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `t${i}`);
    const tests: SimulatedTest[] = [
      ...ids.map((id) => ({ id, fails: () => false })),
      { id: 'victim', fails: ({ before }) => before.includes('t7') },
    ];
    const results = ids.map((id, place) => resultOf(id, [attempt('passed', false, place)], { status: 'passed' }));
    const victim = resultOf('victim', [attempt('failed', false, 40), attempt('passed', true, 50)]);
    const { said, flake } = await heal(tests, [...results, victim]);
    expect(said).toContain('fails after test t7');
    expect(await flake('victim')).toMatchObject([{ polluter: { testId: 't7' } }]);
  });
});
