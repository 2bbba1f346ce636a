import { conditionsInWords, failureRate, type Detection } from '@testimony/contracts';
import { chanceOfExcess } from '../statistics/fisher';
import { beliefOf, byConditions, likelyPatterns, openFailure, sums, type Subject } from './subject';

/** Said to be flaky from here on: of ten tests said so, at most one is wrong by the model's own account. */
const FLAKY_FROM = 0.9;
/** A test without a failure is said to be stable below this; above it, reading its source speaks too loudly. */
const STABLE_TO = 0.15;
/** Failing always means more than once. */
const FEWEST_FAILURES = 2;
/** A condition is named when chance would hardly heap the failures so, over all conditions tried (O. J. Dunn 1961). */
const CHANCE = 0.05;

export type Polluter = NonNullable<Detection['polluter']>;

/** What the runs say of a test, in words with the numbers. */
export function conclude(subject: Subject, polluter?: Polluter): Detection {
  const { failed, passed } = sums(subject);
  const runs = failed + passed;
  const belief = beliefOf(subject);
  const conditions = byConditions(subject);
  const excused = subject.seen.filter((one) => one.counts === 'entitled' || one.counts === 'open');
  const verdict = polluter ? 'flaky' : verdictOf(failed, passed, belief.flaky, openFailure(subject) !== undefined);
  const { test } = subject;
  const common = {
    testId: test.id,
    name: test.name,
    file: test.module,
    verdict,
    probability: polluter ? Math.max(belief.flaky, 0.99) : belief.flaky,
    runs: subject.runs,
    failed,
    conditions,
    patterns: likelyPatterns(subject),
    ...(polluter && { polluter }),
  } as const;
  const excuse =
    excused.length > 0
      ? ` ${excused.length === 1 ? 'One failure' : `${excused.length} failures`} under conditions under which a correct test may fail ${excused.length === 1 ? 'does' : 'do'} not count.`
      : '';
  const unavailable = runs === 0 && Object.keys(subject.lost).length > 0 ? ' No attempt under conditions gave an answer.' : '';
  return { ...common, reason: `${sentence()}${excuse}${unavailable}` };

  /** What the failures have in common, if that is more than chance: of the conditions tried, some are always the worst. */
  function where(): string {
    const telling = conditions.filter((one) => {
      if (one.failed === 0) return false;
      if (one.conditions.clock !== undefined) return true; // Its control, the same way off but for the moment, passed.
      return chanceOfExcess(one, { runs: runs - one.runs, failed: failed - one.failed }) * conditions.length <= CHANCE;
    });
    const [worst] = telling;
    return worst
      ? `most of all ${conditionsInWords(worst.conditions)} (${worst.failed} of ${worst.runs})`
      : 'under no conditions clearly more often than under others';
  }

  function sentence(): string {
    const p = `P(flaky) ${belief.flaky.toFixed(3)}`;
    switch (verdict) {
      case 'flaky': {
        const { low, high } = failureRate({ runs, failed });
        const order = polluter
          ? ` It fails after ${polluter.name} (${polluter.withIt.failed} of ${polluter.withIt.runs}) and not without it (${polluter.withoutIt.failed} of ${polluter.withoutIt.runs}).`
          : '';
        return `It failed in ${failed} of ${runs} runs (95 %: ${percent(low)} to ${percent(high)}) and passed in the others, ${where()}; ${p}.${order}`;
      }
      case 'broken':
        return `It failed in all ${runs} runs.`;
      case 'stable':
        return `It passed in all ${runs} runs; ${p}.`;
      case 'unknown':
        return failed === 0
          ? `It passed in all ${runs} runs, which are too few for what its source suggests; ${p}.`
          : `It failed in ${failed} of ${runs} runs, which is not enough to tell; ${p}.`;
      default: {
        const impossible: never = verdict;
        return impossible;
      }
    }
  }
}

function verdictOf(failed: number, passed: number, flaky: number, isOpen: boolean): Detection['verdict'] {
  if (failed > 0 && passed > 0) return flaky >= FLAKY_FROM ? 'flaky' : 'unknown';
  if (failed >= FEWEST_FAILURES) return 'broken';
  return failed === 0 && passed > 0 && !isOpen && flaky <= STABLE_TO ? 'stable' : 'unknown';
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
