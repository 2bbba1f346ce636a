import { FLAKE_PATTERNS, type Count, type FlakePattern } from '@testimony/contracts';
import type { Kind } from './setting';

/*
 * What is believed of one test. It is stable (fails never, but for what the machine does to it), broken (fails always), or flaky for one
 * of the causes that the patterns name. Given the cause, it fails at one rate under all conditions that do not
 * matter to it, and at a rate of its own in each slot of conditions that do; a priori each rate is distributed as Beta(s m, s (1 - m)), m
 * from EXPECTED. Given the cause, rates are independent of each other.
 */

/** P(flaky) of a test about which nothing is known. Between the 1.5 % of all runs (J. Micco 2016) and the 16 % of all tests that Google saw. */
const BASE_FLAKY = 0.06;
const BASE_BROKEN = 0.03;
/** P(a stable test fails): what the machine does that is not known as its loss. At twice the value one failure in ten runs would not convince of a test without findings. */
const STABLE_FAILS = 0.0002;
const BROKEN_FAILS = 0.98;
/** A finding is a claim, not a run: whatever it says, the runs keep the last word. */
const MOST_BELIEVED = 0.9;
/** Strength s of a rate's prior, in runs: weak, so that a few runs of the test count more. */
const STRENGTH = 2;

/** Shares of causes among flaky tests, after the counts of Q. Luo et al. 2014 (asynchronous wait 45 %, concurrency 20 %, order 12 %, the rest below 7 % each), split over our patterns. */
const SHARES: Record<FlakePattern, number> = {
  hardcoded_sleep: 0.25,
  race_condition: 0.22,
  tight_timeout: 0.13,
  external_dependency: 0.06,
  random_data: 0.05,
  time_dependent: 0.05,
  exact_assertion: 0.04,
  unordered_collection: 0.04,
  shared_resource: 0.06,
  leaked_state: 0.1,
};

/**
 * Rate at which a test that is flaky for the cause is expected to fail under the kinds of conditions that matter to it, up or down; under
 * all others it fails at one ordinary rate, expected to be `otherwise`. That most of these look alike is on purpose: what a system does by
 * itself (it answers late, in another order, not at all) no condition of the test's side brings out, only another run; a slower test
 * even gives it more time to settle.
 */
const EXPECTED: Record<FlakePattern, Partial<Record<Kind, number>> & { readonly otherwise: number }> = {
  hardcoded_sleep: { cpuStress: 0.06, latency: 0.06, otherwise: 0.25 },
  race_condition: { cpuStress: 0.15, latency: 0.22, otherwise: 0.22 },
  tight_timeout: { cpuStress: 0.25, latency: 0.45, otherwise: 0.2 },
  external_dependency: { latency: 0.25, otherwise: 0.25 },
  random_data: { otherwise: 0.25 },
  time_dependent: { clock: 0.2, timeZone: 0.35, otherwise: 0.05 },
  exact_assertion: { latency: 0.22, otherwise: 0.22 },
  unordered_collection: { otherwise: 0.25 },
  shared_resource: { crowd: 0.4, sequence: 0.15, otherwise: 0.05 },
  leaked_state: { sequence: 0.4, otherwise: 0.03 },
};

export interface SlotCount extends Count {
  readonly slot: string;
  readonly kind: Kind;
}

export interface Belief {
  readonly flaky: number;
  readonly broken: number;
  readonly stable: number;
  /** P(cause | flaky). */
  readonly causes: ReadonlyMap<FlakePattern, number>;
}

export interface PatternPrior {
  readonly pattern: FlakePattern;
  readonly probability: number;
}

/** What the runs so far leave of the prior that reading the source gave. */
export function believe(patterns: readonly PatternPrior[], counts: readonly SlotCount[]): Belief {
  const prior = priorOf(patterns);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  const passed = counts.reduce((sum, count) => sum + count.runs, 0) - failed;
  const stable = prior.stable * STABLE_FAILS ** failed * (1 - STABLE_FAILS) ** passed;
  const broken = prior.broken * BROKEN_FAILS ** failed * (1 - BROKEN_FAILS) ** passed;
  const weights = FLAKE_PATTERNS.map((pattern) => {
    const likelihood = rates(pattern, counts).reduce((product, { mean, count }) => product * evidence(mean, count), 1);
    return [pattern, (prior.causes.get(pattern) ?? 0) * prior.flaky * likelihood] as const;
  });
  const flaky = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const all = stable + broken + flaky;
  return {
    flaky: flaky / all,
    broken: broken / all,
    stable: stable / all,
    causes: new Map(weights.map(([pattern, weight]) => [pattern, weight / flaky])),
  };
}

/** P(the next run in this slot fails), were the test flaky. */
export function failsIfFlaky(belief: Belief, counts: readonly SlotCount[], slot: string, kind: Kind): number {
  let p = 0;
  for (const [pattern, weight] of belief.causes) {
    const special = EXPECTED[pattern][kind];
    const count = special === undefined ? ordinary(pattern, counts) : (counts.find((one) => one.slot === slot) ?? { runs: 0, failed: 0 });
    p += weight * ((STRENGTH * (special ?? EXPECTED[pattern].otherwise) + count.failed) / (STRENGTH + count.runs));
  }
  return p;
}

/** Bits that one more run in this slot is expected to tell about which of the three the test is: the mutual information of both (D. Lindley 1956). */
export function information(belief: Belief, counts: readonly SlotCount[], slot: string, kind: Kind): number {
  const classes = [
    [belief.flaky, failsIfFlaky(belief, counts, slot, kind)],
    [belief.broken, BROKEN_FAILS],
    [belief.stable, STABLE_FAILS],
  ] as const;
  const mixed = classes.reduce((sum, [weight, p]) => sum + weight * p, 0);
  return entropy(mixed) - classes.reduce((sum, [weight, p]) => sum + weight * entropy(p), 0);
}

function priorOf(patterns: readonly PatternPrior[]): Belief {
  const none = patterns.reduce((product, { probability }) => product * (1 - probability), 1 - BASE_FLAKY);
  const flaky = Math.min(MOST_BELIEVED, 1 - none);
  const weights = FLAKE_PATTERNS.map((pattern) => {
    const found = patterns.filter((one) => one.pattern === pattern).reduce((sum, { probability }) => sum + probability, 0);
    return [pattern, BASE_FLAKY * SHARES[pattern] + found] as const;
  });
  const all = weights.reduce((sum, [, weight]) => sum + weight, 0);
  const broken = BASE_BROKEN * (1 - flaky);
  return { flaky, broken, stable: 1 - flaky - broken, causes: new Map(weights.map(([pattern, weight]) => [pattern, weight / all])) };
}

/** The rates that a test of this cause has, and what was seen of each. */
function rates(pattern: FlakePattern, counts: readonly SlotCount[]): { readonly mean: number; readonly count: Count }[] {
  const special = counts.flatMap((count) => {
    const mean = EXPECTED[pattern][count.kind];
    return mean === undefined ? [] : [{ mean, count }];
  });
  return [...special, { mean: EXPECTED[pattern].otherwise, count: ordinary(pattern, counts) }];
}

/** Under all kinds of conditions that do not matter to the cause. */
function ordinary(pattern: FlakePattern, counts: readonly SlotCount[]): Count {
  const own = counts.filter(({ kind }) => EXPECTED[pattern][kind] === undefined);
  return { runs: own.reduce((sum, { runs }) => sum + runs, 0), failed: own.reduce((sum, { failed }) => sum + failed, 0) };
}

/** P(these outcomes) with the rate integrated out: the product of the Beta's predictions, one run after the other. */
function evidence(mean: number, { runs, failed }: Count): number {
  let product = 1;
  for (let i = 0; i < failed; i++) product *= (STRENGTH * mean + i) / (STRENGTH + i);
  for (let i = 0; i < runs - failed; i++) product *= (STRENGTH * (1 - mean) + i) / (STRENGTH + failed + i);
  return product;
}

function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log2(p) - (1 - p) * Math.log2(1 - p);
}
