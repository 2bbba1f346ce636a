import type { TestType } from '@testimony/contracts';
import { accessWord, wordsOf } from '../risk/words';
import type { TestWords } from '../risk/risk-of';

const SAID: readonly (readonly [type: TestType, words: readonly string[]])[] = [
  ['performance', ['performance', 'perf', 'load', 'latency', 'benchmark', 'throughput']],
  ['security', ['security']],
  ['e2e', ['e2e', 'journey', 'workflow']],
  ['regression', ['regression', 'bug']],
  ['unit', ['unit']],
  ['integration', ['integration']],
];
/** Words that a test of access uses; a test that only logs in first does not. */
const REFUSES = new Set([
  'refuse',
  'refused',
  'reject',
  'rejected',
  'deny',
  'denied',
  'forbid',
  'forbidden',
  'private',
  'unauthorized',
  'unauthorised',
  'nobody',
  'cannot',
  'only',
  'without',
  'need',
  'forged',
  'expire',
  '401',
  '403',
]);
/** A test that calls this many endpoints itself follows a way through the system. */
const JOURNEY_ENDPOINTS = 4;

/** What kind of test it is: by its tags, else by its words, else by how much of the system it touches. */
export function testTypeOf(test: TestWords, reach: { readonly services: number; readonly ownEndpoints: number }): TestType {
  const tags = new Set(test.tags.flatMap(wordsOf));
  const tagged = SAID.find(([, words]) => words.some((word) => tags.has(word)));
  if (tagged) return tagged[0];
  const words = new Set(wordsOf(`${test.name} ${test.description}`));
  const said = SAID.slice(0, 2).find(([, list]) => list.some((word) => words.has(word)));
  if (said) return said[0];
  if (accessWord(`${test.name} ${test.description}`) !== undefined && [...words].some((word) => REFUSES.has(word))) return 'security';
  if (reach.services > 1 || reach.ownEndpoints >= JOURNEY_ENDPOINTS) return 'e2e';
  return 'integration';
}

/** What a test of a kind takes, in milliseconds, before there is a history of it: rough, and only used to share out work and to say how long a run will be. */
export const USUAL_MS: Readonly<Record<TestType, number>> = {
  unit: 50,
  integration: 300,
  security: 300,
  regression: 300,
  e2e: 1_000,
  performance: 10_000,
};
