import { PRIORITIES, type Priority } from '@testimony/contracts';

export interface Orderable {
  readonly id: string;
  readonly service: string;
  readonly file: string;
  readonly priority: Priority;
  readonly risk: number;
  /** Ids of other tests of the list. */
  readonly dependencies: readonly string[];
}

/**
 * Every id once, dependencies before dependants, else by priority, then risk, then service and file; without `byRisk` by service and file alone.
 * A test that something urgent waits for is as urgent as that. The dependencies must be free of circles.
 */
export function orderTests(tests: readonly Orderable[], { byRisk }: { readonly byRisk: boolean }): string[] {
  const places = placesByUrgency(tests, byRisk);
  const dependants = new Map<string, string[]>();
  const waitsFor = new Map<string, number>();
  for (const test of tests) {
    const known = test.dependencies.filter((id) => places.has(id));
    waitsFor.set(test.id, known.length);
    for (const id of known) dependants.set(id, [...(dependants.get(id) ?? []), test.id]);
  }
  const lent = byRisk ? lentPlaces(tests, places) : places;
  const ready = heapBy<string>((a, b) => (lent.get(a) ?? 0) - (lent.get(b) ?? 0) || (places.get(a) ?? 0) - (places.get(b) ?? 0));
  for (const test of tests) if (waitsFor.get(test.id) === 0) ready.push(test.id);
  const order: string[] = [];
  for (let id = ready.pop(); id !== undefined; id = ready.pop()) {
    order.push(id);
    for (const next of dependants.get(id) ?? []) {
      const left = (waitsFor.get(next) ?? 1) - 1;
      waitsFor.set(next, left);
      if (left === 0) ready.push(next);
    }
  }
  return order;
}

/** Levels of the dependencies: a group needs only earlier groups, and inside it the order is that of `order`. */
export function groupTests(order: readonly string[], dependencies: ReadonlyMap<string, readonly string[]>): string[][] {
  const level = new Map<string, number>();
  const groups: string[][] = [];
  for (const id of order) {
    const own = Math.max(0, ...(dependencies.get(id) ?? []).map((needed) => (level.get(needed) ?? -1) + 1));
    level.set(id, own);
    (groups[own] ??= []).push(id);
  }
  return groups;
}

/** Each test's place when nothing depends on anything. */
function placesByUrgency(tests: readonly Orderable[], byRisk: boolean): Map<string, number> {
  const sorted = [...tests].sort((a, b) => {
    const urgency = byRisk ? PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority) || b.risk - a.risk : 0;
    return urgency || compare(a.service, b.service) || compare(a.file, b.file) || compare(a.id, b.id);
  });
  return new Map(sorted.map((test, place) => [test.id, place]));
}

/** The places once each test has that of the most urgent one that waits for it, where that is nearer to the front. */
function lentPlaces(tests: readonly Orderable[], places: ReadonlyMap<string, number>): Map<string, number> {
  const needs = new Map(tests.map((test) => [test.id, test.dependencies]));
  const lent = new Map(places);
  const settled = new Set<string>();
  for (const [urgent, place] of [...places].sort(([, a], [, b]) => a - b)) {
    // Whom a more urgent test has reached keeps that place, so each test is reached once.
    const pending = settled.has(urgent) ? [] : [urgent];
    for (let id = pending.pop(); id !== undefined; id = pending.pop()) {
      if (settled.has(id) || !places.has(id)) continue;
      settled.add(id);
      lent.set(id, Math.min(place, places.get(id) ?? place));
      pending.push(...(needs.get(id) ?? []));
    }
  }
  return lent;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function heapBy<T>(before: (a: T, b: T) => number): { push(item: T): void; pop(): T | undefined } {
  const items: T[] = [];
  const swap = (a: number, b: number): void => {
    [items[a], items[b]] = [items[b] as T, items[a] as T];
  };
  const precedes = (a: number, b: number): boolean => before(items[a] as T, items[b] as T) < 0;
  return {
    push: (item) => {
      items.push(item);
      for (let at = items.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!precedes(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },
    pop: () => {
      const top = items[0];
      const last = items.pop();
      if (items.length === 0 || last === undefined) return top;
      items[0] = last;
      for (let at = 0; ;) {
        const [left, right] = [2 * at + 1, 2 * at + 2];
        let least = at;
        if (left < items.length && precedes(left, least)) least = left;
        if (right < items.length && precedes(right, least)) least = right;
        if (least === at) return top;
        swap(at, least);
        at = least;
      }
    },
  };
}
