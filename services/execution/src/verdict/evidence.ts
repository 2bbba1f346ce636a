import type { Evidence } from '@testimony/contracts';
import { isJudged, onBase, onHead, type Dossier, type PastAttempt } from './judged';
import { factsOf, logOdds, type Cause, type Facts } from './posterior';

const NO_COUNTS = { failed: 0, passed: 0 };
const NOTHING: Facts = { counts: { past: NO_COUNTS, again: NO_COUNTS, shared: NO_COUNTS, alone: NO_COUNTS, base: NO_COUNTS } };
/** Less than this moves nothing that a person would notice. */
const LEAST_WEIGHT = 0.005;

/**
 * The facts behind a conclusion, in the order in which they became known, each with what it added to the ln odds of `concluded`. What was assumed
 * before any fact is the first; together they are the odds of the posterior.
 */
export function evidenceOf(attempts: readonly PastAttempt[], dossier: Dossier, concluded: readonly Cause[]): Evidence[] {
  const all = factsOf(attempts, dossier);
  const evidence: Evidence[] = [];
  let known = NOTHING;
  let odds = 0;
  const say = (fact: string, add: Partial<Facts>): void => {
    known = { ...known, ...add };
    const after = logOdds(known, concluded);
    if (evidence.length === 0 || Math.abs(after - odds) >= LEAST_WEIGHT) {
      evidence.push({ fact, weight: after - odds });
      odds = after;
    }
  };
  say('before anything was known of it', {});
  const groups = groupsOf(attempts);
  const firstFailure = groups.findIndex((group) => group.failed > 0);
  groups.forEach((group, i) => {
    say(group.fact, { counts: { ...known.counts, [group.kind]: plus(known.counts[group.kind], group) } });
    // What is known of the test says something once it has failed.
    if (i === firstFailure) for (const [fact, add] of knownBeside(all, dossier)) say(fact, typeof add === 'function' ? add(known) : add);
  });
  // What was too small to say moves the last fact a little, so that the sum is exact.
  const last = evidence.at(-1);
  if (last) evidence[evidence.length - 1] = { ...last, weight: last.weight + logOdds(known, concluded) - odds };
  return evidence.map(({ fact, weight }) => ({ fact, weight: Math.round(weight * 1e4) / 1e4 }));
}

function* knownBeside(all: Facts, dossier: Dossier): Generator<[string, Partial<Facts> | ((known: Facts) => Partial<Facts>)]> {
  const { class: failure, rateLimited, climate, source, changed, redBefore, seenBefore, alike } = all;
  if (failure) yield [`failures of class ${failure.of}${learnedInWords(failure.learned)}`, { class: failure }];
  if (rateLimited) yield ['the system said that it was asked too often', { rateLimited }];
  if (climate) yield [`${climate.flaky} of the project's ${climate.tests} tests were flaky in its newest runs`, { climate }];
  if (source?.patterns) yield [sourceInWords(source.patterns), { source }];
  if (changed) yield [changeInWords(dossier, changed.share), { changed }];
  const { past, again } = all.counts;
  if (again.failed + again.passed > 0) {
    yield [
      `in earlier runs of this commit it failed in ${again.failed} of ${again.failed + again.passed} attempts`,
      (known) => ({ counts: { ...known.counts, again } }),
    ];
  }
  if (past.failed + past.passed > 0) {
    yield [
      `in earlier runs it failed in ${past.failed} of ${past.failed + past.passed} attempts`,
      (known) => ({ counts: { ...known.counts, past } }),
    ];
  }
  if (redBefore) yield ['it was red in the newest run already', { redBefore }];
  if (seenBefore)
    yield [
      seenBefore === 'seen' ? 'it failed like this in earlier flakes' : 'it did not fail like this in its earlier flakes',
      { seenBefore },
    ];
  if (alike) yield [alikeInWords(alike), { alike }];
}

type Kind = 'shared' | 'alone' | 'base';
interface Group {
  readonly kind: Kind;
  readonly fact: string;
  readonly failed: number;
  readonly passed: number;
}

/** Judged attempts, one after the other; attempts in a row that ended alike under the same conditions go together. */
function groupsOf(attempts: readonly PastAttempt[]): Group[] {
  const groups: { kind: Kind; outcome: string; numbers: number[] }[] = [];
  for (const a of attempts.filter(isJudged)) {
    const kind: Kind = a.base ? 'base' : a.isolated ? 'alone' : 'shared';
    const last = groups.at(-1);
    if (last?.kind === kind && last.outcome === a.outcome) last.numbers.push(a.attempt);
    else groups.push({ kind, outcome: a.outcome, numbers: [a.attempt] });
  }
  const where = { shared: 'in a shared process', alone: 'isolated', base: 'isolated against the base' };
  return groups.map(({ kind, outcome, numbers }) => ({
    kind,
    fact: `${numbers.length > 1 ? 'attempts' : 'attempt'} ${numbers.join(', ')} ${outcome} ${where[kind]}`,
    failed: outcome === 'failed' ? numbers.length : 0,
    passed: outcome === 'failed' ? 0 : numbers.length,
  }));
}

function plus(a: { readonly failed: number; readonly passed: number }, b: { readonly failed: number; readonly passed: number }) {
  return { failed: a.failed + b.failed, passed: a.passed + b.passed };
}

function sourceInWords(patterns: NonNullable<NonNullable<Facts['source']>['patterns']>): string {
  if (patterns.length === 0) return 'its source shows no pattern of a flaky test';
  return `its source shows ${patterns.map((p) => `${p.pattern} (${Math.round(100 * p.probability)} %)`).join(', ')}`;
}

function changeInWords({ prior }: Dossier, share: number): string {
  const among = `, as for ${Math.round(100 * share)} % of the tests`;
  if (prior?.changed) return `product code that it reaches changed${among}`;
  if (prior?.testChanged) return 'the test itself changed';
  return 'no product code that it reaches changed';
}

function learnedInWords({ tried, passed }: { readonly tried: number; readonly passed: number }): string {
  return tried > 0 ? `, after which ${passed} of ${tried} retries passed in this project` : '';
}

function alikeInWords({ tests, failedAgain, passedLater }: Dossier['alike']): string {
  const tried = [failedAgain > 0 ? `${failedAgain} failed again` : '', passedLater > 0 ? `${passedLater} passed later` : ''].filter(
    Boolean,
  );
  return `${tests} other ${tests === 1 ? 'test' : 'tests'} failed alike in this run${tried.length > 0 ? `, of which ${tried.join(' and ')}` : ''}`;
}

/** Runs and failures against the base, where there were any. */
export function baseCount(attempts: readonly PastAttempt[]): { runs: number; failed: number } | undefined {
  const base = onBase(attempts);
  return base.length === 0 ? undefined : { runs: base.length, failed: base.filter((a) => a.outcome === 'failed').length };
}

/** Runs and failures of this test on the head, in this run and, as far as they say how it behaves, in earlier ones. */
export function everCount(attempts: readonly PastAttempt[], dossier: Dossier): { runs: number; failed: number } {
  const { past, again } = factsOf(attempts, dossier).counts;
  const head = onHead(attempts);
  const earlier = plus(past, again);
  return {
    runs: head.length + earlier.failed + earlier.passed,
    failed: head.filter((a) => a.outcome === 'failed').length + earlier.failed,
  };
}
