import { seeded } from './seeded';

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** Enough that the ends of a 95 % interval stand on 50 values each. */
const RESAMPLES = 2_000;

/** 95 % interval of median(a) - factor x median(b) by the percentile bootstrap (B. Efron 1979), with a fixed seed. */
export function medianExcess(
  a: readonly number[],
  b: readonly number[],
  factor: number,
): { readonly excess: number; readonly low: number; readonly high: number } {
  const random = seeded(1979);
  const resample = (values: readonly number[]): number[] => values.map(() => values[Math.floor(random() * values.length)] ?? 0);
  const differences = Array.from({ length: RESAMPLES }, () => median(resample(a)) - factor * median(resample(b))).sort((x, y) => x - y);
  return {
    excess: median(a) - factor * median(b),
    low: differences[Math.floor(RESAMPLES * 0.025)] ?? Number.NaN,
    high: differences[Math.ceil(RESAMPLES * 0.975) - 1] ?? Number.NaN,
  };
}
