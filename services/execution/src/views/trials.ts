import { DomainError, type Conditions, type ExecutionStatus } from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import type { TrialResult } from '../api';
import { executionUnknown } from '../execution/status-of';
import { outcomeOfTrial } from '../test/decide';
import { evidenceOf, TESTS_AT_ONCE } from './executions';

/** $1 execution. */
const TRIALS = `
SELECT test_id, trial
FROM tests
WHERE execution_id = $1
ORDER BY place`;

interface TrialRow {
  readonly test_id: string;
  readonly trial: { readonly testId: string; readonly conditions: Conditions };
}

/** What came of an experiment, in the order of its request. Throws a DomainError `execution-unknown`, `no-experiment` or `execution-running`. */
export async function trialsOf(store: EventStore, executionId: string): Promise<TrialResult[]> {
  const { rows: found } = await store.query<{ purpose: string; status: ExecutionStatus }>(
    'SELECT purpose, status FROM executions WHERE id = $1',
    [executionId],
  );
  const [execution] = found;
  if (!execution) throw executionUnknown(executionId);
  if (execution.purpose !== 'experiment') {
    throw new DomainError('no-experiment', `Execution ${executionId} is a run, not an experiment; read its results instead.`, 409);
  }
  if (execution.status === 'running') {
    throw new DomainError('execution-running', `Experiment ${executionId} has not ended yet; wait for its end, then read its trials.`, 409);
  }
  const { rows } = await store.query<TrialRow>(TRIALS, [executionId]);
  const results: TrialResult[] = [];
  for (let from = 0; from < rows.length; from += TESTS_AT_ONCE) {
    const some = rows.slice(from, from + TESTS_AT_ONCE);
    const evidence = await evidenceOf(store, executionId, some);
    for (const { test_id: id, trial } of some) {
      const attempt = evidence.get(id)?.attempts.at(-1);
      results.push({ ...trial, outcome: attempt ? outcomeOfTrial(attempt) : 'lost', ...(attempt ? { attempt } : {}) });
    }
  }
  return results;
}
