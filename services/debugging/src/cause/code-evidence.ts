import type { Hunk, ReachedCode } from '@testimony/code-analysis';
import type { Evidence } from '@testimony/contracts';
import type { Spectrum } from './spectrum';
import { ochiai } from './spectrum';

/** A request of the failing test with the code that it runs through. */
export interface ReachedEndpoint {
  readonly shape: string;
  /** See `AskedShape`. */
  readonly weight: number;
  readonly code: readonly ReachedCode[];
  readonly files: ReadonlyMap<string, number>;
}

/** Changed lines in code that runs, by the calls between the handler and it: what lies deep is shared by more. */
const REACHED_BY_DEPTH = [2.6, 2.5, 2.2, 1.9, 1.5, 1.2, 1];
const DEEPEST = 0.8;
/** The file runs, other lines of it changed. */
const SAME_FILE = 0.3;
const IMPORTED = -0.3;
const SAME_SERVICE = -1.2;
const ELSEWHERE = -2.2;
/** Guards, pipes and filters run for every request without being called by name; these classes of failure are what they answer with. */
const CROSS_CUTTING_SHARE = 0.4;
/** Middleware that let the request through, as any other answer shows, seldom is what is wrong with it. */
const AROUND = -1.2;
/** Types are gone when the code runs; a change of one goes with a change elsewhere. */
const TYPE_ONLY = -2;

export interface ReachOfChange {
  readonly evidence: Evidence;
  readonly endpoint?: ReachedEndpoint;
  readonly code?: ReachedCode;
}

/** How a change of these lines meets the code that the failing test runs through. */
export function reachOf(
  file: string,
  hunks: readonly Pick<Hunk, 'lines'>[],
  endpoints: readonly ReachedEndpoint[],
  options: { readonly sameService: boolean; readonly crossCutting: boolean },
): ReachOfChange | undefined {
  if (endpoints.length === 0) return undefined;
  let best: { readonly weight: number; readonly endpoint: ReachedEndpoint; readonly code: ReachedCode } | undefined;
  for (const endpoint of endpoints)
    for (const code of endpoint.code) {
      if (code.file !== file || !hunks.some(({ lines }) => lines.from <= code.to && lines.to >= code.from)) continue;
      const weight =
        (REACHED_BY_DEPTH[code.depth] ?? DEEPEST) +
        endpoint.weight +
        (code.around && !options.crossCutting ? AROUND : 0) +
        (code.typeOnly ? TYPE_ONLY : 0);
      if (!best || weight > best.weight) best = { weight, endpoint, code };
    }
  if (best) {
    const { endpoint, code } = best;
    const how =
      code.depth === 0
        ? `is the handler of ${endpoint.shape}`
        : `${code.name} (lines ${code.from}-${code.to}) is run by ${endpoint.shape}, ${code.depth} ${code.depth === 1 ? 'call' : 'calls'} below its handler`;
    return { evidence: { fact: `changed lines are in code that the test runs: ${how}`, weight: best.weight }, endpoint, code };
  }
  const runs = endpoints.find(({ code }) => code.some((each) => each.file === file));
  if (runs)
    return {
      evidence: { fact: `${runs.shape} runs other functions of this file than those that changed`, weight: SAME_FILE + runs.weight },
      endpoint: runs,
    };
  const imports = endpoints.find(({ files }) => files.has(file));
  if (imports) {
    const distance = imports.files.get(file) ?? 0;
    return {
      evidence: {
        fact: `the handler's file of ${imports.shape} imports it (${distance} ${distance === 1 ? 'step' : 'steps'} away), but no call into the changed lines was found`,
        weight: IMPORTED,
      },
      endpoint: imports,
    };
  }
  const weight = (options.sameService ? SAME_SERVICE : ELSEWHERE) * (options.crossCutting ? CROSS_CUTTING_SHARE : 1);
  return {
    evidence: {
      fact: `no code that ${endpoints[0]?.shape ?? 'the test'} runs was found in it${options.sameService ? '' : ', and it belongs to another service'}`,
      weight,
    },
  };
}

/** Words shared by chance are shared with many files; this much of inverse document frequency is one unit of log-odds. */
const WORD_WEIGHT = 0.45;
const MAX_WORDS = 2.4;
const SHOWN_WORDS = 6;

/** Words of the failure that a change (or a piece of code) has, each weighed by how few of the `others` have it (K. Sparck Jones 1972: inverse document frequency). */
export function sharedWords(
  words: ReadonlySet<string>,
  failure: ReadonlyMap<string, number>,
  others: readonly ReadonlySet<string>[],
  what: string,
): Evidence | undefined {
  const shared = [...words]
    .filter((word) => failure.has(word))
    .map((word) => ({
      word,
      weight: (failure.get(word) ?? 0) * Math.log(1 + others.length / Math.max(1, others.filter((other) => other.has(word)).length)),
    }))
    .sort((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1));
  const sum = shared.reduce((total, { weight }, at) => total + weight / (1 + at / 2), 0);
  if (sum === 0) return undefined;
  return {
    fact: `${what} and the failure share ${shared
      .slice(0, SHOWN_WORDS)
      .map(({ word }) => `"${word}"`)
      .join(', ')}`,
    weight: Math.min(MAX_WORDS, WORD_WEIGHT * sum),
  };
}

/** Half of Ochiai's range is no news; from there it moves the odds by up to this. */
const SPECTRUM_WEIGHT = 2.2;
const NEUTRAL = 0.4;

/** Undefined where no passing test could say otherwise. */
export function spectrumEvidence(spectrum: Spectrum): Evidence | undefined {
  if (spectrum.failingThrough === 0 || spectrum.passing === 0) return undefined;
  const coefficient = ochiai(spectrum);
  return {
    fact: `${spectrum.failingThrough} of ${spectrum.failing} such failing and ${spectrum.passingThrough} of ${spectrum.passing} passing tests run through it (Ochiai ${coefficient.toFixed(2)})`,
    weight: SPECTRUM_WEIGHT * (coefficient - NEUTRAL),
  };
}
