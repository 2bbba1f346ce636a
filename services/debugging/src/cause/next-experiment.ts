import type { Analysis, Attempt, Cause, Conditions, Count } from '@testimony/contracts';
import type { FailureFacts } from '../failure/failure-facts';
import { countOf } from './counts';

/** Below this the likeliest cause is a guess. */
const SURE_ENOUGH = 0.7;
/** 1 - .05^(1/10) = .26: ten clean runs bound the failure rate below 26 % at 95 %; fewer hardly tell a flake from a fault. */
const RUNS = 10;

const CODE: ReadonlySet<Cause['kind']> = new Set(['changed_code', 'product_code']);

export interface KnownSoFar {
  readonly attempts: readonly Attempt[];
  readonly base: Count | undefined;
  readonly canUseBase: boolean;
  /** What was not there to look at, in sentences. */
  readonly missing: readonly string[];
}

/** The experiment whose outcomes differ most between the two likeliest kinds of cause; undefined when one is likely enough. */
export function nextExperiment(facts: FailureFacts, causes: readonly Cause[], known: KnownSoFar): Analysis['moreInformationNeeded'] {
  const [first] = causes;
  if (first && first.kind !== 'unknown' && first.probability >= SURE_ENOUGH) return undefined;
  const byKind = new Map<Cause['kind'], number>();
  for (const { kind, probability } of causes) byKind.set(kind, (byKind.get(kind) ?? 0) + probability);
  const chance = (kind: Cause['kind']): number => byKind.get(kind) ?? 0;
  const code = chance('changed_code') + chance('product_code');
  const why = [
    first && first.kind !== 'unknown'
      ? `the likeliest cause (${first.kind.replaceAll('_', ' ')}) has a probability of ${first.probability.toFixed(2)} only`
      : 'no named cause is likelier than one that nobody thought of',
    ...known.missing,
  ].join('; ');
  const alone = countOf(known.attempts, ({ conditions }) => conditions.isolated && conditions.revision !== 'base');
  const isolated: Conditions = { isolated: true };

  if (chance('outage') > 0.25)
    return { why, experiment: 'Run it again when the system under test answers: if it passes, it was the outage.', conditions: isolated };
  if (chance('data_left_behind') > 0.15 && alone.runs === 0)
    return {
      why,
      experiment:
        'Run it alone in a fresh process, and on fresh data if it can be: if it passes, something that ran before it left data or state behind.',
      conditions: isolated,
    };
  if (chance('environment') > 0.15 && /\b(?:date|time|zone|day|month|year|utc)\b/i.test(facts.message))
    return {
      why,
      experiment: 'Run it with the time zone of Kiritimati (UTC+14): if the outcome changes, it depends on clock or zone.',
      conditions: { isolated: true, timeZone: 'Pacific/Kiritimati' },
    };
  if (known.canUseBase && (known.base === undefined || known.base.runs === 0) && code > 0.2)
    return {
      why,
      experiment: `Run it ${RUNS} times against the base revision: if it passes there, the change is the cause; if it fails, it is not.`,
      conditions: { isolated: true, revision: 'base' },
    };
  if (chance('flaky') > 0.15 || alone.runs < 2) {
    if (facts.class === 'timeout')
      return {
        why,
        experiment: `Run it ${RUNS} times with endless loops beside it: if it fails more often than without, a limit of time is too tight.`,
        conditions: { isolated: true, cpuStress: 2 },
      };
    return {
      why,
      experiment: `Run it ${RUNS} times alone under the same conditions: if it passes even once, it depends on more than the code.`,
      conditions: isolated,
    };
  }
  const places = causes.filter(({ kind, file }) => CODE.has(kind) && file !== undefined);
  const [one, other] = places;
  if (one && other)
    return { why, experiment: `Run it with the change of ${one.file} taken back: if it still fails, look at ${other.file} next.` };
  return {
    why,
    experiment: 'Run it with more logging around the failing request: what the service did is not seen from outside.',
    conditions: isolated,
  };
}
