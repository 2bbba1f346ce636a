import type { Count } from '@testimony/contracts';
import type { PastResult } from '@testimony/execution';

/** Attempts of these results, and how many of them failed. */
export function attemptsIn(results: readonly PastResult[]): Count {
  return results.reduce((sum, { decision }) => ({ runs: sum.runs + decision.runs, failed: sum.failed + decision.failed }), {
    runs: 0,
    failed: 0,
  });
}
