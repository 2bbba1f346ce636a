// Rates that are not known, as Beta distributions: what is said of attempts is integrated over them.

/** A Beta distribution: as if `failed` failures and `passed` passes had been seen before. */
export interface Rate {
  readonly failed: number;
  readonly passed: number;
}

/** ln of a (a + 1) ... (a + n - 1), by a: counts are small and come again and again. */
const risings = new Map<number, number[]>();

function logRising(a: number, n: number): number {
  const sums = risings.get(a) ?? [0];
  risings.set(a, sums);
  for (let i = sums.length; i <= n; i += 1) sums.push((sums[i - 1] ?? 0) + Math.log(a + i - 1));
  return sums[n] ?? 0;
}

/**
 * ln P(these failures and passes, in their order | the rate is drawn from `rate`): the beta-binomial without its binomial coefficient, as Pólya's urn
 * gives it. `rate` is one of a few constants.
 */
export function logMarginal(rate: Rate, failed: number, passed: number): number {
  return logRising(rate.failed, failed) + logRising(rate.passed, passed) - logRising(rate.failed + rate.passed, failed + passed);
}

/** ln P(these failures and passes | each fails with probability `p`). */
export function logBernoulli(p: number, failed: number, passed: number): number {
  return failed * Math.log(p) + passed * Math.log1p(-p);
}

/** ln of a sum, from the ln of its parts. */
export function logSum(parts: readonly number[]): number {
  const most = Math.max(...parts);
  return most === -Infinity ? most : most + Math.log(parts.reduce((sum, part) => sum + Math.exp(part - most), 0));
}
