import type { Conditions } from '@testimony/contracts';
import { isJudged, onBase, onHead, type Dossier, type PastAttempt } from '../verdict/judged';
import { afterOneMore, factsOf, type Facts } from '../verdict/posterior';
import { cheaperVerdict } from '../verdict/loss';
import { delayBefore } from './delay';
import { bestAttempt, type Choice } from './worth';

export interface RetryLimits {
  /** Attempts of a failing test that may give an answer, in all; as many against the base. */
  readonly maxAttempts: number;
  /** What one more attempt must take off the expected loss of the verdict (`priceOf`); Infinity when the run has none left. */
  readonly price: number;
  /** Names this test of this execution, for delays that differ between tests and not between tries to decide. */
  readonly seed: string;
}

export type NextAttempt =
  | {
      readonly kind: 'retry';
      readonly policy: 'isolated' | 'base' | 'same';
      readonly conditions: Conditions;
      readonly delayMs: number;
      readonly reason: string;
    }
  | { readonly kind: 'decide' };

/** Pauses before an attempt that met no system is made again: long enough for a restart, short enough not to stall a run without a system. */
const AWAY_DELAYS_MS = [1_000, 3_000];

/** The price while there is more than one attempt left for each failing test (`priceOf`). */
const AFFORDABLE = 0.08;

/** Earlier runs say already whether a test worked: then the base is asked about its label only while there are two attempts for each failing test. (tuned) */
const AFFORDABLE_WHEN_KNOWN = AFFORDABLE / 2;

/** An attempt that takes this long must be worth twice the price: time is what attempts cost. */
const DOUBLE_PRICE_MS = 20_000;

/**
 * What to do after the last attempt of `history`. A failure is tried again, isolated or against the base, when that is likely enough to change
 * the verdict; an attempt without an answer is made again under its own conditions after a pause.
 */
export function nextAttempt(history: readonly PastAttempt[], dossier: Dossier, limits: RetryLimits): NextAttempt {
  const last = history.at(-1);
  if (!last || last.outcome === 'skipped') return { kind: 'decide' };
  if (last.setAside !== undefined) return again(last, 0, `attempt ${last.attempt} fell into an outage; trying again`);
  // Without an answer from the base the head is what there is.
  if (!isJudged(last) && !last.base) return repeated(history, last);
  const head = onHead(history);
  const failed = head.filter((a) => a.outcome === 'failed');
  if (failed.length === 0 || limits.price === Infinity) return { kind: 'decide' };
  const certain = failed.find((a) => a.failure?.certain !== undefined)?.failure?.certain;
  const kinds = possible(history, dossier, limits, failed.length, certain !== undefined);
  if (certain !== undefined) {
    if (kinds.length === 0) return { kind: 'decide' };
    return chosen(history, 'base', `${certain}, which another attempt would not change; asking whether it is the same on the base`, limits);
  }
  const price = limits.price * (1 + last.durationMs / DOUBLE_PRICE_MS);
  const facts = factsOf(history, dossier);
  const best = bestAttempt(facts, kinds, price) ?? firstLook(facts, head, kinds, price) ?? lookAtBase(facts, history, kinds, price);
  if (!best) return { kind: 'decide' };
  return chosen(history, best.kind, whyAgain(failed.length, head.length, failed.at(-1), best), limits);
}

/**
 * The model may be wrong about a test, and one attempt cannot show it: a second one is made whatever it says, while the run can afford one for
 * each failing test.
 */
function firstLook(facts: Facts, head: readonly PastAttempt[], kinds: readonly Choice['kind'][], price: number): Choice | undefined {
  if (head.length > 1 || !kinds.includes('alone') || price > AFFORDABLE) return undefined;
  return { kind: 'alone', worth: 0, fails: afterOneMore(facts, 'alone').fails };
}

/**
 * A red test is shown as regressed or broken: one attempt against the base says which, where the run can afford it. What earlier runs say already is
 * worth less: flakes need the attempts more.
 */
function lookAtBase(facts: Facts, history: readonly PastAttempt[], kinds: readonly Choice['kind'][], price: number): Choice | undefined {
  const { past } = facts.counts;
  const known = facts.redBefore === true || past.failed + past.passed > 0;
  if (!kinds.includes('base') || price > (known ? AFFORDABLE_WHEN_KNOWN : AFFORDABLE) || onBase(history).length > 0) return undefined;
  if (cheaperVerdict(facts).verdict !== 'failed') return undefined;
  return { kind: 'base', worth: 0, fails: afterOneMore(facts, 'base').fails };
}

function possible(
  history: readonly PastAttempt[],
  dossier: Dossier,
  limits: RetryLimits,
  failed: number,
  certain: boolean,
): Choice['kind'][] {
  const kinds: Choice['kind'][] = [];
  if (!certain && failed < limits.maxAttempts) kinds.push('alone');
  const answered = history.every((a) => !a.base || isJudged(a));
  const most = certain ? 1 : limits.maxAttempts;
  if (dossier.base && answered && limits.maxAttempts > 1 && onBase(history).length < most) kinds.push('base');
  return kinds;
}

function chosen(history: readonly PastAttempt[], kind: Choice['kind'], reason: string, { seed }: RetryLimits): NextAttempt {
  const delayMs = delayBefore(history, `${seed} ${history.length}`);
  const conditions: Conditions = kind === 'base' ? { isolated: true, revision: 'base' } : { isolated: true };
  const wait = delayMs > 0 ? ` after ${delayMs} ms` : '';
  return { kind: 'retry', policy: kind === 'base' ? 'base' : 'isolated', conditions, delayMs, reason: `${reason}${wait}` };
}

function whyAgain(failed: number, runs: number, last: PastAttempt | undefined, { kind, fails, worth }: Choice): string {
  const where = kind === 'base' ? 'against the base' : 'isolated';
  return `failed in ${failed} of ${runs} (last: ${last?.failure?.class ?? 'other'}); trying ${where}, which fails with probability ${fails.toFixed(2)} and takes ${worth.toFixed(2)} off the expected loss`;
}

function repeated(history: readonly PastAttempt[], last: PastAttempt): NextAttempt {
  const unanswered = history.filter((a) => !isJudged(a) && !a.base && a.setAside === undefined).length;
  const delayMs = AWAY_DELAYS_MS[unanswered - 1];
  if (delayMs === undefined) return { kind: 'decide' };
  return again(last, delayMs, `attempt ${last.attempt} gave no answer about the test; trying again after ${delayMs} ms`);
}

function again(last: PastAttempt, delayMs: number, reason: string): NextAttempt {
  const conditions: Conditions = { isolated: last.isolated, ...(last.base ? { revision: 'base' as const } : {}) };
  return { kind: 'retry', policy: 'same', conditions, delayMs, reason };
}
