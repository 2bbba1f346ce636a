import { conditionsInWords, type Attempt, type Count, type GuardResult, type TestCase } from '@testimony/contracts';
import type { Attempts } from '../detection/attempts';
import { failsIfFlaky, type SlotCount } from '../detection/belief';
import { menu, type Choice } from '../detection/menu';
import { ALONE, type Setting } from '../detection/setting';
import { beliefOf, countsOf, limitsTime, type Observation, type Subject } from '../detection/subject';
import { chanceOfExcess } from '../statistics/fisher';
import { costOf, countOf, tryRepeatedly, type Tried } from './tries';

export interface Reproduction {
  readonly setting: Setting;
  /** Of the original text under the setting, and under ordinary conditions. */
  readonly stressed: Count;
  readonly normal: Count;
  readonly failures: readonly Attempt[];
  /** A passing attempt under ordinary conditions. */
  readonly passing: Attempt;
  readonly evidence: GuardResult;
  /** With what was seen meanwhile. */
  readonly subject: Subject;
}

export interface ReproduceRequest {
  readonly attempts: Attempts;
  readonly tests: ReadonlyMap<string, TestCase>;
  readonly subject: Subject;
  /** Tests that must run before it, where detection named them. */
  readonly polluters?: readonly string[];
  /** Tests to run in other lanes meanwhile. */
  readonly company: readonly string[];
  /** Attempts under ordinary conditions that were seen elsewhere. */
  readonly ordinary: Count;
  /** Whether a failure is of the kind that is to be reproduced; another one says nothing of it. */
  readonly isLike: (attempt: Attempt) => boolean;
  readonly now: Date;
  readonly seed: number;
}

/** Tries of the original text at most: a failure seen once in twenty runs shows twice in so many with 80 %. */
const MOST_TRIES = 60;
const BATCH = 4;
/** Two failures: one alone may have been the machine's. */
const FEWEST_FAILURES = 2;
/** Under ordinary conditions a pass is waited for so long. */
const MOST_FOR_A_PASS = 12;

export type Reproducing =
  | { readonly kind: 'reproduced'; readonly found: Reproduction }
  | { readonly kind: 'not-reproduced'; readonly evidence: GuardResult; readonly subject: Subject };

/** Conditions that a test may fail under by its own chance as well; a clock has its own control, and after a polluter or not is tried both ways. */
const CHANCE_MAY_NAME: ReadonlySet<Setting['kind']> = new Set(['timeZone', 'randomSeed', 'latency', 'cpuStress', 'crowd']);
/** Of a difference to ordinary conditions that is chance alone. */
const CHANCE = 0.05;

interface Option {
  readonly choice: Choice;
  readonly seen: Tried[];
  dropped: boolean;
}

/**
 * Makes the original text fail again: four tries at a time under what is likeliest to make it fail by all that was seen, until it has
 * failed twice and passed once under the same conditions (or failed always, while it passes under ordinary ones).
 */
export async function reproduce(request: ReproduceRequest): Promise<Reproducing> {
  const { attempts, tests, subject, seed } = request;
  const { test } = subject;
  const options = optionsOf(request);
  const normal = { ...request.ordinary };
  const ordinaryPasses: Attempt[] = subject.seen.flatMap((one) =>
    one.setting.slot === ALONE.slot && one.outcome === 'passed' && one.attempt ? [one.attempt] : [],
  );
  const alone: Option = { choice: ALONE, seen: [], dropped: false };
  const tryAgain = async (setting: Setting, times: number): Promise<Tried[]> => {
    const tried = await tryRepeatedly({
      attempts,
      tests,
      question: `Can the failure of ${test.name} be reproduced?`,
      test,
      setting,
      times,
      width: 1,
      each: (n) => variation(setting, seed, tries + n),
    });
    if (setting.slot === ALONE.slot) {
      alone.seen.push(...tried);
      const count = countOf(tried);
      normal.runs += count.runs;
      normal.failed += count.failed;
      ordinaryPasses.push(...tried.flatMap(({ outcome, attempt }) => (outcome === 'passed' && attempt ? [attempt] : [])));
    }
    return tried;
  };
  /** The option itself, or ordinary conditions if it fails there as well: then the condition had nothing to do with it. */
  const withControl = async (option: Option): Promise<Option> => {
    const stressed = countOf(option.seen);
    const rate = (stressed.failed + 1) / (stressed.runs + 2); // Laplace
    const convincing = Math.min(MOST_FOR_A_PASS, Math.ceil(Math.log(CHANCE) / Math.log(1 - rate)));
    const isOpen = (): boolean =>
      normal.failed === 0
        ? normal.runs < convincing
        : countOf(alone.seen).failed < FEWEST_FAILURES && alone.seen.length < MOST_FOR_A_PASS && chanceOfExcess(stressed, normal) > CHANCE;
    while (isOpen() && costOf(ALONE, test, tests) <= attempts.left()) {
      const [tried] = await tryAgain(ALONE, 1);
      if (!tried || tried.outcome === 'lost') break;
    }
    const isSame = alone.seen.every(({ outcome, attempt }) => outcome !== 'failed' || (attempt !== undefined && request.isLike(attempt)));
    return isSame && countOf(alone.seen).failed >= FEWEST_FAILURES && chanceOfExcess(stressed, normal) > CHANCE ? alone : option;
  };
  let tries = 0;
  let best: Option | undefined;
  while (tries < MOST_TRIES) {
    const option = likeliest(options, request);
    if (!option || BATCH * costOf(option.choice, test, tests) > attempts.left()) break;
    const tried = await tryAgain(option.choice, BATCH);
    tries += BATCH;
    const count = countOf(tried);
    if (count.runs === 0) {
      option.dropped = true;
      continue;
    }
    // What a correct test may fail under reproduces nothing: the milder conditions take its place.
    const excused =
      option.choice.only === 'when limits time' && tried.some(({ outcome, attempt }) => outcome === 'failed' && limitsTime(attempt));
    if (excused && option.choice.check) {
      option.dropped = true;
      options.push({ choice: option.choice.check, seen: [], dropped: false });
      continue;
    }
    if (tried.some(({ outcome, attempt }) => outcome === 'failed' && attempt && !request.isLike(attempt))) {
      option.dropped = true;
      continue;
    }
    option.seen.push(...tried);
    const all = countOf(option.seen);
    if (all.failed < FEWEST_FAILURES) continue;
    if (option.choice.kind === 'clock' && option.choice.check) {
      const control = countOf(await tryAgain(option.choice.check, 1));
      if (control.runs === 0 || control.failed > 0) {
        option.dropped = true;
        continue;
      }
    }
    best = option;
    if (all.failed < all.runs) break;
    // It fails each time under these conditions: then ordinary ones must let it pass.
    if (option.choice.slot !== ALONE.slot) break;
  }
  if (best && CHANCE_MAY_NAME.has(best.choice.kind)) best = await withControl(best);
  while (best && ordinaryPasses.length === 0 && normal.runs < MOST_FOR_A_PASS && attempts.left() > 0) {
    if (countOf(await tryAgain(ALONE, 1)).runs === 0) break;
  }
  const passing = ordinaryPasses.at(-1);
  const counted = best && countOf(best.seen);
  if (!best || !counted || !passing) {
    const sums = countOf(options.flatMap((option) => option.seen));
    const why =
      best && !passing
        ? 'never passed under ordinary conditions'
        : `failed in ${sums.failed} of ${sums.runs} tries under ${options.filter((one) => one.seen.length > 0).length} kinds of conditions`;
    return {
      kind: 'not-reproduced',
      subject: seenToo(subject, options),
      evidence: {
        guard: 'reproduced',
        ok: false,
        evidence: `The original text ${why}: without a failure that can be had again, nothing can be proven.`,
        numbers: { tries, failed: sums.failed },
      },
    };
  }
  const failures = best.seen.flatMap(({ outcome, attempt }) => (outcome === 'failed' && attempt ? [attempt] : []));
  return {
    kind: 'reproduced',
    found: {
      setting: best.choice,
      stressed: counted,
      normal,
      failures,
      passing,
      subject: seenToo(subject, options),
      evidence: {
        guard: 'reproduced',
        ok: true,
        evidence: `The original text failed in ${counted.failed} of ${counted.runs} runs ${settingInWords(best.choice, tests)}; under ordinary conditions in ${normal.failed} of ${normal.runs}.`,
        numbers: { runs: counted.runs, failed: counted.failed, ordinaryRuns: normal.runs, ordinaryFailed: normal.failed },
      },
    },
  };
}

/** What differs from one try to the next, so that clean runs are not one run many times: random numbers, but for the seed that is known to fail. */
export function variation(setting: Setting, seed: number, n: number): { readonly randomSeed?: number } {
  if (setting.kind !== 'randomSeed') return {};
  const { randomSeed } = setting.conditions;
  return { randomSeed: n % 3 === 0 && randomSeed !== undefined ? randomSeed : seed + n };
}

export function settingInWords({ conditions, before = [], beside = [] }: Setting, tests: ReadonlyMap<string, TestCase>): string {
  const names = (ids: readonly string[]): string => ids.map((id) => tests.get(id)?.name ?? id).join(', ');
  const words = before.length > 0 ? `after ${names(before)} in one process` : conditionsInWords(conditions);
  return beside.length > 0 ? `${words}, while ${names(beside)} ran beside it` : words;
}

function seenToo(subject: Subject, options: readonly Option[]): Subject {
  const seen = options.flatMap(({ choice, seen: tried }) =>
    tried.flatMap(({ outcome, attempt }): Observation[] =>
      outcome === 'lost' ? [] : [{ setting: choice, outcome, counts: 'yes', ...(attempt && { attempt }) }],
    ),
  );
  return { ...subject, runs: subject.runs + seen.length, seen: [...subject.seen, ...seen] };
}

function optionsOf({ subject, polluters, company, now, seed }: ReproduceRequest): Option[] {
  const passed = subject.seen.flatMap((one) => (one.attempt && one.outcome === 'passed' ? [one.attempt.durationMs] : []));
  const choices: Choice[] = menu(now, passed.at(-1) ?? subject.test.estimatedDurationMs, seed);
  if (polluters && polluters.length > 0)
    choices.push({ slot: 'after its polluter', kind: 'sequence', conditions: { isolated: false }, before: polluters });
  if (company.length > 0) choices.push({ slot: 'in company', kind: 'crowd', conditions: { isolated: true }, beside: company });
  const options = choices.map((choice): Option => {
    const failing = subject.seen.find((one) => one.setting.slot === choice.slot && one.outcome === 'failed' && one.counts === 'yes');
    // The very seed or moment that failed.
    return { choice: failing ? { ...choice, conditions: failing.setting.conditions } : choice, seen: [], dropped: false };
  });
  for (const { setting, counts } of subject.seen) {
    const option = options.find((one) => one.choice.slot === setting.slot);
    if (option && counts === 'entitled') option.dropped = true;
  }
  return options;
}

/**
 * By the expected rate of the next try over its cost: a fix needs clean runs in inverse proportion to the rate, so that is what the whole
 * proof will cost.
 */
function likeliest(options: readonly Option[], { tests, subject, ordinary }: ReproduceRequest): Option | undefined {
  const belief = beliefOf(subject);
  const counts = countsOf(subject);
  let best: { option: Option; worth: number } | undefined;
  for (const option of options) {
    if (option.dropped) continue;
    const { slot, kind } = option.choice;
    const tried = countOf(option.seen);
    const known = slot === ALONE.slot ? ordinary : counts.find((one) => one.slot === slot);
    const all: SlotCount = { slot, kind, runs: (known?.runs ?? 0) + tried.runs, failed: (known?.failed ?? 0) + tried.failed };
    const rate =
      kind === 'sequence' ? 1 - tried.runs / (tried.runs + 2) + tried.failed / (tried.runs + 2) : failsIfFlaky(belief, [all], slot, kind);
    const worth = rate / (costOf(option.choice, subject.test, tests) * slowness(option.choice));
    if (!best || worth > best.worth) best = { option, worth };
  }
  return best?.option;
}

/** How much longer a run takes: most of it is the start of a process, which shares its core with the loops. */
function slowness({ conditions }: Setting): number {
  return 1 + (conditions.cpuStress ?? 0);
}
