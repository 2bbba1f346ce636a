import type { Count } from '@testimony/contracts';

/** P(at least so many of the failures fall on `here` by chance alone): one-sided exact test (R. A. Fisher 1935). Counts up to some thousands. */
export function chanceOfExcess(here: Count, there: Count): number {
  const runs = here.runs + there.runs;
  const failed = here.failed + there.failed;
  let p = 0;
  for (let x = here.failed; x <= Math.min(here.runs, failed); x++) {
    if (failed - x > there.runs) continue;
    p += Math.exp(lnChoose(here.runs, x) + lnChoose(there.runs, failed - x) - lnChoose(runs, failed));
  }
  return Math.min(1, p);
}

function lnChoose(n: number, k: number): number {
  let sum = 0;
  for (let i = 1; i <= k; i++) sum += Math.log(n - k + i) - Math.log(i);
  return sum;
}
