import type { Fix, Summary, TestExecution, TestResult } from '@testimony/contracts';
import { VERDICTS } from '@testimony/contracts';

/**
 * An execution with what its healed tests came to when they ran again: their attempts of both, and the later verdict. The verdicts that
 * the execution itself gave stay in its events.
 */
export function withHealed(execution: TestExecution, recheck: TestExecution, fixes: readonly Fix[]): TestExecution {
  const again = new Map(recheck.results.map((result) => [result.testId, result]));
  const results = execution.results.map((result): TestResult => {
    const later = again.get(result.testId);
    const fix = fixes.find(({ testId, recheck: id }) => testId === result.testId && id === recheck.id);
    if (!later || !fix || later.status === 'lost') return result;
    const attempts = [
      ...result.attempts,
      ...later.attempts.map((attempt) => ({ ...attempt, attempt: result.attempts.length + attempt.attempt })),
    ];
    if (later.status !== 'healed') {
      return { ...later, attempts, healingApplied: fix.id, reason: `${later.reason}, after fix ${fix.id}; before it: ${result.reason}` };
    }
    return {
      ...later,
      attempts,
      healed: true,
      healingApplied: fix.id,
      reason: `${later.reason} with fix ${fix.id}; before it: ${result.reason}`,
    };
  });
  return { ...execution, results, summary: summaryOf(results), status: statusOf(execution, results) };
}

function summaryOf(results: readonly TestResult[]): Summary {
  const summary: Summary = { total: results.length, passed: 0, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0 };
  for (const { status } of results) for (const verdict of VERDICTS) if (status === verdict) summary[verdict] += 1;
  return summary;
}

/** A healed test that fails after all makes a passed execution failed; healing never makes a red one green, since only flaky tests are healed. */
function statusOf(execution: TestExecution, results: readonly TestResult[]): TestExecution['status'] {
  return execution.status === 'passed' && results.some(({ status }) => status === 'failed') ? 'failed' : execution.status;
}
