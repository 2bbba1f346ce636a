// What becomes of product bugs and of flaky noise in one run, after healthy runs of earlier commits.
import { matthews, mean, share } from '../figures.mjs';
import { forEachLab, run, seededRandom } from '../product.mjs';
import { plainRerun } from '../rerun.mjs';

const EARLIER_RUNS = 2;
const OUTAGE = { kind: 'refused', durationMs: 2500 };
/** Requests before the outage, as a share of the tests: it begins while most of the run is still to come. */
const OUTAGE_AFTER = 0.8;

export async function measure({ seeds, tests, tell }) {
  const ours = tally();
  const peer = tally();
  const attempts = [];
  const peerAttempts = [];
  const outageAttempts = [];
  const outage = { falseRed: 0, lost: 0, tests: 0, missed: 0, bugs: 0 };
  const labels = { right: 0, of: 0 };
  const noted = { apart: 0, observed: 0 };
  const flakyRate = { inside: 0, of: 0 };
  const seconds = [];
  const notes = [];
  await forEachLab({ seeds, tell }, { mix: { tests } }, async (lab, seed) => {
    for (const commit of lab.truth.commits.earlier.slice(-EARLIER_RUNS)) {
      await lab.checkout(commit);
      const { decided } = await run(lab, ['--no-healing']);
      tell(`seed ${seed}, earlier commit: ${decided.size} decided`);
    }
    await lab.checkout('head');
    const result = await run(lab, ['--no-healing']);
    seconds.push(result.seconds);
    const planned = lab.truth.tests.length;
    attempts.push([...result.attempts.values()].flat().length / planned);
    for (const test of lab.truth.tests) {
      const decision = result.decided.get(test.id);
      if (!decision) throw new Error(`seed ${seed}: ${test.id} was never decided`);
      count(ours, test, decision.verdict, result.failedOnce(test.id), (line) => notes.push(`seed ${seed}: ${line}; ${decision.reason}`));
      if (!result.failedOnce(test.id)) continue;
      const label = { regression: 'regressed', intermittent: 'regressed', broken: 'broken', flaky: 'flaky' }[test.category];
      if (label && decision.label) {
        labels.of += 1;
        if (decision.label === label) labels.right += 1;
      }
      if (test.category === 'intermittent') {
        noted.observed += 1;
        if (decision.verdict === 'failed' && decision.intermittent) noted.apart += 1;
      }
      const measured = test.flaky?.measured?.alone;
      if (measured && decision.flakiness) {
        flakyRate.of += 1;
        const rate = measured.failed / measured.runs;
        if (rate >= decision.flakiness.low && rate <= decision.flakiness.high) flakyRate.inside += 1;
      }
    }
    const rerun = await plainRerun(lab);
    peerAttempts.push(rerun.attempts / planned);
    for (const test of lab.truth.tests) {
      const { verdict, failedOnce } = rerun.verdicts.get(test.id);
      count(peer, test, verdict, failedOnce, () => undefined);
    }

    lab.outage({ ...OUTAGE, afterRequests: Math.round((tests * OUTAGE_AFTER) / lab.truth.services.length) });
    const away = await run(lab, ['--no-healing']);
    outageAttempts.push([...away.attempts.values()].flat().length / planned);
    for (const test of lab.truth.tests) {
      const verdict = away.decided.get(test.id)?.verdict;
      if (test.category === 'healthy' || test.category === 'lookalike') {
        outage.tests += 1;
        if (verdict === 'failed' || verdict === 'flaky') outage.falseRed += 1;
        if (verdict === 'lost') outage.lost += 1;
      }
      if (test.category === 'regression') {
        outage.bugs += 1;
        if (verdict !== 'failed' && verdict !== 'lost') outage.missed += 1;
      }
    }
  });
  const random = seededRandom('bench-verdicts');
  const rows = (name, t) => [
    share(`${name}: regressions called flaky or passed`, t.regressionsMissed, t.regressions, name === 'ours' ? '<= 0.04' : undefined),
    share(`${name}: intermittent bugs that showed, called flaky or passed`, t.intermittentMissed, t.intermittent),
    share(`${name}: both`, t.regressionsMissed + t.intermittentMissed, t.regressions + t.intermittent),
    share(`${name}: flaky noise kept out of the red`, t.noiseKept, t.noise, name === 'ours' ? '>= 0.85' : undefined),
    matthews(`${name}: Matthews correlation, tests that failed at least once`, t.pairs, name === 'ours' ? '>= 0.75' : undefined, random),
    share(`${name}: healthy tests red`, t.healthyRed, t.healthy),
    share(`${name}: broken tests not red`, t.brokenMissed, t.broken),
  ];
  return {
    figures: [
      ...rows('ours', ours),
      share('ours: intermittent bugs that showed, listed apart', noted.apart, noted.observed),
      share('ours: labels right (regressed, broken, flaky)', labels.right, labels.of),
      mean('ours: attempts a planned test', attempts, '<= 1.15'),
      mean('ours: attempts a planned test, in an outage', outageAttempts, '<= 1.2'),
      share('ours: healthy tests red or flaky in an outage', outage.falseRed, outage.tests),
      share('ours: healthy tests lost in an outage', outage.lost, outage.tests),
      share('ours: regressions green in an outage', outage.missed, outage.bugs),
      mean('ours: seconds a run', seconds),
      ...rows('plain rerun', peer),
      mean('plain rerun: attempts a planned test', peerAttempts),
    ],
    notes: notes.slice(0, 40),
  };
}

function tally() {
  return {
    regressions: 0,
    regressionsMissed: 0,
    intermittent: 0,
    intermittentMissed: 0,
    noise: 0,
    noiseKept: 0,
    healthy: 0,
    healthyRed: 0,
    broken: 0,
    brokenMissed: 0,
    pairs: [],
  };
}

/** Truth against verdict. Whether a test failed at all is a fact of the run: what never failed could not be judged. */
function count(t, test, verdict, failedOnce, wrong) {
  const red = verdict === 'failed' || verdict === 'lost';
  switch (test.category) {
    case 'regression':
      t.regressions += 1;
      if (!red) {
        t.regressionsMissed += 1;
        wrong(`${test.id} (${test.feature}, a regression) is ${verdict}`);
      }
      t.pairs.push([true, red]);
      return;
    case 'intermittent':
      if (!failedOnce) return;
      t.intermittent += 1;
      if (!red) {
        t.intermittentMissed += 1;
        wrong(`${test.id} (${test.feature}, an intermittent bug) is ${verdict}`);
      }
      t.pairs.push([true, red]);
      return;
    case 'flaky':
      if (!failedOnce) return;
      t.noise += 1;
      if (red) wrong(`${test.id} (${test.flaky.pattern}/${test.flaky.shape}, flaky) is ${verdict}`);
      else t.noiseKept += 1;
      t.pairs.push([false, red]);
      return;
    case 'broken':
      t.broken += 1;
      if (!red) t.brokenMissed += 1;
      return;
    default:
      t.healthy += 1;
      if (red) {
        t.healthyRed += 1;
        wrong(`${test.id} (${test.category}) is ${verdict}`);
      }
  }
}
