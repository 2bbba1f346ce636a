import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openLab, type OpenLab, type OpenOptions } from '../open-lab';
import type { FlakyTruth, Measured, TestTruth, Truth } from '../truth';
import type { Lane } from './lanes';

/** Lanes side by side while nothing but rates is measured: as many as a run has. */
const LANES = 4;

async function inLanes<T>(lab: OpenLab, items: readonly T[], work: (lane: Lane, item: T) => Promise<void>, lanes = LANES): Promise<void> {
  const open = Array.from({ length: lanes }, () => lab.lane('head'));
  const left = [...items];
  await Promise.all(
    open.map(async (lane) => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(lane, item);
    }),
  );
  await Promise.all(open.map((lane) => lane.close()));
}

async function repeated(lane: Lane, test: TestTruth, runs: number): Promise<Measured & { readonly messages: string[] }> {
  let failed = 0;
  const messages = new Set<string>();
  for (let n = 0; n < runs; n++) {
    const result = await lane.run(test);
    if (result.passed) continue;
    failed += 1;
    messages.add(result.message.split('\n')[0] ?? '');
  }
  return { runs, failed, messages: [...messages] };
}

/** Runs each planted flaky test alone, and under its first circumstance, until it has failed and passed, at most `most` times each way. */
export async function measureUntilBoth(
  lab: OpenLab,
  most: number,
): Promise<{ readonly test: TestTruth; readonly passed: number; readonly failed: number }[]> {
  const found: { test: TestTruth; passed: number; failed: number }[] = [];
  const flaky = lab.truth.tests.filter((t) => t.flaky);
  const groups = Object.values(Object.groupBy(flaky, (t) => [t.id, ...(t.flaky?.rivals ?? [])].toSorted().join()));
  await inLanes(lab, groups as TestTruth[][], async (lane, group) => {
    for (const test of group) {
      const own = { test, passed: 0, failed: 0 };
      found.push(own);
      const alone = test.flaky?.circumstances[0]?.kind === 'repeat';
      for (let n = 0; n < most && (own.passed === 0 || (alone && own.failed === 0)); n++)
        own[(await lane.run(test)).passed ? 'passed' : 'failed'] += 1;
      own[(await lane.run(test)).passed ? 'passed' : 'failed'] += 1;
    }
  });
  const show = async (own: (typeof found)[number]) => {
    for (const circumstance of own.test.flaky?.circumstances ?? []) {
      // Few at first: most circumstances show it at once.
      for (let runs = 4; runs <= most && own.failed === 0; runs *= 3) {
        const { failed, runs: all } = await lab.under(own.test, circumstance, runs);
        own.failed += failed;
        own.passed += all - failed;
      }
    }
  };
  // Latency is for all at once, and endless loops slow all: those come one after the other.
  const hidden = found.filter((own) => own.failed === 0);
  const alone = (own: (typeof found)[number]) =>
    (own.test.flaky?.circumstances ?? []).some((c) => c.kind === 'latency' || c.kind === 'cpu');
  const left = hidden.filter((own) => !alone(own));
  await Promise.all(
    Array.from({ length: LANES }, async () => {
      for (let own = left.shift(); own; own = left.shift()) await show(own);
    }),
  );
  for (const own of hidden.filter(alone)) await show(own);
  return found;
}

/**
 * Measures each planted flaky test alone and under its first circumstance, and writes the rates into the truth.
 * @public By lab.mjs.
 */
export async function measureLab(folder: string, runs: number, tell: (line: string) => void): Promise<Truth> {
  const lab = await openLab(folder);
  try {
    const measured = new Map<string, NonNullable<FlakyTruth['measured']>>();
    const flaky = lab.truth.tests.filter((t) => t.flaky);
    // A test's rivals are measured one after the other: side by side they would disturb each other.
    const groups = Object.values(Object.groupBy(flaky, (t) => [t.id, ...(t.flaky?.rivals ?? [])].toSorted().join()));
    await inLanes(lab, groups as TestTruth[][], async (lane, group) => {
      for (const test of group) {
        const { runs: all, failed } = await repeated(lane, test, runs);
        measured.set(test.id, { alone: { runs: all, failed } });
      }
    });
    for (const test of flaky) {
      const [circumstance] = test.flaky?.circumstances ?? [];
      const alone = measured.get(test.id)?.alone as Measured;
      if (circumstance && circumstance.kind !== 'repeat')
        measured.set(test.id, { alone, under: { ...(await lab.under(test, circumstance, Math.min(runs, 20))), circumstance } });
      const found = measured.get(test.id);
      tell(
        `${test.id} ${test.flaky?.pattern}/${test.flaky?.shape} designed ${test.flaky?.designedRate} alone ${alone.failed}/${alone.runs}${found?.under ? ` under ${found.under.circumstance.kind} ${found.under.failed}/${found.under.runs}` : ''}`,
      );
    }
    const truth: Truth = {
      ...lab.truth,
      tests: lab.truth.tests.map((t) =>
        t.flaky && measured.has(t.id)
          ? { ...t, flaky: { ...t.flaky, measured: measured.get(t.id) as NonNullable<FlakyTruth['measured']> } }
          : t,
      ),
    };
    writeFileSync(join(folder, 'truth.json'), `${JSON.stringify(truth, undefined, 1)}\n`);
    return truth;
  } finally {
    await lab.close();
  }
}

/** What of a lab is not as its truth says: healthy tests that fail, bugs that do not show on the head or show on the base, flaky tests that cannot fail. */
export async function checkLab(folder: string, runs: number, tell: (line: string) => void, options: OpenOptions = {}): Promise<string[]> {
  const lab = await openLab(folder, options);
  const problems: string[] = [];
  try {
    for (const revision of ['head', 'base'] as const) {
      const failing = new Map<string, Measured & { messages: string[] }>();
      const durations: number[] = [];
      const lanes = Array.from({ length: LANES }, () => lab.lane(revision));
      const left = lab.truth.tests.filter((t) => !t.flaky);
      await Promise.all(
        lanes.map(async (lane) => {
          for (let test = left.shift(); test; test = left.shift()) {
            const began = performance.now();
            failing.set(test.id, await repeated(lane, test, runs));
            durations.push((performance.now() - began) / runs);
          }
        }),
      );
      await Promise.all(lanes.map((lane) => lane.close()));
      tell(`${revision}: ${durations.length} tests, mean ${(durations.reduce((a, b) => a + b, 0) / durations.length).toFixed(1)} ms`);
      for (const test of lab.truth.tests) {
        const found = failing.get(test.id);
        if (!found) continue;
        const shall = expected(test, revision);
        const wrong = shall === 'fails' ? found.failed < found.runs : shall === 'passes' ? found.failed > 0 : false;
        if (wrong)
          problems.push(
            `${test.id} (${test.category}${test.looksLike ? ` of ${test.looksLike}` : ''}/${test.shape ?? test.feature}) failed ${found.failed} of ${found.runs} on the ${revision}: ${found.messages[0] ?? ''}`,
          );
      }
    }
  } finally {
    await lab.close();
  }
  return problems;
}

function expected(test: TestTruth, revision: 'head' | 'base'): 'passes' | 'fails' | 'either' {
  switch (test.category) {
    case 'healthy':
    case 'lookalike':
      return 'passes';
    case 'regression':
      return revision === 'head' ? 'fails' : 'passes';
    case 'intermittent':
      return revision === 'head' ? 'either' : 'passes';
    case 'broken':
      return 'fails';
    case 'new_feature':
      return revision === 'head' ? 'passes' : 'fails';
    case 'flaky':
      return 'either';
  }
}
