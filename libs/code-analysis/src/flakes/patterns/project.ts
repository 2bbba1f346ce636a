import type { FileTrace, RequestEvent } from '../reading/trace';
import { isWrite } from '../reading/requests';
import { ofKind, segmentsOf, type Neighbours } from './rule';

/**
 * The record of a request that was there before the test: `/venues/129` of `/venues/129/notes`. Undefined where the path holds what is only
 * known when the test runs, or names no record.
 */
export function recordOf(request: RequestEvent): string | undefined {
  const segments = segmentsOf(request.path);
  const at = segments.findIndex((segment, index) => index > 0 && isIdLike(segment));
  if (at < 0 || request.to !== 'served' || segments.slice(0, at + 1).some((segment) => segment.includes('{}') || PERSONAL.test(segment)))
    return undefined;
  return `/${segments.slice(0, at + 1).join('/')}`;
}

/** Whose they are follows from who is logged in. */
export const PERSONAL = /^(me|cart|basket|profile|session|sessions|logout|login|auth|token|tokens|register|mine|my|refresh|password)$/i;

/** `42`, `p-1`, `prod_123`, a UUID: a record, not an action. */
export function isIdLike(segment: string): boolean {
  return /\d/.test(segment) && !/^v\d+$/.test(segment);
}

function touchedBy(file: FileTrace): ReadonlyMap<string, boolean> {
  const touched = new Map<string, boolean>();
  const add = (key: string, writes: boolean): void => void touched.set(key, writes || touched.get(key) === true);
  for (const test of file.tests) {
    for (const request of ofKind(test.events, 'request')) {
      const record = recordOf(request);
      if (record !== undefined) add(record, isWrite(request));
    }
    for (const set of ofKind(test.events, 'set')) add(`${set.what} ${set.name}`, true);
    for (const claim of ofKind(test.events, 'claim')) add(claim.name, true);
  }
  return touched;
}

/** Gives for each file what its neighbours do. */
export function neighboursOf(files: readonly FileTrace[]): (file: FileTrace) => Neighbours {
  const byKey = new Map<string, { readonly path: string; readonly writes: boolean }[]>();
  for (const file of files)
    for (const [key, writes] of touchedBy(file)) {
      const known = byKey.get(key);
      if (known) known.push({ path: file.path, writes });
      else byKey.set(key, [{ path: file.path, writes }]);
    }
  return ({ path }) => {
    const others = (key: string) => (byKey.get(key) ?? []).filter((each) => each.path !== path);
    return {
      writersOf: (key) => others(key).flatMap((each) => (each.writes ? [each.path] : [])),
      usersOf: (key) => others(key).map((each) => each.path),
    };
  };
}
