interface AsymmetricMatcher {
  asymmetricMatch(value: unknown): boolean;
}

function isAsymmetric(value: object): value is AsymmetricMatcher {
  return typeof (value as Partial<AsymmetricMatcher>).asymmetricMatch === 'function';
}

export interface Mismatch {
  /** As in `$.items[0].price`. */
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function step(path: string, key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

/**
 * The first place where `actual` does not hold what `expected` asks. An object in `expected` names the keys that matter, others
 * may be there too (`exact` forbids them); an array must have the same length, element by element; `expect.any(...)` and its kin
 * work anywhere; a key whose expected value is `undefined` must be absent.
 */
export function mismatch(actual: unknown, expected: unknown, exact = false, path = '$'): Mismatch | undefined {
  if (!isObject(expected)) return Object.is(actual, expected) ? undefined : { path, expected, actual };
  if (isAsymmetric(expected)) return expected.asymmetricMatch(actual) ? undefined : { path, expected, actual };
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual)) return { path, expected, actual };
    if (actual.length !== expected.length) return { path: `${path}.length`, expected: expected.length, actual: actual.length };
    for (const [i, value] of expected.entries()) {
      const found = mismatch(actual[i], value, exact, `${path}[${i}]`);
      if (found) return found;
    }
    return undefined;
  }
  if (!isObject(actual) || Array.isArray(actual)) return { path, expected, actual };
  for (const key of Object.keys(expected)) {
    const value = expected[key];
    if (!Object.hasOwn(actual, key)) {
      if (value === undefined) continue;
      return { path: step(path, key), expected: value, actual: undefined };
    }
    const found = mismatch(actual[key], value, exact, step(path, key));
    if (found) return found;
  }
  const extra = exact ? Object.keys(actual).find((key) => !Object.hasOwn(expected, key)) : undefined;
  return extra === undefined ? undefined : { path: step(path, extra), expected: undefined, actual: actual[extra] };
}
