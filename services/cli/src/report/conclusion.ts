import type { ExecutionStatus, TestExecution, TestResult } from '@testimony/contracts';

export interface Conclusion {
  /** What the run comes to; the execution's own status where no failure is excused. */
  readonly status: ExecutionStatus;
  /** Tests that failed and are in quarantine: shown apart, and red in their own verdict, but no reason for the run to be red. */
  readonly excused: readonly TestResult[];
}

/**
 * What an execution comes to when failures of tests in quarantine do not count. One place for it, so that the exit code and all reports say the same.
 * They excuse no other failure and nothing that was lost; that something ran, the failures themselves show.
 */
export function conclusionOf(
  execution: Pick<TestExecution, 'status' | 'summary'> & Partial<Pick<TestExecution, 'results'>>,
  quarantined: ReadonlySet<string>,
): Conclusion {
  const { status, summary, results = [] } = execution;
  const excused = results.filter((result) => result.status === 'failed' && quarantined.has(result.testId));
  if (status !== 'failed' || excused.length === 0 || excused.length < summary.failed) return { status, excused };
  return { status: summary.lost > 0 ? 'lost' : 'passed', excused };
}
