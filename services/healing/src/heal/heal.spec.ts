import { assertionObjection, editObjection, fixCandidates, flakeReader, unifiedPatch } from '@testimony/code-analysis';
import { GUARDS, type Attempt, type Fix, type FlakePattern, type TestCase } from '@testimony/contracts';
import { openEventStore, type EventStore } from '@testimony/event-store';
import { startTemporaryPostgres, type RunningPostgres } from '@testimony/local-postgres';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { HealingLimits, HealingProgress } from '../api';
import { healingOn } from '../healing';
import { HEALING_MIGRATIONS } from '../migrations';
import { executionOf, nativeTest, resultOf, specProject, strategyOf, type SpecProject } from '../testing/project';
import { realExperiments } from '../testing/real-experiments';
import { startShop, type Shop } from '../testing/shop';
import { BAD, SLEEPING, WAITING } from '../testing/waiting-test';
import type { TextReading } from '../text-reading';
import type { AskAgain } from '../proof/product';

jest.setTimeout(180_000);

let postgres: RunningPostgres;
let store: EventStore;
let shop: Shop;
let project: SpecProject;
let experiments: ReturnType<typeof realExperiments>;

beforeAll(async () => {
  [postgres, shop] = await Promise.all([startTemporaryPostgres(), startShop()]);
  store = await openEventStore({ url: postgres.url, schema: 'healing', migrations: HEALING_MIGRATIONS });
});
afterAll(async () => {
  await Promise.all([store?.close(), shop?.close()]);
  await postgres?.stop({ wait: false });
});
beforeEach(async () => {
  project = { ...(await specProject()), projectId: `shop-${Math.random()}` };
  experiments = realExperiments({ ...project, services: { shop: shop.url }, lanes: 3 });
});
afterEach(async () => {
  await experiments.close();
  await project.remove();
});

const ask: AskAgain = async ({ url }) => {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.text() };
};

const LIMITS: HealingLimits = { apply: true, minConfidence: 0.8, maxCandidates: 3, maxRuns: 1_500 };

interface Offer {
  readonly title: string;
  readonly text: string;
  readonly pattern?: FlakePattern;
  readonly prior?: number;
}

/** Reading that offers these texts and lets them pass, so that what the runs say is seen; what is wrong with a text has specs where texts are read. */
function offering(
  offers: readonly Offer[],
  objections: Partial<Pick<TextReading, 'editObjection' | 'assertionObjection'>> = {},
): TextReading {
  return {
    flakeReader: () => ({ read: (files) => Promise.resolve(files.map(() => ({ findings: [] }))) }),
    fixCandidates: () =>
      offers.map(({ title, text, pattern = 'hardcoded_sleep', prior = 0.7 }) => ({ title, text, pattern, prior, line: 7 })),
    editObjection: () => undefined,
    assertionObjection: () => undefined,
    unifiedPatch: (file) => `--- a/${file}\n+++ b/${file}\n`,
    ...objections,
  };
}

/** What an execution saw: it failed, and passed when tried again. */
async function flakyRun(test: TestCase): Promise<Attempt[]> {
  const attempts: Attempt[] = [];
  while (!attempts.some(({ outcome }) => outcome === 'failed') || !attempts.some(({ outcome }) => outcome === 'passed')) {
    const [outcome] = await experiments.run({
      question: '',
      tests: [test],
      trials: [[{ testId: test.id, conditions: { isolated: true } }]],
    });
    if (outcome?.attempt) attempts.push(outcome.attempt);
    if (attempts.length > 60) throw new Error(`${test.id} is not flaky: ${JSON.stringify(attempts.at(-1)?.failure)}`);
  }
  return attempts;
}

async function heal(
  source: string,
  reading: TextReading,
  limits: Partial<HealingLimits> = {},
  changes: Parameters<typeof resultOf>[2] = {},
): Promise<{ fixes: Fix[]; said: HealingProgress[]; text: () => Promise<string>; runs: number }> {
  const test = nativeTest('01_order');
  await project.write(test.module, source);
  const attempts = await flakyRun(test);
  const said: HealingProgress[] = [];
  const before = experiments.made();
  const healing = healingOn({ store, experiments, reading, ask });
  const fixes = await healing.heal(
    project,
    executionOf([resultOf(test.id, attempts, changes)]),
    strategyOf([test]),
    { ...LIMITS, ...limits },
    { tell: (progress) => said.push(progress) },
  );
  return { fixes, said, text: () => readFile(join(project.root, test.module), 'utf8'), runs: experiments.made() - before };
}

const lastGuard = (fix: Fix | undefined): string => {
  const guard = fix?.guards.at(-1);
  return `${fix?.status} at ${guard?.guard} ${guard?.ok ? 'ok' : 'not ok'}`;
};

describe('healing', () => {
  it('refuses bad texts by the guard that sees what is wrong, even where reading finds nothing wrong with them, and goes on to the good one', async () => {
    const bad = [
      ['expects less', 'faults'],
      ['swallows the failure', 'faults'],
      ['asserts on another answer', 'faults'],
      ['does not ask any more', 'faults'],
      ['waits too shortly', 'runs'],
      ['waits for anything', 'runs'],
      ['waits in long steps', 'run_time'],
    ] as const;
    const offers = bad.map(([title], i) => ({ title, text: BAD[title], prior: 0.9 - i / 100 }));
    const reading = offering([...offers, { title: 'waits', text: WAITING, prior: 0.5 }]);
    const { fixes, text } = await heal(SLEEPING, reading, { apply: false, maxCandidates: 9, maxRuns: 5_000 });
    expect(fixes.map((fix) => `${fix.title}: ${lastGuard(fix)}`)).toEqual([
      ...bad.map(([title, guard]) => `${title}: rejected at ${guard} not ok`),
      'waits: proven at run_time ok',
    ]);
    // Proven, but not allowed: it waits for a person.
    expect(await text()).toBe(SLEEPING);
    const healing = healingOn({ store, experiments, reading });
    const proven = fixes.at(-1);
    const applied = await healing.apply(project, proven?.id ?? '', 'mona');
    expect(await text()).toBe(WAITING);
    expect(applied).toMatchObject({ status: 'applied', executionId: 'exe_1' });
    expect(applied.guards.map(({ guard, ok }) => [guard, ok])).toEqual(GUARDS.map((guard) => [guard, true]));
    expect(applied.confidence).toBeGreaterThan(0.8);
    const numbers = Object.fromEntries(applied.guards.map((one) => [one.guard, one.numbers]));
    expect(numbers['reproduced']?.['failed']).toBeGreaterThanOrEqual(2);
    expect(numbers['faults']?.['killedAfter']).toBe(numbers['faults']?.['killedBefore']);
    expect(numbers['faults']?.['killedBefore']).toBeGreaterThanOrEqual(4);
    expect(numbers['runs']?.['clean']).toBeGreaterThanOrEqual(10);
    const events = await store.readStream(`fix-${applied.id}`);
    expect(events.map(({ type }) => type)).toEqual([
      'io.testimony.fix.proposed',
      ...Array<string>(6).fill('fix.guard-checked'),
      'fix.weighed',
      'io.testimony.fix.proven',
      'fix.apply-intended',
      'fix.guard-checked',
      'io.testimony.fix.applied',
    ]);
    expect(await readFile(join(project.patchDir, `${applied.id}.patch`), 'utf8')).toContain('+++ b/services/shop');
    expect(await healing.stats(project.projectId)).toMatchObject({
      patterns: [{ pattern: 'hardcoded_sleep', proposed: 8, proven: 1, rejected: 7, applied: 1, reverted: 0, held: null }],
    });
  });

  it('heals with what reading the source offers', async () => {
    const { fixes, text } = await heal(SLEEPING, { flakeReader, fixCandidates, editObjection, assertionObjection, unifiedPatch });

    expect(fixes.map(lastGuard)).toContain('applied at apply ok');
    expect(await text()).toContain("state: 'paid'");
    expect(await text()).not.toContain('setTimeout(resolve, 130)');
  });

  it('does not heal over a product that stays wrong, nor over one that never settles', async () => {
    const source = `import type { Page } from '@testimony/page';
export async function run(page: Page): Promise<void> {
  const { id } = (await page.post('/counters', {})).json() as { id: number };
  await page.post(\`/counters/\${id}/add\`, {});
  page.assertJson(await page.get(\`/counters/\${id}\`), { value: 1 });
}
`;
    const hiding = source.replace('page.assertJson(await', 'await page.waitFor(async () => true); page.assertJson(await');
    const lost = await heal(source, offering([{ title: 'waits', text: hiding }]));
    expect(lost.fixes).toEqual([]);
    expect(lost.said.map((one) => (one.kind === 'detecting' ? one.message : one.kind)).join('\n')).toContain('not late but wrong');

    const moody = `import type { Page } from '@testimony/page';
export async function run(page: Page): Promise<void> {
  page.assertJson(await page.get('/mood'), { mood: 'glad' });
}
`;
    const mood = await heal(
      moody,
      offering([{ title: 'waits', text: moody.replace('page.assertJson', 'await page.waitFor(async () => true); page.assertJson') }]),
    );
    expect(mood.fixes).toEqual([]);
    expect(mood.said.map((one) => (one.kind === 'detecting' ? one.message : one.kind)).join('\n')).toContain('does not settle');
  });
});
