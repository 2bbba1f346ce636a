import { isWrite, type TestWords } from '../risk/risk-of';
import { accessWord, wordsOf } from '../risk/words';
import type { KnownEndpoint } from './match-endpoint';

/** One call of a test, with the endpoint of the manifest that it reaches. */
export interface ReachedCall {
  readonly endpoint: string;
  /** In the test's own file rather than in a helper. */
  readonly own: boolean;
  readonly reaches?: KnownEndpoint;
}

/**
 * The call that a test is about. Most tests log in and make what they need first, so not every call speaks for them: first comes what shares
 * words with the test's name, description and tags, then what stands in the test's own file, then what writes; a login only when there is nothing else.
 */
export function subjectOf(test: TestWords, calls: readonly ReachedCall[]): ReachedCall | undefined {
  const words = new Set(
    wordsOf([test.name, test.description, test.tags.join(' '), test.file.slice(test.file.lastIndexOf('/') + 1)].join(' ')),
  );
  const rated = calls.map((call) => ({ call, rating: rate(call, words) }));
  rated.sort((a, b) => b.rating - a.rating || (a.call.endpoint < b.call.endpoint ? -1 : 1));
  return rated[0]?.call;
}

function rate(call: ReachedCall, words: ReadonlySet<string>): number {
  const path = call.endpoint.replace(/^\S+ /, '');
  const handler = call.reaches?.endpoint.name.split('.').at(-1) ?? '';
  const shared = new Set(wordsOf(`${path} ${handler}`).filter((word) => words.has(word))).size;
  const prepares = accessWord(path) !== undefined && shared === 0;
  return shared * 2 + (call.own ? 3 : 0) + (isWrite(call.endpoint) ? 1 : 0) + (call.reaches ? 0.5 : 0) - (prepares ? 4 : 0);
}
