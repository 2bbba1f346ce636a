import type { TestCase } from '@testimony/contracts';
import { shuffled } from '../statistics/seeded';

/** A test and all that it needs, needs first. */
export function withNeeds(testId: string, tests: ReadonlyMap<string, TestCase>): string[] {
  const order: string[] = [];
  const open = new Set<string>();
  const visit = (id: string): void => {
    const test = tests.get(id);
    if (!test || open.has(id)) return;
    open.add(id);
    for (const need of test.dependencies) visit(need);
    order.push(id);
  };
  visit(testId);
  return order;
}

/**
 * An order of all tests that the seed determines, in which a test still comes after what it needs. Together with the order reversed it
 * shows each test before and after each other one, so that every victim of a single polluter is a victim in one of the two,
 * unless a third test between them clears what the polluter left, or it is gone by then: tests of one of `groups` stay together.
 */
export function ordersOf(
  tests: readonly TestCase[],
  seed: number,
  groups: readonly (readonly string[])[] = tests.map(({ id }) => [id]),
): { readonly forwards: string[]; readonly backwards: string[] } {
  const byId = new Map(tests.map((test) => [test.id, test]));
  const ids = shuffled(groups, seed).flatMap((group) => shuffled(group, seed));
  const settled = (order: readonly string[]): string[] => {
    const placed = new Set<string>();
    for (const id of order) for (const one of withNeeds(id, byId)) placed.add(one);
    return [...placed];
  };
  return { forwards: settled(ids), backwards: settled(ids.toReversed()) };
}
