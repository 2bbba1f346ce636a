import { FAILURE_CLASSES, type Classification, type FailureClass } from '@testimony/contracts';
import type { FailureToClassify } from './api';
import { probabilitiesOf } from './model';
import { readFailure } from './reading';
import { signsOf } from './signs';
import { MODEL } from './weights';

/**
 * The class of a failure with calibrated probabilities, by the conventions that `conventions.spec.ts` lists. Pure: no I/O, no clock. Takes any
 * input without throwing, and reads at most some 20,000 characters of each text.
 */
export function classifyFailure(failure: FailureToClassify): Classification {
  const values = probabilitiesOf(signsOf(readFailure(failure)), MODEL);
  const probabilities = Object.fromEntries(FAILURE_CLASSES.map((name, k) => [name, values[k] ?? 0])) as Record<FailureClass, number>;
  const best = FAILURE_CLASSES.reduce((winner, name) => (probabilities[name] > probabilities[winner] ? name : winner), FAILURE_CLASSES[0]);
  return { class: best, probability: probabilities[best], probabilities };
}
