import type { ReachedCode } from '@testimony/code-analysis';
import type { Evidence } from '@testimony/contracts';
import type { FailureFacts } from '../failure/failure-facts';
import { wordsOf } from '../failure/words';
import { sharedWords, spectrumEvidence, type ReachedEndpoint } from './code-evidence';
import type { Hypothesis } from './hypothesis';
import type { Spectrum } from './spectrum';

/** Handlers mostly pass on; what they call decides; what lies deeper serves everybody. */
const BY_DEPTH = [0.3, 1, 0.5, 0.1];
const DEEPER = -0.4;
const NAMED_IN_FAILURE = 3;
/** More files than these cannot be told apart without a change to look at. */
const MAX_FILES = 40;
/** Without a known change it may be any code that runs; with one, code that did not change passed before. */
const PRIOR_WITHOUT_CHANGES = 0.6;
const PRIOR_WITH_CHANGES = -2.2;

/** Code that the failing test runs through, whether or not it changed: one hypothesis a file. */
export function productCode(
  facts: FailureFacts,
  endpoints: readonly ReachedEndpoint[],
  textOf: (code: ReachedCode) => string,
  spectrum: (file: string) => Spectrum,
  options: {
    /** The revision since which changes are known, as a sentence says it: `its last pass at 3f2a91c`. */
    readonly since?: string;
    readonly except: ReadonlySet<string>;
    readonly extra: readonly Evidence[];
  },
): Hypothesis[] {
  const byFile = new Map<
    string,
    { readonly endpoint: ReachedEndpoint; readonly code: ReachedCode; readonly weight: number; readonly words: Set<string> }
  >();
  for (const endpoint of endpoints)
    for (const code of endpoint.code) {
      if (code.typeOnly || options.except.has(code.file)) continue;
      const words = wordsOf(`${code.file} ${code.name} ${textOf(code)}`);
      const shared = [...words].reduce((sum, word) => sum + (facts.words.get(word) ?? 0), 0);
      const weight = (BY_DEPTH[code.depth] ?? DEEPER) + endpoint.weight;
      const known = byFile.get(code.file);
      // The place to look at first is the one that shares most with the failure; its file's weight is the best of its places.
      const worth = weight + Math.min(1.5, 0.1 * shared);
      const knownWorth = known
        ? known.weight + Math.min(1.5, 0.1 * [...known.words].reduce((sum, word) => sum + (facts.words.get(word) ?? 0), 0))
        : Number.NEGATIVE_INFINITY;
      if (worth > knownWorth) byFile.set(code.file, { endpoint, code, weight, words });
    }
  const files = [...byFile].slice(0, MAX_FILES);
  const all = files.map(([, { words }]) => words);
  const prior = (options.since !== undefined ? PRIOR_WITH_CHANGES : PRIOR_WITHOUT_CHANGES) - Math.log(Math.max(1, files.length));
  const text = `${facts.message}\n${facts.attempt?.failure?.stack ?? ''}\n${facts.attempt?.logs.join('\n') ?? ''}\n${facts.request?.responseBody ?? ''}`;
  return files.map(([file, { endpoint, code, weight, words }]): Hypothesis => {
    const evidence: (Evidence | undefined)[] = [
      {
        fact:
          code.depth === 0
            ? `it handles ${endpoint.shape}`
            : `${code.name} is run by ${endpoint.shape}, ${code.depth} ${code.depth === 1 ? 'call' : 'calls'} below its handler`,
        weight,
      },
      sharedWords(words, facts.words, all, 'its code'),
      spectrumEvidence(spectrum(file)),
      text.includes(file) ? { fact: 'the failure names this file', weight: NAMED_IN_FAILURE } : undefined,
      ...options.extra,
    ];
    return {
      kind: 'product_code',
      summary: `${endpoint.shape} runs ${code.name === endpoint.shape ? 'code' : code.name} in ${file}:${code.from}${options.since === undefined ? '; what changed in it is not known' : `, which has not changed since ${options.since}`}.`,
      file,
      line: code.from,
      prior,
      evidence: evidence.filter((each) => each !== undefined),
    };
  });
}
