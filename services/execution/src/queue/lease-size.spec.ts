import { FIRST_LEASE_ITEMS, leaseSize, MAX_LEASE_ITEMS } from './lease-size';

const items = (n: number, expectedMs = 10, framework = 'native', alone = false) =>
  Array.from({ length: n }, () => ({ framework, alone, expectedMs }));
const size = (ready: ReturnType<typeof items>, over: { totalMs?: number; slots?: number; first?: boolean } = {}): number =>
  leaseSize({ ready, totalMs: ready.reduce((sum, i) => sum + i.expectedMs, 0), slots: 4, first: false, ...over });

describe('a lease', () => {
  it('is empty when nothing is ready', () => expect(size([])).toBe(0));
  it('is small when it is the first', () => expect(size(items(32), { totalMs: 5_000, first: true })).toBe(FIRST_LEASE_ITEMS));
  it('is bounded', () => expect(size(items(32), { totalMs: 1e9 })).toBe(MAX_LEASE_ITEMS));
  it('takes half of a share of the remaining time', () => expect(size(items(32), { totalMs: 800 })).toBe(10));
  it('takes at least one, however long', () => expect(size(items(2, 60_000), { slots: 64 })).toBe(1));
  it('does not go below what a lease is worth', () => expect(size(items(10, 5))).toBe(5));
  it('takes one when that is all', () => expect(size(items(1))).toBe(1));
  it('counts time, not tests', () => expect(size([...items(1, 300), ...items(20, 10)], { totalMs: 2_400 })).toBe(1));
  it('stays within one framework', () => expect(size([...items(3), ...items(20, 10, 'playwright')], { totalMs: 1e6 })).toBe(3));
  it('hands out singly what was lost or is a retry', () =>
    expect(size([...items(1, 10, 'native', true), ...items(20)], { totalMs: 1e6 })).toBe(1));
  it('leaves out of a batch what goes singly', () =>
    expect(size([...items(2), ...items(2, 10, 'native', true), ...items(2)], { totalMs: 1e6 })).toBe(4));

  it('shrinks to one towards the end, so that slots end together', () => {
    const sizes: number[] = [];
    for (let left = 500; left > 0; left -= sizes.at(-1)!) sizes.push(size(items(Math.min(left, 32), 100), { totalMs: left * 100 }));
    expect(sizes[0]).toBe(MAX_LEASE_ITEMS);
    expect(sizes.slice(-8)).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    expect(sizes.length).toBeLessThan(50);
  });
});
