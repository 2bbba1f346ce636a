import type { Count } from '@testimony/contracts';

/** Runs the victim after these tests, all in one process, and says how it ended. Undefined: no answer. */
export type RunAfter = (before: readonly string[]) => Promise<'passed' | 'failed' | undefined>;

export interface PollutionSearch {
  /** What ran before the victim when it failed, in that order. */
  readonly before: readonly string[];
  readonly run: RunAfter;
  /** Runs of the victim at most. */
  readonly maxRuns: number;
  /** How often all of them are tried before it is given up; 6 without it. */
  readonly tries?: number;
}

export type PollutionFound =
  /** `polluters`: with all of these before it the victim fails, with any of them left out it was not seen to. */
  | { readonly kind: 'found'; readonly polluters: readonly string[]; readonly withIt: Count; readonly withoutIt: Count }
  | { readonly kind: 'not-found'; readonly reason: string; readonly withAll: Count; readonly alone: Count };

/** The failing order is tried so often before anything is concluded from it. */
const OPENING_RUNS = 2;
/** Chance at most that a subset with the polluter in it is taken for harmless. */
const MISS = 0.05;
/** A subset is tried so often at most; a victim that fails more rarely after its polluter is not searched further. */
const MOST_TRIES = 6;
const CONFIRMATIONS = 2;
/** Chance at most that a test which fails by itself at the rate seen with the others passes each of its runs without them. */
const CHANCE = 0.02;
/** Failing in two runs of two does not make a rate of 1: with (k + 1) / (n + 2) (Laplace) it is three of four. */
const SUREST_RATE = 0.75;

/**
 * The smallest part of what ran before that still makes the victim fail: delta debugging (A. Zeller, R. Hildebrandt 2002, `ddmin`), as
 * iFixFlakies (A. Shi et al. 2019) does it for order-dependent tests. A subset is tried as often as the rate seen makes necessary.
 * What was found is confirmed both ways: the victim fails after it and passes without it.
 */
export async function findPolluters({ before, run, maxRuns, tries: opening = MOST_TRIES }: PollutionSearch): Promise<PollutionFound> {
  let left = maxRuns;
  const withAll = { runs: 0, failed: 0 };
  const alone = { runs: 0, failed: 0 };
  const tryOnce = async (ids: readonly string[], count?: { runs: number; failed: number }): Promise<boolean> => {
    if (left <= 0) return false;
    left -= 1;
    const outcome = await run(ids);
    if (outcome === undefined) return false;
    if (count) count.runs += 1;
    if (count && outcome === 'failed') count.failed += 1;
    return outcome === 'failed';
  };
  for (let i = 0; i < OPENING_RUNS; i++) await tryOnce([], alone);
  if (alone.failed > 0) return { kind: 'not-found', reason: 'it fails without any of them as well', withAll, alone };
  for (let i = 0; i < OPENING_RUNS || (withAll.failed === 0 && i < opening); i++) await tryOnce(before, withAll);
  if (withAll.failed === 0)
    return { kind: 'not-found', reason: 'it did not fail again in the order in which it had failed', withAll, alone };

  const rate = Math.min(withAll.failed / withAll.runs, 0.99);
  // A test that fails by chance would, at this rate, hardly pass so often in a row by itself; and its own runs are the cheap ones.
  const convincing = Math.ceil(Math.log(CHANCE) / Math.log(1 - Math.min(rate, SUREST_RATE)));
  while (alone.failed === 0 && alone.runs < convincing && left > 0) await tryOnce([], alone);
  if (alone.failed > 0) return { kind: 'not-found', reason: 'it fails without any of them as well', withAll, alone };
  const tries = withAll.failed === withAll.runs ? 1 : Math.min(MOST_TRIES, Math.ceil(Math.log(MISS) / Math.log(1 - rate)));
  const fails = async (ids: readonly string[]): Promise<boolean> => {
    for (let i = 0; i < tries; i++) if (await tryOnce(ids)) return true;
    return false;
  };
  const polluters = await ddmin(before, fails);

  const withIt = { runs: 0, failed: 0 };
  const withoutIt = { ...alone };
  for (let i = 0; i < CONFIRMATIONS; i++) {
    await tryOnce(polluters, withIt);
    await tryOnce(
      before.filter((id) => !polluters.includes(id)),
      withoutIt,
    );
  }
  if (withIt.failed === 0 || withoutIt.failed > 0) {
    const reason = left <= 0 ? 'the runs were spent before it was confirmed' : 'the one found was not confirmed both ways';
    return { kind: 'not-found', reason, withAll, alone };
  }
  return { kind: 'found', polluters, withIt, withoutIt };
}

async function ddmin(all: readonly string[], fails: (ids: readonly string[]) => Promise<boolean>): Promise<readonly string[]> {
  let current = all;
  let parts = 2;
  while (current.length >= 2) {
    const chunks = split(current, parts);
    // The later half first: what ran shortly before is likelier to be still in effect.
    const chunk = await first(chunks.toReversed(), fails);
    if (chunk) {
      current = chunk;
      parts = 2;
      continue;
    }
    const complements = chunks.length > 2 ? chunks.map((one) => current.filter((id) => !one.includes(id))) : [];
    const complement = await first(complements, fails);
    if (complement) {
      current = complement;
      parts = Math.max(parts - 1, 2);
    } else if (parts < current.length) {
      parts = Math.min(current.length, parts * 2);
    } else {
      break;
    }
  }
  return current;
}

async function first(
  sets: readonly (readonly string[])[],
  fails: (ids: readonly string[]) => Promise<boolean>,
): Promise<readonly string[] | undefined> {
  for (const set of sets) if (await fails(set)) return set;
  return undefined;
}

function split(ids: readonly string[], parts: number): string[][] {
  const size = Math.ceil(ids.length / parts);
  const chunks: string[][] = [];
  for (let from = 0; from < ids.length; from += size) chunks.push(ids.slice(from, from + size));
  return chunks;
}
