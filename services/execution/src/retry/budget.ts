/**
 * Attempts beyond one a test that a run may spend on finding out about failures: 15 % of the tests planned. With a tenth of the tests
 * failing that is one and a half each, and `priceOf` gives them to the failures of which they tell most.
 */
const LIMIT = 1.15;

/** In a suite this small the share is next to nothing, and attempts cost seconds: so many for each failing test instead. */
const SMALL_SUITE = 50;
const EACH_IN_SMALL_SUITE = 3;

/** What a run has, and for what. Counts are of tests unless they say otherwise. */
export interface Purse {
  readonly planned: number;
  /** All attempts in proportion to the planned tests; the default when null. */
  readonly limit: number | null;
  /** Further attempts that were planned so far. */
  readonly spent: number;
  /** Failed and without a verdict yet. */
  readonly open: number;
  /** No attempt yet. */
  readonly untried: number;
  /** Failed at least once. */
  readonly failing: number;
}

/** Further attempts that may be planned. */
export function leftOf({ planned, limit, spent, failing }: Purse): number {
  const share = Math.floor(planned * ((limit ?? LIMIT) - 1) + 1e-9);
  return Math.max(share, planned < SMALL_SUITE ? EACH_IN_SMALL_SUITE * failing : 0) - spent;
}

/** A run begins as if one in twelve of so many tests had failed. */
const ASSUMED_TRIED = 24;
const ASSUMED_FAILING = 2;

/** With one attempt for each failing test, an attempt must be worth this share of a flake that is shown red; with more, less. (tuned) */
const PRICE_AT_ONE = 0.08;
const LEAST_PRICE = 0.03;

/** What an attempt must be worth, so that the purse lasts for the failures that are still to come: it rises as the purse empties. */
export function priceOf(purse: Purse): number {
  const left = leftOf(purse);
  if (left <= 0) return Infinity;
  const { planned, open, untried, failing } = purse;
  const toCome = planned < SMALL_SUITE ? 0 : untried * ((failing + ASSUMED_FAILING) / (planned - untried + ASSUMED_TRIED));
  return Math.max((PRICE_AT_ONE * (Math.max(open, 1) + toCome)) / left, LEAST_PRICE);
}
