import { conditionsKey, type Attempt, type Conditions, type Count, type FlakePattern, type TestCase } from '@testimony/contracts';
import type { TrialOutcome } from '../experiments';
import { believe, information, type Belief, type PatternPrior, type SlotCount } from './belief';
import type { Choice } from './menu';
import type { Setting } from './setting';

/** Sure enough to stop: that it is flaky, or that it is not. */
const SURE_FLAKY = 0.97;
const SURE_BROKEN = 0.97;
const SURE_STABLE = 0.003;
/** Conditions that were twice not to be had (the framework cannot bring them about) are not asked for again. */
const MOST_LOST = 2;

export interface Observation {
  readonly setting: Choice;
  readonly outcome: 'passed' | 'failed';
  readonly attempt?: Attempt;
  /** `entitled`: a correct test may fail so; it says nothing. `open`: to be checked first. */
  readonly counts: 'yes' | 'entitled' | 'open' | 'control';
}

/** One test under detection: what was seen of it. A value; `observe` gives the next. */
export interface Subject {
  readonly test: TestCase;
  readonly patterns: readonly PatternPrior[];
  readonly runs: number;
  readonly seen: readonly Observation[];
  /** By slot: how often it could not be brought about. */
  readonly lost: Readonly<Record<string, number>>;
}

export function newSubject(test: TestCase, patterns: readonly PatternPrior[]): Subject {
  return { test, patterns, runs: 0, seen: [], lost: {} };
}

/** What speaks of time: only there may a correct test fail for being slowed down, since it is entitled to limits. */
export function limitsTime(attempt: Attempt | undefined): boolean {
  const failure = attempt?.failure;
  if (!failure) return false;
  return (
    failure.class === 'timeout' ||
    /\b(?:timed? ?out|deadline|too (?:slow|long)|end within|waited \d+ ms|less than|at most|faster|toBeLessThan\w*)\b/i.test(
      failure.message,
    )
  );
}

export function observe(subject: Subject, choice: Choice, outcome: Pick<TrialOutcome, 'outcome' | 'attempt'>): Subject {
  if (outcome.outcome === 'lost' || outcome.outcome === 'skipped') {
    return { ...subject, lost: { ...subject.lost, [choice.slot]: (subject.lost[choice.slot] ?? 0) + 1 } };
  }
  const { outcome: result, attempt } = outcome;
  const seen: Observation = {
    setting: choice,
    outcome: result,
    attempt,
    counts: result === 'failed' ? failureCounts(subject, choice, attempt) : 'yes',
  };
  return { ...subject, runs: subject.runs + 1, seen: [...subject.seen, seen] };
}

/** Of the check of an open failure: it settles what the failure counts for. */
export function observeCheck(subject: Subject, checked: Choice, outcome: Pick<TrialOutcome, 'outcome' | 'attempt'>): Subject {
  const settle = (counts: 'yes' | 'entitled'): readonly Observation[] =>
    subject.seen.map((one) => (one.counts === 'open' && one.setting.slot === checked.slot ? { ...one, counts } : one));
  if (outcome.outcome === 'lost' || outcome.outcome === 'skipped') return { ...subject, seen: settle('entitled') };
  const failed = outcome.outcome === 'failed';
  const isClock = checked.kind === 'clock';
  const check: Observation = {
    setting: checked.check ?? checked,
    outcome: failed ? 'failed' : 'passed',
    attempt: outcome.attempt,
    counts: isClock ? 'control' : 'yes',
  };
  // A clock's control passes: the moment matters. A mild pressure fails as well: no correct test may.
  const seen = settle(isClock === !failed ? 'yes' : 'entitled');
  return { ...subject, runs: subject.runs + 1, seen: [...seen, check] };
}

function failureCounts(subject: Subject, choice: Choice, attempt: Attempt | undefined): Observation['counts'] {
  if (!choice.check) return 'yes';
  if (choice.only === 'when limits time' && !limitsTime(attempt)) return 'yes';
  const before = subject.seen.find((one) => one.setting.slot === choice.slot && one.outcome === 'failed');
  return before?.counts ?? 'open';
}

/** The failure that waits for its check. */
export function openFailure(subject: Subject): Choice | undefined {
  return subject.seen.find((one) => one.counts === 'open')?.setting;
}

export function countsOf(subject: Subject): SlotCount[] {
  const counts = new Map<string, { slot: string; kind: Setting['kind']; runs: number; failed: number }>();
  for (const { setting, outcome, counts: does } of subject.seen) {
    if (does !== 'yes') continue;
    const count = counts.get(setting.slot) ?? { slot: setting.slot, kind: setting.kind, runs: 0, failed: 0 };
    count.runs += 1;
    if (outcome === 'failed') count.failed += 1;
    counts.set(setting.slot, count);
  }
  return [...counts.values()];
}

export function beliefOf(subject: Subject): Belief {
  return believe(subject.patterns, countsOf(subject));
}

export function isSure(subject: Subject): boolean {
  if (openFailure(subject)) return false;
  const { failed, passed } = sums(subject);
  const belief = beliefOf(subject);
  if (belief.flaky >= SURE_FLAKY) return failed > 0 && passed > 0;
  return belief.broken >= SURE_BROKEN || belief.flaky <= SURE_STABLE;
}

export function sums(subject: Subject): { readonly failed: number; readonly passed: number } {
  const counts = countsOf(subject);
  const failed = counts.reduce((sum, count) => sum + count.failed, 0);
  return { failed, passed: counts.reduce((sum, count) => sum + count.runs, 0) - failed };
}

/** A failure at another clock needs a second run to count, and counts in half of the cases. */
const CLOCK_DISCOUNT = 0.7;

/** A correct test failed so: the slot says nothing of this one. One that compares its clock with the system's fails at any other clock. */
function isMoot({ seen }: Subject, { slot, kind }: Pick<Setting, 'slot' | 'kind'>): boolean {
  return seen.some((one) => one.counts === 'entitled' && (one.setting.slot === slot || (kind === 'clock' && one.setting.kind === 'clock')));
}

/** What one more run in this way is expected to tell; 0 where it cannot be had. */
export function worth(subject: Subject, { slot, kind }: Pick<Setting, 'slot' | 'kind'>): number {
  if ((subject.lost[slot] ?? 0) >= MOST_LOST || isMoot(subject, { slot, kind })) return 0;
  return information(beliefOf(subject), countsOf(subject), slot, kind) * (kind === 'clock' ? CLOCK_DISCOUNT : 1);
}

/** Outcomes by conditions, the most failing first; those that a correct test may fail under are left out. */
export function byConditions(subject: Subject): { readonly conditions: Conditions; readonly runs: number; readonly failed: number }[] {
  const groups = new Map<string, { conditions: Conditions; runs: number; failed: number }>();
  for (const { setting, outcome, attempt, counts } of subject.seen) {
    if (counts === 'entitled' || counts === 'open') continue;
    const conditions = attempt?.conditions ?? setting.conditions;
    const key = `${conditionsKey(conditions)} ${conditions.order?.sequence ?? ''}`;
    const group = groups.get(key) ?? { conditions, runs: 0, failed: 0 };
    group.runs += 1;
    if (outcome === 'failed') group.failed += 1;
    groups.set(key, group);
  }
  return [...groups.values()].sort((a, b) => rate(b) - rate(a) || b.runs - a.runs);
}

/** Patterns that what was seen makes likely, the likeliest first; at most three. */
export function likelyPatterns(subject: Subject): FlakePattern[] {
  return [...beliefOf(subject).causes]
    .filter(([, p]) => p >= 0.15)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3)
    .map(([pattern]) => pattern);
}

function rate({ runs, failed }: Count): number {
  return failed / Math.max(1, runs);
}
