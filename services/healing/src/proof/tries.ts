import type { Attempt, Conditions, TestCase } from '@testimony/contracts';
import type { Attempts } from '../detection/attempts';
import { withNeeds } from '../detection/orders';
import { lanesOf, type Setting } from '../detection/setting';
import type { Trial, TrialOutcome } from '../experiments';

export interface Tries {
  readonly attempts: Attempts;
  readonly tests: ReadonlyMap<string, TestCase>;
  readonly question: string;
  readonly test: TestCase;
  readonly setting: Setting;
  readonly times: number;
  /** How many may run at once; 1 where a test is in its own way. */
  readonly width: number;
  readonly changes?: Partial<Conditions>;
  /** Changes of the n-th try: another seed, another mutation. */
  readonly each?: (n: number) => Partial<Conditions>;
}

/** Attempts lost with a worker are made again so often. */
const MOST_AGAIN = 2;

export interface Tried {
  readonly outcome: 'passed' | 'failed' | 'lost';
  readonly attempt?: Attempt;
}

/** Tries a test so many times under one setting; in their order. */
export async function tryRepeatedly(tries: Tries): Promise<Tried[]> {
  const results = Array.from({ length: tries.times }, (): Tried => ({ outcome: 'lost' }));
  let open = results.map((_, n) => n);
  for (let again = 0; again <= MOST_AGAIN && open.length > 0; again++) {
    const outcomes = await tryOnce(tries, open, again);
    open.forEach((n, i) => {
      const found = outcomes[i];
      if (found)
        results[n] = { outcome: found.outcome === 'skipped' ? 'lost' : found.outcome, ...(found.attempt && { attempt: found.attempt }) };
    });
    const lost = open.filter((n) => results[n]?.outcome === 'lost');
    // All lost: the conditions are not to be had, and asking again changes nothing.
    if (lost.length === open.length) break;
    open = lost;
  }
  return results;
}

async function tryOnce(tries: Tries, numbers: readonly number[], again: number): Promise<(TrialOutcome | undefined)[]> {
  const { attempts, tests, question, test, width, changes, each } = tries;
  const setting = settingFor(tries.setting, test, tests);
  const lanes: Trial[][] = Array.from({ length: Math.max(1, Math.min(width, numbers.length)) }, () => []);
  const places: { lane: number; place: number }[] = [];
  const beside: Trial[][] = (setting.beside ?? []).map(() => []);
  numbers.forEach((n, i) => {
    const lane = i % lanes.length;
    const [own, ...others] = lanesOf(test.id, setting, `${setting.slot}-${n}-${again}`, { ...changes, ...each?.(n) });
    lanes[lane]?.push(...(own ?? []));
    places.push({ lane, place: (lanes[lane]?.length ?? 0) - 1 });
    others.forEach((other, k) => beside[k]?.push(...other));
  });
  const outcomes = await attempts.run(question, [...lanes, ...beside]);
  return places.map(({ lane, place }) => outcomes[lane]?.[place]);
}

/** A test that needs others runs after them. */
function settingFor(setting: Setting, test: TestCase, tests: ReadonlyMap<string, TestCase>): Setting {
  const needs = withNeeds(test.id, tests).slice(0, -1);
  if (needs.length === 0) return setting;
  return { ...setting, before: [...new Set([...(setting.before ?? []), ...needs])] };
}

export function countOf(tried: readonly Tried[]): { readonly runs: number; readonly failed: number } {
  const failed = tried.filter(({ outcome }) => outcome === 'failed').length;
  return { runs: failed + tried.filter(({ outcome }) => outcome === 'passed').length, failed };
}

/** Attempts that a number of tries costs under a setting. */
export function costOf(setting: Setting, test: TestCase, tests: ReadonlyMap<string, TestCase>): number {
  const { before = [], beside = [] } = settingFor(setting, test, tests);
  return 1 + before.length + beside.length;
}
