import { leftOf, priceOf, type Purse } from './budget';

const purse = (over: Partial<Purse> = {}): Purse => ({ planned: 200, limit: null, spent: 0, open: 1, untried: 100, failing: 10, ...over });

describe('the purse of a run', () => {
  it.each([
    ['15 % of the tests', {}, 30],
    ['what is left of it', { spent: 29 }, 1],
    ['another share, when it is set', { limit: 1.5 }, 100],
    ['three for each failing test of a small suite', { planned: 10, failing: 2, spent: 1 }, 5],
  ] as [string, Partial<Purse>, number][])('holds %s', (_, over, left) => expect(leftOf(purse(over))).toBe(left));

  it('asks more of an attempt the emptier it is, and the more failures are still to come', () => {
    const prices = [0, 10, 20, 29].map((spent) => priceOf(purse({ spent })));
    expect(prices).toEqual([...prices].sort((a, b) => a - b));
    expect(priceOf(purse({ untried: 0, failing: 40 }))).toBeLessThan(priceOf(purse({ failing: 40 })));
    expect(priceOf(purse({ failing: 40 }))).toBeGreaterThan(priceOf(purse()));
    expect(priceOf(purse({ spent: 30 }))).toBe(Infinity);
  });
});
