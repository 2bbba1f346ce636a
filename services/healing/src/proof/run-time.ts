import type { GuardResult } from '@testimony/contracts';
import { ALONE, lanesOf } from '../detection/setting';
import { withNeeds } from '../detection/orders';
import type { Trial } from '../experiments';
import { median, medianExcess } from '../statistics/median';
import { overlayOf, type Candidate, type Proving } from './candidate';

/** A fix may take a tenth longer. */
const FACTOR = 1.1;
/** What a process's clock and scheduler add to a run, whatever it does: the difference of two medians of equal tests of 10 ms lies within it. */
const SLACK_MS = 5;
const PAIRS = 10;
/** A median of fewer is one run. */
const FEWEST_COMPARED = 3;
/** Where the interval of the difference holds both answers, it is measured once more. */
const ROUNDS = 2;

/** Whether the candidate takes at most 1.10 times as long as the original when it passes, in runs that take turns in one lane under ordinary conditions. */
export async function checkRunTime({ attempts, tests, edited }: Proving, candidate: Candidate): Promise<GuardResult> {
  const before: number[] = [];
  const after: number[] = [];
  let failedBefore = 0;
  let verdict = { excess: Number.NaN, low: Number.NaN, high: Number.NaN };
  const needs = withNeeds(edited.id, tests).slice(0, -1);
  const setting = needs.length === 0 ? ALONE : { ...ALONE, before: needs };
  for (let round = 0; round < ROUNDS; round++) {
    const lane: Trial[] = [];
    const ends: { place: number; of: number[]; isCandidate: boolean }[] = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      const both = [
        { of: before, changes: {}, isCandidate: false },
        { of: after, changes: overlayOf(candidate), isCandidate: true },
      ];
      // Who goes first changes, since what a run leaves warm helps the next.
      for (const { of, changes, isCandidate } of pair % 2 === 0 ? both : both.toReversed()) {
        lane.push(...(lanesOf(edited.id, setting, `time-${round}-${pair}-${isCandidate}`, changes)[0] ?? []));
        ends.push({ place: lane.length - 1, of, isCandidate });
      }
    }
    const [outcomes = []] = await attempts.run(`Is ${edited.name} slower with the edit?`, [lane]);
    for (const { place, of, isCandidate } of ends) {
      const outcome = outcomes[place];
      if (outcome?.outcome === 'passed' && outcome.attempt) of.push(outcome.attempt.durationMs);
      if (!isCandidate && outcome?.outcome === 'failed') failedBefore += 1;
      if (isCandidate && outcome?.outcome === 'failed') {
        return {
          guard: 'run_time',
          ok: false,
          evidence: `With the edit it failed while its run time was measured: ${outcome.attempt?.failure?.message ?? 'it failed'}`,
          numbers: { runs: after.length },
        };
      }
    }
    if (before.length === 0 || after.length === 0) continue;
    verdict = medianExcess(comparable(after, before.length / (before.length + failedBefore)), before, FACTOR);
    if (verdict.low > SLACK_MS || verdict.high <= SLACK_MS) break;
  }
  if (before.length === 0 || after.length === 0) {
    return {
      guard: 'run_time',
      ok: false,
      evidence: 'The original or the edited test did not pass once while their run times were measured.',
      numbers: { before: before.length, after: after.length },
    };
  }
  const numbers = {
    medianBeforeMs: median(before),
    medianAfterMs: median(comparable(after, before.length / (before.length + failedBefore))),
    before: before.length,
    after: after.length,
    excessMs: verdict.excess,
    low: verdict.low,
    high: verdict.high,
  };
  const ok = verdict.excess <= SLACK_MS;
  return {
    guard: 'run_time',
    ok,
    evidence: `Its median run time with the edit is ${ms(numbers.medianAfterMs)}, before it ${ms(numbers.medianBeforeMs)} (${after.length} and ${before.length} passing runs in turns): ${ok ? 'within' : 'beyond'} 1.10 times and ${SLACK_MS} ms.`,
    numbers,
  };
}

/**
 * The original's passing runs are those in which the system was quick enough for it; in the others it failed. Like with like: of the
 * candidate's runs, which all passed, the quickest of the same share.
 */
function comparable(after: readonly number[], share: number): number[] {
  return after.toSorted((a, b) => a - b).slice(0, Math.max(FEWEST_COMPARED, Math.ceil(after.length * share)));
}

function ms(value: number): string {
  return `${Math.round(value * 10) / 10} ms`;
}
