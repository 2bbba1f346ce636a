import { normalQuantile } from '../random';

/** How long something takes, in ms. `lognormal` has the heavy tail of real latency. */
export type Spread =
  | { readonly kind: 'fixed'; readonly ms: number }
  | { readonly kind: 'lognormal'; readonly median: number; readonly sigma: number }
  /** `slow` with probability `p`, else `quick`. */
  | { readonly kind: 'either'; readonly p: number; readonly slow: number; readonly quick: number }
  | { readonly kind: 'even'; readonly from: number; readonly to: number };

/** What one region of the service does. Every test asks for a region by a neutral code; only this table, which stays outside the project, knows what it means. */
export interface Behaviour {
  /** Before a request that writes is handled. */
  readonly write?: Spread;
  /** Before a request that reads is handled. */
  readonly read?: Spread;
  /** From a write to the moment at which lists and jobs show it. */
  readonly lag?: Spread;
  /** How often a list without an order comes in another one, 0..1. */
  readonly shuffled?: number;
  /** How often the connection is cut instead of an answer, 0..1. */
  readonly reset?: number;
  /** How often the answer is 503 (with an HTML body), 0..1. */
  readonly unavailable?: number;
  /** How often a value of a partner's service drifts, 0..1. */
  readonly drift?: number;
  /** Life of a session's token, ms. */
  readonly tokenMs?: number;
  /** Requests to `/limited` in each window; further ones get 429 with Retry-After. */
  readonly limit?: { readonly requests: number; readonly windowMs: number };
}

export type Regions = Readonly<Record<string, Behaviour>>;

/** Heavier than an exponential, as latencies of real services are. */
const SIGMA = 0.6;

/** A heavy-tailed time that exceeds `limit` ms with probability `p`. */
export function exceeding(limit: number, p: number): Spread {
  return { kind: 'lognormal', median: limit * Math.exp(SIGMA * normalQuantile(p)), sigma: SIGMA };
}
