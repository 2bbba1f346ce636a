import { cleanRunsToBound, type Count } from '@testimony/contracts';

/** What a healed test may still fail in an ordinary run. */
export const TOLERATED_RATE = 0.01;
/** Chance at most that it fails more often than tolerated and was nevertheless taken for healed. */
const DOUBT = 0.05;
/** Under the reproducing conditions it must have become this many times rarer at 95 %, whatever was believed before. */
const DROP = 3;
/** So few clean runs prove nothing, however often it failed before. */
const FEWEST = 10;

export interface Before {
  /** P(the fix removes the cause), before any run: the pattern's past. */
  readonly right: number;
  /** Of the original text under the reproducing conditions, and under ordinary ones. */
  readonly stressed: Count;
  readonly normal: Count;
}

/**
 * P(a wrong fix leaves a rate above `bound`, and yet `n` runs were clean). The fix is right with probability `right` and leaves 0;
 * otherwise what it leaves is anywhere between nothing and the rate before, `rate`, evenly. Bayes' rule, integrals in closed form:
 * of (1 - x)^n over [u, v] they are ((1 - u)^(n+1) - (1 - v)^(n+1)) / (n + 1).
 */
export function chanceAbove(bound: number, n: number, right: number, rate: number): number {
  const clean = (from: number, to: number): number => ((1 - from) ** (n + 1) - (1 - to) ** (n + 1)) / ((n + 1) * rate);
  const above = bound >= rate ? 0 : (1 - right) * clean(bound, rate);
  return above / (right + (1 - right) * clean(0, rate));
}

/** P(the fix is right | n clean runs under the conditions under which the original failed at `rate`). */
export function chanceRight(n: number, right: number, rate: number): number {
  const wrong = ((1 - right) * (1 - (1 - rate) ** (n + 1))) / ((n + 1) * rate);
  return right / (right + wrong);
}

/**
 * How many clean runs under the reproducing conditions prove a fix. Conditions that make the original fail `stressed / normal` times
 * as often as ordinary ones are taken to magnify what is left in the same way, so the bound on it is that many times the tolerated
 * rate. Ordinary failures that were hardly seen count by Jeffreys' estimate, (failed + 1/2) / (runs + 1).
 */
export function cleanRunsNeeded({ right, stressed, normal }: Before): number {
  const rate = stressed.failed / Math.max(1, stressed.runs);
  if (!(rate > 0)) throw new RangeError('a fix for a failure that was never seen cannot be proven');
  const ordinary = Math.min(rate, (normal.failed + 0.5) / (normal.runs + 1));
  const bound = Math.min((TOLERATED_RATE * rate) / ordinary, rate / DROP);
  const most = cleanRunsToBound(TOLERATED_RATE);
  let n = Math.max(FEWEST, cleanRunsToBound(Math.min(rate / DROP, 0.5)));
  while (n < most && chanceAbove(bound, n, right, rate) > DOUBT) n += 1;
  return Math.min(n, most);
}
