import { conditionsKey, type Conditions } from '@testimony/contracts';
import type { TestToRun } from '../framework';

/** What is said in words for the default is said by nothing, so that equal conditions have equal keys. */
function plain({ revision, overlay, ...rest }: Conditions): Conditions {
  return {
    ...rest,
    ...(revision === 'base' && { revision }),
    ...(overlay && Object.keys(overlay).length > 0 && { overlay }),
  };
}

const ORDINARY = conditionsKey({ isolated: false });

/** Equal for tests that may share a process one after the other. */
function sharingKey({ conditions }: TestToRun): string {
  return `${conditionsKey(plain(conditions))} ${conditions.order?.sequence ?? ''}`;
}

/** Nothing is asked beyond a normal run: the lane's warm process will do. */
export function isOrdinary({ conditions }: TestToRun): boolean {
  return conditions.order === undefined && conditionsKey(plain(conditions)) === ORDINARY;
}

/** The longest run of tests from `at` that one process may take, as far as their conditions and `fits` allow. */
export function groupFrom<T extends { readonly test: TestToRun }>(
  tests: readonly T[],
  at: number,
  fits: (one: T, first: T, group: readonly T[]) => boolean,
): T[] {
  const first = tests[at];
  if (!first) return [];
  const group = [first];
  if (first.test.conditions.isolated) return group;
  const key = sharingKey(first.test);
  for (const one of tests.slice(at + 1)) {
    if (sharingKey(one.test) !== key || !fits(one, first, group)) break;
    group.push(one);
  }
  return group;
}
