import { failureRate, systemWasAway, type Attempt, type Count } from '@testimony/contracts';

/** How often of how many; attempts that gave no answer do not count. */
export function countOf(attempts: readonly Attempt[], which: (attempt: Attempt) => boolean = () => true): Count {
  const judged = attempts.filter(
    (attempt) => (attempt.outcome === 'passed' || attempt.outcome === 'failed') && !systemWasAway(attempt) && which(attempt),
  );
  return { runs: judged.length, failed: judged.filter(({ outcome }) => outcome === 'failed').length };
}

export function inWords({ runs, failed }: Count): string {
  return `${failed} of ${runs} ${runs === 1 ? 'run' : 'runs'} failed`;
}

/** Whether the first fails more often: the 95 % intervals do not meet, or one always and the other never. */
export function failsMore(a: Count, b: Count): boolean {
  if (a.runs === 0 || b.runs === 0 || a.failed === 0) return false;
  return (a.failed === a.runs && b.failed === 0) || failureRate(a).low > failureRate(b).high;
}
