import type { Finding } from '@testimony/contracts';
import type { FileTrace } from '../reading/trace';
import { exactAssertion } from './exact-assertion';
import { externalDependency } from './external-dependency';
import { hardcodedSleep } from './hardcoded-sleep';
import { leakedState } from './leaked-state';
import { raceCondition } from './race-condition';
import { randomData } from './random-data';
import type { Neighbours, Rule } from './rule';
import { sharedResource } from './shared-resource';
import { tightTimeout } from './tight-timeout';
import { timeDependent } from './time-dependent';
import { unorderedCollection } from './unordered-collection';

const RULES: readonly Rule[] = [
  hardcodedSleep,
  raceCondition,
  externalDependency,
  randomData,
  timeDependent,
  exactAssertion,
  tightTimeout,
  unorderedCollection,
  sharedResource,
  leakedState,
];

/** What can make the tests of a file flaky, by line; each place once for a pattern, however many tests pass it. */
export function findingsIn(file: FileTrace, neighbours: Neighbours): Finding[] {
  const found = new Map<string, Finding>();
  for (const test of file.tests)
    for (const rule of RULES)
      for (const { pattern, place, probability, message, suggestion } of rule(test, file, neighbours)) {
        const key = `${pattern} ${place.line}`;
        const known = found.get(key);
        if (!known || known.probability < probability)
          found.set(key, { line: place.line, pattern, probability: Math.round(probability * 100) / 100, message, suggestion });
      }
  return [...found.values()].sort((a, b) => a.line - b.line || b.probability - a.probability);
}
