import { failureRate, type Count, type GuardResult, type Mutation } from '@testimony/contracts';
import { ALONE } from '../detection/setting';
import { overlayOf, type Candidate, type Proving } from './candidate';
import { MOST_MUTANTS, mutantInWords, mutantsOf, wasApplied } from './mutants';
import { isSameFailure, signaturesOf } from './signature';
import { costOf, countOf, tryRepeatedly, type Tried } from './tries';

/** A mutant is killed when the test fails each time that the fault reached it. */
const TWICE = 2;
const MOST_TIMES = 12;
/** Runs without a fault in each round of mutants. */
const CONTROLS = 4;
/** Chance at most that the original's own flakiness is taken for a kill, of any of its mutants. */
const FALSE_KILL = 0.05;
/** Of the runs that are left, the share that the original's mutants may take. */
const SHARE = 0.35;
const FEWEST_MUTANTS = 4;
/** Of the candidate: it is given up at the first mutant lost, so in parts. */
const PART = 8;
/** A fault that was missed once is noticed so often in a row: what misses it in half of the runs gets through with 3 %. */
const TIMES_BY_ITSELF = 5;

export interface Kills {
  readonly tried: number;
  readonly killed: readonly Mutation[];
}

/**
 * Which faults of the product the original notices, under ordinary conditions. Made once for all candidates of a test. The original also runs without
 * any fault, among the others: how often it fails by itself depends on how busy the machine is at this very time.
 */
export async function killsOf(proving: Proving): Promise<Kills> {
  const { attempts, tests, edited, passing, reproduction } = proving;
  const cost = costOf(ALONE, edited, tests);
  const affordable = Math.floor((attempts.left() * SHARE) / (cost * TWICE * 2));
  if (affordable < FEWEST_MUTANTS) return { tried: 0, killed: [] };
  const mutants = mutantsOf(passing, Math.min(MOST_MUTANTS, affordable));
  const known = signaturesOf(reproduction.failures);
  const killed: Mutation[] = [];
  let ordinary: Count = proving.normal;
  let open = mutants.map((mutant) => ({ mutant, unlike: 0 }));
  for (let time = 1; time <= MOST_TIMES && open.length > 0; time++) {
    const asked = [...open.map(({ mutant }) => mutant), ...Array<undefined>(CONTROLS).fill(undefined)];
    if (asked.length * cost > attempts.left() * SHARE) break;
    const outcomes = await tryMutants(
      proving,
      asked,
      `Which faults of the product does ${edited.name} notice (${time} of at most ${MOST_TIMES})?`,
    );
    const controls = countOf(outcomes.slice(open.length));
    ordinary = { runs: ordinary.runs + controls.runs, failed: ordinary.failed + controls.failed };
    const times = timesToBeSure(rateOf(ordinary, reproduction.stressed), mutants.length);
    open = open.flatMap(({ mutant, unlike }, i) => {
      const outcome = outcomes[i];
      if (!noticed(mutant, outcome)) return [];
      // A failure unlike the flake's is the mutant's; one like it may be either's, and only its coming each time tells.
      const failure = outcome?.attempt?.failure;
      const next = unlike + (failure && !isSameFailure(failure, known) ? 1 : 0);
      const isKilled = next >= TWICE || time >= times;
      if (isKilled) killed.push(mutant);
      return isKilled ? [] : [{ mutant, unlike: next }];
    });
  }
  return { tried: mutants.length, killed };
}

/** How often the original fails by itself, at worst: under ordinary conditions, or as when it was reproduced while those were hardly tried. */
function rateOf(normal: Count, stressed: Count): number {
  const ordinary = failureRate(normal).high;
  return Math.min(ordinary, Math.max((stressed.failed + 0.5) / (stressed.runs + 1), (normal.failed + 0.5) / (normal.runs + 1)));
}

/** Failures in a row that flakiness alone gives to any of the mutants with so small a chance (Bonferroni); more than `MOST_TIMES` where it fails too often to tell. */
function timesToBeSure(rate: number, mutants: number): number {
  const chance = FALSE_KILL / Math.max(mutants, 1);
  return Math.max(TWICE, Math.ceil(Math.log(chance) / Math.log(Math.min(Math.max(rate, 0.01), 0.99))));
}

/** Whether the candidate notices each fault that the original noticed. */
export async function checkFaults(
  proving: Proving,
  candidate: Candidate,
  kills: Kills,
): Promise<{ readonly result: GuardResult; readonly refuted: boolean }> {
  const numbers = { mutants: kills.tried, killedBefore: kills.killed.length };
  if (kills.killed.length === 0) {
    const evidence =
      kills.tried === 0
        ? 'No fault of the product could be tried: the test got no answer that can be changed, or too few runs were left.'
        : `The original notices none of ${kills.tried} faults of the product, so nothing shows whether the edit takes anything away.`;
    return { result: { guard: 'faults', ok: false, evidence, numbers }, refuted: false };
  }
  const question = `Does the edited ${proving.edited.name} still notice these faults of the product?`;
  let byItself = 0;
  for (let from = 0; from < kills.killed.length; from += PART) {
    const part = kills.killed.slice(from, from + PART);
    const twice = part.flatMap((mutant) => Array<Mutation>(TWICE).fill(mutant));
    const outcomes = await tryMutants(proving, twice, question, candidate);
    const first = twice.flatMap((mutant, i) => (noticed(mutant, outcomes[i]) ? [] : [{ mutant, outcome: outcomes[i] }]));
    const missed = await stillMissed(proving, first, question, candidate);
    byItself += new Set(first.map(({ mutant }) => mutant)).size;
    if (!missed) continue;
    const { mutant, outcome } = missed;
    const how =
      outcome?.outcome === 'failed'
        ? 'it does not ask for what the fault is in any more'
        : outcome?.outcome === 'passed'
          ? 'it passed'
          : 'it gave no answer';
    return {
      result: {
        guard: 'faults',
        ok: false,
        evidence: `The original notices ${kills.killed.length} of ${kills.tried} faults of the product; the edited test no longer notices ${mutantInWords(mutant)}: ${how}.`,
        numbers: { ...numbers, checked: from + part.length },
      },
      refuted: outcome?.outcome !== 'lost',
    };
  }
  return {
    result: {
      guard: 'faults',
      ok: true,
      evidence: `All ${kills.killed.length} of ${kills.tried} faults of the product that the original notices are noticed by the edited test, in ${TWICE} of ${TWICE} runs each${byItself > 0 ? `, ${byItself} of them only with nothing beside it, in ${TIMES_BY_ITSELF} of ${TIMES_BY_ITSELF}` : ''}.`,
      numbers: { ...numbers, killedAfter: kills.killed.length },
    },
    refuted: false,
  };
}

interface Missed {
  readonly mutant: Mutation;
  readonly outcome: Tried | undefined;
}

/**
 * The first fault that is missed again with nothing else running. The others were missed for what ran beside: a wrong id, for one, may be that of
 * a record which another run makes meanwhile. What misses a fault for its own sake misses it here too.
 */
async function stillMissed(
  proving: Proving,
  missed: readonly Missed[],
  question: string,
  candidate: Candidate,
): Promise<Missed | undefined> {
  for (const { mutant, outcome } of new Map(missed.map((one) => [one.mutant, one])).values()) {
    if (proving.attempts.left() < TIMES_BY_ITSELF * costOf(ALONE, proving.edited, proving.tests)) return { mutant, outcome };
    const again = Array<Mutation>(TIMES_BY_ITSELF).fill(mutant);
    const outcomes = await tryMutants({ ...proving, width: 1 }, again, question, candidate);
    const at = again.findIndex((_, i) => !noticed(mutant, outcomes[i]));
    if (at >= 0) return { mutant, outcome: outcomes[at] };
  }
  return undefined;
}

function tryMutants(
  { attempts, tests, edited, width }: Proving,
  mutants: readonly (Mutation | undefined)[],
  question: string,
  candidate?: Candidate,
): Promise<Tried[]> {
  return tryRepeatedly({
    attempts,
    tests,
    question,
    test: edited,
    setting: ALONE,
    times: mutants.length,
    width,
    ...(candidate && { changes: overlayOf(candidate) }),
    each: (n) => {
      const mutation = mutants[n];
      return mutation ? { mutation } : {};
    },
  });
}

function noticed(mutant: Mutation, tried: Tried | undefined): boolean {
  return tried?.outcome === 'failed' && tried.attempt !== undefined && wasApplied(mutant, tried.attempt);
}
