// What reading finds: of the planted flaws by line, and wrongly in healthy tests and look-alikes; with --repositories DIR also in real projects, with a sample to judge by hand.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { share } from '../figures.mjs';
import { e2e, forEachLab, seededRandom } from '../product.mjs';

/** A finding this far from the flaw's line still shows it: the sleep, or the assertion after it. */
const NEAR = 2;
const SAMPLE = 60;
const TEST_FILE = /(?:\.(?:test|spec)\.[cm]?[jt]sx?|(?:^|\/)test_\w+\.py|_test\.py)$/;

export async function measure({ seeds, tests, repositories, tell }) {
  const count = { found: 0, right: 0, near: 0, flaky: 0, false: 0, lookalikes: 0, healthyFalse: 0, healthy: 0, lines: 0 };
  const byPattern = new Map();
  const notes = [];
  await forEachLab({ seeds, tell }, { mix: { tests: Math.max(tests, 200), everyShape: 0.1, regressions: 0 } }, async (lab, seed) => {
    const { lines, code, err } = await e2e(lab, ['analyze-flaky', '--json']);
    const files = lines.at(-1)?.files;
    if (!files) throw new Error(`analyze-flaky ended with ${code}: ${err.slice(-1500)}`);
    const findings = new Map(files.map((f) => [f.file, f.findings]));
    for (const test of lab.truth.tests) {
      const found = findings.get(test.file) ?? [];
      count.lines += readFileSync(join(lab.project, test.file), 'utf8').split('\n').length;
      if (test.category === 'flaky') {
        count.flaky += 1;
        const right = found.filter((f) => f.pattern === test.flaky.pattern);
        if (found.length > 0) count.found += 1;
        if (right.length > 0) count.right += 1;
        else
          notes.push(
            `seed ${seed}: missed ${test.flaky.pattern}/${test.flaky.shape} in ${test.file}:${test.flaky.line}${found.length > 0 ? `, said ${found.map((f) => `${f.pattern}:${f.line}`).join(' ')}` : ''}`,
          );
        if (
          right.some(
            (f) => Math.abs(f.line - test.flaky.line) <= NEAR || (f.line <= test.flaky.line && (f.endLine ?? f.line) >= test.flaky.line),
          )
        )
          count.near += 1;
        const of = byPattern.get(test.flaky.pattern) ?? { right: 0, of: 0 };
        byPattern.set(test.flaky.pattern, { right: of.right + (right.length > 0 ? 1 : 0), of: of.of + 1 });
      } else if (test.category === 'lookalike') {
        count.lookalikes += 1;
        if (found.length > 0) {
          count.false += 1;
          notes.push(
            `seed ${seed}: flagged ${test.looksLike}/${test.shape} in ${test.file}: ${found.map((f) => `${f.pattern}:${f.line} (${f.probability})`).join(' ')}`,
          );
        }
      } else if (!test.pollutes) {
        count.healthy += 1;
        if (found.length > 0) count.healthyFalse += 1;
      }
    }
  });
  const figures = [
    share('planted flaws found, with their pattern', count.right, count.flaky),
    share(`... at their line (within ${NEAR})`, count.near, count.flaky),
    ...[...byPattern].map(([pattern, { right, of }]) => share(`... ${pattern}`, right, of)),
    share('look-alikes flagged', count.false, count.lookalikes),
    share('other healthy tests flagged', count.healthyFalse, count.healthy),
  ];
  if (repositories) figures.push(...(await inRepositories(repositories, notes)));
  return { figures, notes: notes.slice(0, 120) };
}

/** Every folder in `folder` is a checkout. Prints a sample of findings with their lines; whether they are false is for a person to say. */
async function inRepositories(folder, notes) {
  const all = [];
  let lines = 0;
  for (const name of readdirSync(folder)) {
    const project = join(folder, name);
    if (!statSync(project).isDirectory()) continue;
    for (const file of readdirSync(project, { recursive: true })
      .map(String)
      .filter((f) => TEST_FILE.test(f) && !f.includes('node_modules'))) {
      const text = readFileSync(join(project, file), 'utf8');
      lines += text.split('\n').length;
      const { lines: printed } = await e2e({ project, environment: {} }, ['analyze-flaky', file, '--json']);
      for (const finding of printed.at(-1)?.files?.[0]?.findings ?? [])
        all.push({ ...finding, place: `${name}/${file}:${finding.line}`, code: text.split('\n')[finding.line - 1]?.trim() });
    }
  }
  for (const f of seededRandom('bench-static').shuffled(all).slice(0, SAMPLE))
    notes.push(`to judge: ${f.place} ${f.pattern} (${f.probability}) ${f.code}`);
  return [
    { label: 'public repositories: findings in 1,000 lines', value: lines === 0 ? undefined : (1000 * all.length) / lines, of: lines },
  ];
}
