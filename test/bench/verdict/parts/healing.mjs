// Heals a lab for real (--auto-fix), then looks at what was applied without the product: does it still fail, does it assert as much, was a product bug healed over?
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { share } from '../figures.mjs';
import { e2e, forEachLab, run } from '../product.mjs';

const LATER_RUNS = 300;
const LANES = 4;
/** Runs before healing, so that what is rare shows too. */
const RUNS_BEFORE = 4;

export async function measure({ seeds, tests, tell }) {
  const count = { reproduced: 0, healed: 0, seen: 0, overBugs: 0, bugs: 0, healthyTouched: 0, mutantsLost: 0, mutants: 0 };
  const later = { failed: 0, runs: 0 };
  const circumstances = { failed: 0, runs: 0 };
  const weaker = { suspects: 0, of: 0 };
  const byPattern = new Map();
  const notes = [];
  await forEachLab({ seeds, tell }, { mix: { tests, flaky: 0.2, regressions: 0.06, intermittent: 0.04 } }, async (lab, seed) => {
    const before = new Map(lab.truth.tests.map((t) => [t.id, readFileSync(join(lab.project, t.file), 'utf8')]));
    for (let n = 0; n < RUNS_BEFORE; n++) {
      const { seconds } = await run(lab, ['--auto-fix']);
      tell(`seed ${seed}, healing run ${n + 1}: ${seconds.toFixed(0)} s`);
    }
    const { lines, code, err } = await e2e(lab, ['fix', 'list', '--json']);
    const fixes = lines.at(-1);
    if (!Array.isArray(fixes)) throw new Error(`fix list ended with ${code}: ${err.slice(-1500)}`);
    const truth = new Map(lab.truth.tests.map((t) => [t.id, t]));
    const applied = fixes.filter((fix) => fix.status === 'applied');
    for (const id of new Set(fixes.map((fix) => fix.testId))) {
      const test = truth.get(id);
      if (test?.category !== 'flaky') continue;
      count.seen += 1;
      if (!fixes.some((fix) => fix.testId === id && fix.guards.some((g) => g.guard === 'reproduced' && g.ok))) continue;
      count.reproduced += 1;
      const of = byPattern.get(test.flaky.pattern) ?? { healed: 0, of: 0 };
      const healed = applied.some((fix) => fix.testId === id);
      byPattern.set(test.flaky.pattern, { healed: of.healed + (healed ? 1 : 0), of: of.of + 1 });
      if (healed) count.healed += 1;
      else
        notes.push(
          `seed ${seed}: not healed ${id} (${test.flaky.pattern}/${test.flaky.shape}): ${fixes
            .filter((f) => f.testId === id)
            .map((f) => `${f.status} by ${f.guards.find((g) => !g.ok)?.guard ?? '-'}`)
            .join(', ')}`,
        );
    }
    for (const fix of applied) {
      const faults = fix.guards.find((g) => g.guard === 'faults')?.numbers ?? {};
      count.mutants += faults.killedBefore ?? 0;
      count.mutantsLost += (faults.killedBefore ?? 0) - (faults.killedAfter ?? faults.killedBefore ?? 0);
    }
    const changed = lab.truth.tests.filter((t) => readFileSync(join(lab.project, t.file), 'utf8') !== before.get(t.id));
    count.bugs += lab.truth.tests.filter((t) => t.bug).length;
    for (const test of changed) {
      const text = readFileSync(join(lab.project, test.file), 'utf8');
      if (test.bug) {
        count.overBugs += 1;
        notes.push(`seed ${seed}: HEALED OVER A PRODUCT BUG: ${test.id} (${test.feature})`);
      }
      if (test.category === 'healthy' && !test.pollutes) count.healthyTouched += 1;
      weaker.of += 1;
      const lost = assertionsOf(before.get(test.id)).filter((a) => !assertionsOf(text).includes(a));
      if (lost.length > 0) {
        weaker.suspects += 1;
        notes.push(
          `seed ${seed}: to judge by hand, ${test.id}: no longer there: ${lost.join(' | ')}; now: ${assertionsOf(text).join(' | ')}`,
        );
      }
    }
    const left = changed.filter((t) => t.category === 'flaky');
    const lanes = Array.from({ length: LANES }, () => lab.lane('head'));
    await Promise.all(
      lanes.map(async (lane) => {
        for (let test = left.shift(); test; test = left.shift())
          for (let n = 0; n < LATER_RUNS; n++) {
            later.runs += 1;
            if (!(await lane.run(test)).passed) later.failed += 1;
          }
      }),
    );
    await Promise.all(lanes.map((lane) => lane.close()));
    for (const test of changed.filter((t) => t.flaky?.circumstances[0] && t.flaky.circumstances[0].kind !== 'repeat')) {
      const { failed, runs } = await lab.under(test, test.flaky.circumstances[0], 20);
      circumstances.failed += failed;
      circumstances.runs += runs;
    }
  });
  return {
    figures: [
      share('reproduced flakes healed and proven', count.healed, count.reproduced, '>= 0.60'),
      ...[...byPattern].map(([pattern, { healed, of }]) => share(`... ${pattern}`, healed, of)),
      share('healed tests: failed later runs', later.failed, later.runs, '<= 0.01'),
      share('healed tests: failed runs under the circumstance that showed it', circumstances.failed, circumstances.runs),
      share('assertions changed, to judge by hand', weaker.suspects, weaker.of),
      share("product faults no longer noticed (by the product's own count)", count.mutantsLost, count.mutants, '<= 0'),
      share('product bugs healed over', count.overBugs, count.bugs, '<= 0'),
      { label: 'healthy tests that were changed', value: count.healthyTouched, of: count.healthyTouched },
    ],
    notes: notes.slice(0, 60),
  };
}

/** Statements that assert, without their blanks. */
function assertionsOf(text) {
  return text
    .split('\n')
    .map((line) => line.trim().replace(/;$/, ''))
    .filter((line) => /^(?:await )?(?:expect|assert|page\.(?:assert|expect))|^assert /.test(line))
    .map((line) => line.replaceAll(/\s+/g, ' '));
}
