// Whether the file of a bug is among the first three causes of the failures that it makes.
import { share } from '../figures.mjs';
import { e2e, forEachLab, run } from '../product.mjs';

export async function measure({ seeds, tests, tell }) {
  const top = { one: 0, three: 0, line: 0, commit: 0, of: 0 };
  const clusters = { pure: 0, of: 0 };
  const notes = [];
  await forEachLab({ seeds, tell }, { mix: { tests, regressions: 0.12, intermittent: 0.02 } }, async (lab, seed) => {
    await lab.checkout(lab.truth.commits.base);
    await run(lab, ['--no-healing']);
    await lab.checkout('head');
    const { executionId, failedOnce } = await run(lab, ['--no-healing']);
    const { lines, code, err } = await e2e(lab, ['debug-execution', '-e', executionId, '--json']);
    const report = lines.at(-1);
    if (!report?.analyses) throw new Error(`debug-execution ended with ${code}: ${err.slice(-1500)}`);
    const analyses = new Map(report.analyses.map((a) => [a.testId, a]));
    const bugs = new Map(lab.truth.bugs.map((bug) => [bug.id, bug]));
    const bugOf = new Map(lab.truth.tests.filter((t) => t.bug).map((t) => [t.id, t.bug]));
    for (const test of lab.truth.tests) {
      if (!test.bug || !failedOnce(test.id)) continue;
      const bug = bugs.get(test.bug);
      const causes = analyses.get(test.id)?.causes.slice(0, 3) ?? [];
      top.of += 1;
      if (causes[0]?.file === bug.file) top.one += 1;
      const hit = causes.find((c) => c.file === bug.file);
      if (hit) top.three += 1;
      else
        notes.push(
          `seed ${seed}: ${test.id} (${bug.feature}/${bug.kind}) is caused by ${bug.file}:${bug.line}; said ${causes.map((c) => `${c.kind} ${c.file ?? ''}`).join(', ') || 'nothing'}`,
        );
      if (hit?.commit && bug.commit.startsWith(hit.commit)) top.commit += 1;
      if (hit?.line !== undefined && Math.abs(hit.line - bug.line) <= 3) top.line += 1;
    }
    for (const { testIds } of report.clusters.filter((c) => c.testIds.length > 1)) {
      clusters.of += 1;
      if (new Set(testIds.map((id) => bugOf.get(id) ?? id)).size === 1) clusters.pure += 1;
    }
  });
  return {
    figures: [
      share('right file first', top.one, top.of),
      share('right file in the top 3', top.three, top.of, '>= 0.75'),
      share('... with the right commit', top.commit, top.of),
      share('... with the right line (within 3)', top.line, top.of),
      share('clusters of one bug only', clusters.pure, clusters.of),
    ],
    notes: notes.slice(0, 40),
  };
}
