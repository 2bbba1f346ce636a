import type { Count } from './execution';

/** Two-sided 95 % of the normal distribution. */
const Z = 1.959964;

/** The failure rate with its 95 % interval by Wilson's score (E. B. Wilson 1927), which holds for few runs too; 0..1 for none. */
export function failureRate({ runs, failed }: Count): { readonly rate: number; readonly low: number; readonly high: number } {
  if (runs === 0) return { rate: 0, low: 0, high: 1 };
  const p = failed / runs;
  const z2 = Z * Z;
  const middle = (p + z2 / (2 * runs)) / (1 + z2 / runs);
  const half = (Z / (1 + z2 / runs)) * Math.sqrt((p * (1 - p)) / runs + z2 / (4 * runs * runs));
  return { rate: p, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** How many runs without a failure bound the failure rate below `rate` at 95 %: 1 - .05^(1/n) <= rate. 59 for 5 %, 299 for 1 %. */
export function cleanRunsToBound(rate: number): number {
  if (!(rate > 0 && rate < 1)) throw new RangeError(`a failure rate to bound lies between 0 and 1, not at ${rate}`);
  return Math.ceil(Math.log(0.05) / Math.log(1 - rate));
}
