// Which flaky tests experiments find at so many runs a test, which condition and which polluter they name.
import { share } from '../figures.mjs';
import { e2e, forEachLab } from '../product.mjs';
import { rerunDetection } from '../rerun.mjs';

export async function measure({ seeds, tests, runs, tell }) {
  const ours = { found: 0, flaky: 0, alarms: 0, healthy: 0 };
  const peer = { found: 0, alarms: 0 };
  const polluters = { right: 0, of: 0 };
  const patterns = { right: 0, of: 0 };
  const byPattern = new Map();
  const notes = [];
  let spent = 0;
  await forEachLab(
    { seeds, tell },
    { mix: { tests, flaky: 0.16, lookalikes: 0.16, regressions: 0, intermittent: 0, broken: 0.01, newFeature: 0 } },
    async (lab, seed) => {
      const { lines, code, err } = await e2e(lab, ['analyze-flaky', '--dynamic', '--json', '--runs', String(runs)]);
      const detections = lines.at(-1)?.tests;
      if (!detections) throw new Error(`analyze-flaky --dynamic ended with ${code}: ${err.slice(-1500)}`);
      const found = new Map(detections.map((d) => [d.testId, d]));
      const rerun = await rerunDetection(lab, runs);
      for (const d of detections) spent += d.runs;
      for (const test of lab.truth.tests) {
        const detection = found.get(test.id);
        const said = detection?.verdict === 'flaky';
        if (test.category === 'flaky') {
          ours.flaky += 1;
          if (said) ours.found += 1;
          if (rerun.has(test.id)) peer.found += 1;
          const of = byPattern.get(test.flaky.pattern) ?? { found: 0, of: 0 };
          byPattern.set(test.flaky.pattern, { found: of.found + (said ? 1 : 0), of: of.of + 1 });
          if (said) {
            patterns.of += 1;
            if (detection.patterns.includes(test.flaky.pattern)) patterns.right += 1;
          }
          if (said && test.flaky.polluter) {
            polluters.of += 1;
            if (detection.polluter?.testId === test.flaky.polluter) polluters.right += 1;
            else
              notes.push(
                `seed ${seed}: ${test.id} is polluted by ${test.flaky.polluter}, not by ${detection.polluter?.testId ?? 'nobody'}`,
              );
          }
          if (!said)
            notes.push(
              `seed ${seed}: missed ${test.id} (${test.flaky.pattern}/${test.flaky.shape}, rate ${test.flaky.designedRate}): ${detection?.reason ?? 'no detection'}`,
            );
        } else if (test.category !== 'broken') {
          ours.healthy += 1;
          if (said) {
            ours.alarms += 1;
            notes.push(
              `seed ${seed}: false alarm ${test.id} (${test.category}${test.looksLike ? ` of ${test.looksLike}/${test.shape}` : ''}): ${detection.reason}`,
            );
          }
          if (rerun.has(test.id)) peer.alarms += 1;
        }
      }
    },
  );
  return {
    figures: [
      share(`ours: recall at ${runs} runs a test`, ours.found, ours.flaky, '>= 0.70'),
      share('ours: false alarms', ours.alarms, ours.healthy, '<= 0.03'),
      share('ours: polluters named', polluters.right, polluters.of, '>= 0.95'),
      share('ours: pattern among those named', patterns.right, patterns.of),
      ...[...byPattern].map(([pattern, { found, of }]) => share(`ours: recall, ${pattern}`, found, of)),
      share(`plain rerun: recall at ${runs} runs a test`, peer.found, ours.flaky),
      share('plain rerun: false alarms', peer.alarms, ours.healthy),
      { label: 'ours: runs of a test, mean', value: spent / (ours.flaky + ours.healthy), of: ours.flaky + ours.healthy },
    ],
    notes: notes.slice(0, 60),
  };
}
