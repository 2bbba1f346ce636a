import type { FailureClass } from '@testimony/contracts';
import { logBernoulli, logMarginal, logSum } from './beta';
import { isJudged, onBase, onHead, type Dossier, type PastAttempt, type PastRun } from './judged';
import * as model from './model';

/**
 * What may be behind a failure. `regressed`: the product (or the test) broke and fails each time. `intermittent`: a product bug that shows now
 * and then. `flaky`: the test or what is around it. `broken`: it fails on the base as well.
 */
export const CAUSES = ['regressed', 'intermittent', 'flaky', 'broken'] as const;
export type Cause = (typeof CAUSES)[number];
export type Posterior = Readonly<Record<Cause, number>>;

/**
 * Counts that a hypothesis must explain. `shared` and `alone` are attempts on the head, `again` those of earlier runs of the same commit, `base` on the
 * base (alone), `past` those of earlier runs of other commits.
 */
interface Counts {
  readonly past: Tally;
  readonly again: Tally;
  readonly shared: Tally;
  readonly alone: Tally;
  readonly base: Tally;
}
interface Tally {
  readonly failed: number;
  readonly passed: number;
}

/** What is known, as far as it is to count; `posteriorOf` takes any part of it. */
export interface Facts {
  readonly counts: Counts;
  readonly source?: Dossier['prior'];
  readonly changed?: { readonly changed: boolean; readonly share: number };
  readonly climate?: { readonly tests: number; readonly flaky: number };
  readonly redBefore?: boolean;
  readonly class?: { readonly of: FailureClass; readonly learned: { readonly tried: number; readonly passed: number } };
  readonly seenBefore?: 'seen' | 'other';
  readonly alike?: Dossier['alike'];
  /** The system said that it was asked too often. */
  readonly rateLimited?: boolean;
}

/** P(cause | facts). */
export function posteriorOf(facts: Facts): Posterior {
  const log = logWeights(facts);
  const total = logSum(Object.values(log));
  const p = (cause: Cause): number => Math.exp(log[cause] - total);
  return { regressed: p('regressed'), intermittent: p('intermittent'), flaky: p('flaky'), broken: p('broken') };
}

/** ln of the odds of these causes against the others. */
export function logOdds(facts: Facts, causes: readonly Cause[]): number {
  const log = logWeights(facts);
  const of = (some: readonly Cause[]): number => logSum(some.map((cause) => log[cause]));
  return of(causes) - of(CAUSES.filter((cause) => !causes.includes(cause)));
}

/**
 * ln P(cause and facts). Each cause is a mixture over what the test was like before (stable or flaky at an unknown rate), its likelihoods
 * integrated over Beta priors; the facts that are no counts move the odds between causes.
 */
function logWeights(facts: Facts): Record<Cause, number> {
  const { past, again, shared, alone, base } = facts.counts;
  const phi = flakyBefore(facts);
  const stable = Math.log1p(-phi);
  const flaky = Math.log(phi);
  const before = { failed: past.failed + base.failed, passed: past.passed + base.passed };
  const head = { failed: shared.failed + alone.failed + again.failed, passed: shared.passed + alone.passed + again.passed };
  const all = { failed: before.failed + head.failed, passed: before.passed + head.passed };
  const behaved = behavedSo(phi, before);
  const company = facts.source?.patterns?.some((p) => p.pattern === 'leaked_state' || p.pattern === 'shared_resource')
    ? model.NEEDS_COMPANY_SEEN
    : model.NEEDS_COMPANY;
  const inCompany = { failed: past.failed + again.failed + shared.failed, passed: past.passed + again.passed + shared.passed };
  const quiet = { failed: alone.failed + base.failed, passed: alone.passed + base.passed };

  const log: Record<Cause, number> = {
    regressed: Math.log(model.REGRESSED) + behaved + logBernoulli(1 - model.SLIP, head.failed, head.passed),
    intermittent: Math.log(model.INTERMITTENT) + behaved + logMarginal(model.INTERMITTENT_RATE, head.failed, head.passed),
    flaky: logSum([
      stable + logBernoulli(model.GLITCH, all.failed, all.passed),
      flaky + Math.log1p(-company) + logMarginal(model.FLAKE_RATE, all.failed, all.passed),
      flaky +
        Math.log(company) +
        logMarginal(model.FLAKE_RATE, inCompany.failed, inCompany.passed) +
        logBernoulli(model.STRAY, quiet.failed, quiet.passed),
    ]),
    broken:
      Math.log(model.BROKEN) +
      logBernoulli(1 - model.SLIP, head.failed + base.failed, head.passed + base.passed) +
      // It may have been broken since its earlier runs, but that is unlikely: it would have been seen.
      (past.passed > 0 ? behavedSo(phi, past) + Math.log(2 * model.STRAY) : logBernoulli(1 - model.SLIP, past.failed, 0)),
  };
  for (const [cause, weight] of moves(facts)) log[cause] += weight;
  return log;
}

/** ln P(how it behaved where the new revision cannot matter). */
function behavedSo(phi: number, { failed, passed }: Tally): number {
  return logSum([
    Math.log1p(-phi) + logBernoulli(model.GLITCH, failed, passed),
    Math.log(phi) + logMarginal(model.FLAKE_RATE, failed, passed),
  ]);
}

/** P(the test is flaky at all), before any of its own runs. */
function flakyBefore({ source, climate }: Facts): number {
  const strength = model.FLAKY_STRENGTH;
  const share = climate ? (climate.flaky + strength * model.FLAKY) / (climate.tests + strength) : model.FLAKY;
  if (!source?.patterns) return share;
  const clean = source.patterns.reduce((rest, p) => rest * (1 - Math.min(p.probability, 1)), 1);
  return Math.min(1 - clean * (1 - share * model.CLEAN_SOURCE), model.MOST_FLAKY);
}

function* moves(facts: Facts): Generator<[Cause, number]> {
  const { changed, redBefore, class: failure, seenBefore, alike, rateLimited } = facts;
  if (rateLimited) {
    for (const cause of CAUSES) yield [cause, Math.log(cause === 'flaky' ? model.RATE_LIMITED.flaky : model.RATE_LIMITED.broken)];
  }
  if (changed) {
    const share = Math.min(Math.max(changed.share, model.LEAST_SHARE), 1 - model.LEAST_SHARE);
    const weight = changed.changed ? Math.log(model.CHANGE_SEEN / share) : Math.log((1 - model.CHANGE_SEEN) / (1 - share));
    yield ['regressed', weight];
    yield ['intermittent', weight];
  }
  if (redBefore) {
    yield ['broken', Math.log(model.RED_BEFORE.broken)];
    yield ['flaky', Math.log(model.RED_BEFORE.flaky)];
    yield ['regressed', Math.log(model.RED_BEFORE.new)];
    yield ['intermittent', Math.log(model.RED_BEFORE.new)];
  }
  if (failure) {
    const { tried, passed } = failure.learned;
    const expected = (passed + model.RETRY_STRENGTH * model.RETRY_PASSES[failure.of]) / (tried + model.RETRY_STRENGTH);
    const weight = logit(expected) - logit(model.RETRY_PASSES_OVERALL);
    yield ['flaky', weight];
    yield ['intermittent', weight / 2];
  }
  if (seenBefore) {
    const seen = seenBefore === 'seen';
    yield ['flaky', Math.log(seen ? model.SEEN_AGAIN : 1 - model.SEEN_AGAIN)];
    for (const cause of CAUSES) if (cause !== 'flaky') yield [cause, Math.log(seen ? model.SEEN_BY_CHANCE : 1 - model.SEEN_BY_CHANCE)];
  }
  if (alike) {
    const common = model.ALIKE * Math.min(alike.tests, model.ALIKE_AT_MOST);
    const again = model.ALIKE_AGAIN * Math.min(alike.failedAgain, model.ALIKE_TRIED_AT_MOST);
    const passed = model.ALIKE_PASSED * Math.min(alike.passedLater, model.ALIKE_TRIED_AT_MOST);
    yield ['regressed', common + again];
    yield ['broken', common + again];
    yield ['intermittent', common];
    yield ['flaky', passed];
  }
}

function logit(p: number): number {
  return Math.log(p / (1 - p));
}

/**
 * The facts about a test of which at least one judged attempt failed. Runs of other commits that ended red say nothing about the rate of a
 * flake: what they met may have been repaired since.
 */
export function factsOf(attempts: readonly PastAttempt[], dossier: Dossier): Facts {
  const head = onHead(attempts);
  const failure = attempts.find((a) => isJudged(a) && a.failure)?.failure;
  const before = dossier.past.filter(({ same }) => !same);
  const newest = before[0];
  const { prior, climate, learned, seenBefore, alike } = dossier;
  return {
    counts: {
      past: tallyOfRuns(before.filter(({ verdict }) => verdict !== 'failed')),
      again: tallyOfRuns(dossier.past.filter(({ same }) => same)),
      shared: tally(head.filter((a) => !a.isolated)),
      alone: tally(head.filter((a) => a.isolated)),
      base: tally(onBase(attempts)),
    },
    ...(prior ? { source: prior } : {}),
    ...(prior?.changed === undefined
      ? {}
      : { changed: { changed: prior.changed || prior.testChanged === true, share: climate.changed ?? 0.5 } }),
    ...(climate.flaky ? { climate: climate.flaky } : {}),
    ...(newest?.verdict === 'failed' ? { redBefore: true } : {}),
    ...(failure ? { class: { of: failure.class, learned: learned ?? { tried: 0, passed: 0 } } } : {}),
    ...(seenBefore ? { seenBefore } : {}),
    ...(alike.tests > 0 ? { alike } : {}),
    ...(failure?.rateLimit ? { rateLimited: true } : {}),
  };
}

function tally(attempts: readonly PastAttempt[]): Tally {
  const failed = attempts.filter((a) => a.outcome === 'failed').length;
  return { failed, passed: attempts.length - failed };
}

function tallyOfRuns(past: readonly PastRun[]): Tally {
  const sum = { failed: 0, passed: 0 };
  for (const run of past) {
    sum.failed += run.failed;
    sum.passed += run.runs - run.failed;
  }
  return sum;
}

/** P(the next attempt of that kind fails | facts), and the facts after either answer. */
export function afterOneMore(
  facts: Facts,
  kind: 'alone' | 'base',
): { readonly fails: number; readonly failed: Facts; readonly passed: Facts } {
  const more = (add: Tally): Facts => {
    const before = facts.counts[kind];
    const counts = { ...facts.counts, [kind]: { failed: before.failed + add.failed, passed: before.passed + add.passed } };
    return { ...facts, counts };
  };
  const failed = more({ failed: 1, passed: 0 });
  const passed = more({ failed: 0, passed: 1 });
  // All else is equal on both sides, so the odds of the answers are those of the facts after them.
  const odds = logSum(Object.values(logWeights(passed))) - logSum(Object.values(logWeights(failed)));
  return { fails: 1 / (1 + Math.exp(odds)), failed, passed };
}
