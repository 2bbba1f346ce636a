import type { LabSet } from '../vocabulary';
import { EXACT_LOOKALIKES, EXACTS } from './exact-assertion';
import { EXTERNAL_LOOKALIKES, EXTERNALS } from './external-dependency';
import { SLEEP_LOOKALIKES, SLEEPS } from './hardcoded-sleep';
import { LEAK_LOOKALIKES, LEAKED } from './leaked-state';
import { RACE_LOOKALIKES, RACES } from './race-condition';
import { RANDOM_LOOKALIKES, RANDOMS } from './random-data';
import type { FlakyShape, Lookalike } from './shape';
import { SHARED, SHARED_LOOKALIKES } from './shared-resource';
import { TIGHT, TIGHT_LOOKALIKES } from './tight-timeout';
import { TIME_LOOKALIKES, TIMES } from './time-dependent';
import { UNORDERED, UNORDERED_LOOKALIKES } from './unordered-collection';

const SHAPES: readonly FlakyShape[] = [
  ...SLEEPS,
  ...RACES,
  ...EXTERNALS,
  ...RANDOMS,
  ...TIMES,
  ...EXACTS,
  ...TIGHT,
  ...UNORDERED,
  ...SHARED,
  ...LEAKED,
];
const LOOKALIKES: readonly Lookalike[] = [
  ...SLEEP_LOOKALIKES,
  ...RACE_LOOKALIKES,
  ...EXTERNAL_LOOKALIKES,
  ...RANDOM_LOOKALIKES,
  ...TIME_LOOKALIKES,
  ...EXACT_LOOKALIKES,
  ...TIGHT_LOOKALIKES,
  ...UNORDERED_LOOKALIKES,
  ...SHARED_LOOKALIKES,
  ...LEAK_LOOKALIKES,
];

/** `measuring` labs take the shapes that tuning never shows, and the common ones. */
export function shapesFor(set: LabSet): readonly FlakyShape[] {
  return SHAPES.filter((shape) => shape.set === 'both' || shape.set === set);
}

export function lookalikesFor(set: LabSet): readonly Lookalike[] {
  return LOOKALIKES.filter((lookalike) => lookalike.set === 'both' || lookalike.set === set);
}
