// Whole runs with known truth, played through the decision without a system: for tuning the model on some seeds and measuring it on others.
import { type Dossier, type PastAttempt, type PastRun } from '../verdict/judged';
import { nextAttempt } from '../retry/retry';
import { priceOf } from '../retry/budget';
import { verdictOf } from '../verdict/verdict';

export interface Lab {
  readonly seed: number;
  readonly tests: number;
  /** Of the tests. */
  readonly flaky: number;
  readonly regressed: number;
  readonly intermittent: number;
  /** Never worked, on head or base. */
  readonly broken?: number;
  /** Earlier runs of each test. */
  readonly history: number;
  readonly staticPrior: boolean;
  readonly changes: boolean;
  readonly base: boolean;
  readonly maxAttempts: number;
}

export interface Score {
  regressions: number;
  missed: number;
  intermittents: number;
  intermittentsFound: number;
  flakes: number;
  flakesKeptOut: number;
  /** Tests that never worked, and those of them that were not red. */
  broken: number;
  brokenMissed: number;
  /** Red tests that are not noise, and those of them whose label is right. */
  reds: number;
  labelledRight: number;
  planned: number;
  attempts: number;
}

const NOTHING: Score = {
  regressions: 0,
  missed: 0,
  intermittents: 0,
  intermittentsFound: 0,
  flakes: 0,
  flakesKeptOut: 0,
  broken: 0,
  brokenMissed: 0,
  reds: 0,
  labelledRight: 0,
  planned: 0,
  attempts: 0,
};

type Truth = 'stable' | 'flaky' | 'regressed' | 'intermittent' | 'broken';

/** mulberry32: small, and good enough for dice. */
function dice(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export function simulate(lab: Lab): Score {
  const random = dice(lab.seed);
  const score: Score = { ...NOTHING, planned: lab.tests };
  const tests = Array.from({ length: lab.tests }, () => drawTest(lab, random));
  const changed = tests.filter((t) => t.changed).length / tests.length;
  const flakyBefore = tests.filter((t) => t.past.some((r) => r.verdict === 'flaky')).length;
  let spent = 0;
  let failing = 0;
  const learned = { tried: 0, passed: 0 };
  tests.forEach((test, i) => {
    const attempts: PastAttempt[] = [];
    const attempt = (isolated: boolean, base: boolean): void => {
      score.attempts += 1;
      const failed = random() < rateOf(test, isolated, base);
      attempts.push({
        attempt: attempts.length + 1,
        outcome: failed ? 'failed' : 'passed',
        isolated,
        base,
        durationMs: 10,
        ...(failed ? { failure: { class: test.class, message: 'm' } } : {}),
      });
    };
    attempt(false, false);
    if (attempts[0]?.outcome === 'passed') return;
    failing += 1;
    const dossier: Dossier = {
      past: test.past,
      climate: { ...(lab.history > 0 ? { flaky: { tests: lab.tests, flaky: flakyBefore } } : {}), ...(lab.changes ? { changed } : {}) },
      ...(lab.staticPrior || lab.changes ? { prior: { patterns: test.patterns, ...(lab.changes ? { changed: test.changed } : {}) } } : {}),
      learned,
      alike: { tests: 0, failedAgain: 0, passedLater: 0 },
      base: lab.base,
    };
    for (;;) {
      const price = priceOf({ planned: lab.tests, limit: null, spent, open: 1, untried: lab.tests - i - 1, failing });
      const next = nextAttempt(attempts, dossier, { maxAttempts: lab.maxAttempts, price, seed: 's' });
      if (next.kind === 'decide') break;
      spent += 1;
      attempt(true, next.policy === 'base');
    }
    const { verdict, label } = verdictOf(attempts, dossier);
    if (verdict === 'failed' && (test.truth === 'regressed' || test.truth === 'intermittent' || test.truth === 'broken')) {
      score.reds += 1;
      if (label === (test.truth === 'broken' ? 'broken' : 'regressed')) score.labelledRight += 1;
    }
    if (test.truth === 'regressed') {
      score.regressions += 1;
      if (verdict === 'flaky') score.missed += 1;
    } else if (test.truth === 'intermittent') {
      score.intermittents += 1;
      if (verdict === 'failed') score.intermittentsFound += 1;
    } else if (test.truth === 'broken') {
      score.broken += 1;
      if (verdict === 'flaky') score.brokenMissed += 1;
    } else {
      score.flakes += 1;
      if (verdict === 'flaky') score.flakesKeptOut += 1;
    }
  });
  return score;
}

interface DrawnTest {
  readonly truth: Truth;
  readonly flake: number;
  readonly bug: number;
  /** Fails only in company. */
  readonly company: boolean;
  readonly changed: boolean;
  readonly patterns: { pattern: string; probability: number }[];
  readonly past: PastRun[];
  readonly class: 'assertion' | 'timeout' | 'server' | 'not_found';
}

function drawTest(lab: Lab, random: () => number): DrawnTest {
  const flaky = random() < lab.flaky;
  const bug = random();
  const bounds = [lab.regressed, lab.intermittent, lab.broken ?? 0];
  const nth = bounds.findIndex((_, i) => bug < bounds.slice(0, i + 1).reduce((sum, share) => sum + share, 0));
  const truth: Truth = (['regressed', 'intermittent', 'broken'] as const)[nth] ?? (flaky ? 'flaky' : 'stable');
  // Rates of 1 to 60 %, low ones more often (mean .25).
  const flake = flaky ? Math.min(0.6, Math.max(0.01, (random() * random() + random() * 0.3) * 0.65)) : 0.001;
  const company = flaky && random() < 0.15;
  const patterns: { pattern: string; probability: number }[] = [];
  if (lab.staticPrior && random() < (flaky ? 0.7 : 0.06)) patterns.push({ pattern: 'race_condition', probability: 0.5 + 0.4 * random() });
  const broke = truth === 'regressed' || truth === 'intermittent';
  const changed = lab.changes && (broke ? random() < 0.95 : random() < 0.3);
  const past: PastRun[] = [];
  for (let run = 0; run < lab.history; run += 1) {
    if (truth === 'broken') past.push({ verdict: 'failed', runs: 3, failed: 3 });
    else if (random() >= flake) past.push({ verdict: 'passed', runs: 1, failed: 0 });
    else {
      let failed = 1;
      while (failed < 4 && random() < (company ? 0 : flake)) failed += 1;
      past.push(failed === 4 ? { verdict: 'failed', runs: 4, failed } : { verdict: 'flaky', runs: failed + 1, failed });
    }
  }
  const classes =
    flaky && !broke
      ? (['assertion', 'timeout', 'timeout', 'not_found'] as const)
      : (['assertion', 'assertion', 'server', 'not_found'] as const);
  return {
    truth,
    flake,
    bug: 0.1 + 0.4 * random(),
    company,
    changed,
    patterns,
    past,
    class: classes[Math.floor(random() * 4)] ?? 'assertion',
  };
}

function rateOf(test: DrawnTest, isolated: boolean, base: boolean): number {
  if (test.truth === 'broken') return 1;
  const flake = test.company && isolated ? 0 : test.flake;
  if (base || test.truth === 'stable' || test.truth === 'flaky') return flake;
  return test.truth === 'regressed' ? 1 : 1 - (1 - flake) * (1 - test.bug);
}

export function add(scores: readonly Score[]): Score {
  const sum: Score = { ...NOTHING };
  for (const score of scores) for (const key of Object.keys(sum) as (keyof Score)[]) sum[key] += score[key];
  return sum;
}

/** Matthews correlation of red with regressed, over deterministic regressions and flakes that failed. */
export function matthews({ regressions, missed, flakes, flakesKeptOut }: Score): number {
  const [tp, fn, fp, tn] = [regressions - missed, missed, flakes - flakesKeptOut, flakesKeptOut];
  return (tp * tn - fp * fn) / Math.sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn));
}
