import type { Decision } from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import type { PastResult } from '../api';

/** Nobody looks further back than this. */
const MAX_RUNS = 200;

/** Newest first, each test's at most $3; looks through the newest $4 runs. $1 project, $2 tests. */
export const HISTORY = `
SELECT test_id, execution_id, at, commit, decision
FROM (
  SELECT t.test_id, t.execution_id, e.requested_at AS at, e.revision->>'commit' AS commit, t.decision,
    row_number() OVER (PARTITION BY t.test_id ORDER BY e.requested_at DESC, e.id DESC) AS age
  FROM (
    SELECT id, requested_at, revision
    FROM executions
    WHERE project_id = $1 AND purpose = 'run' AND status <> 'running'
    ORDER BY requested_at DESC, id DESC
    LIMIT $4
  ) e
  CROSS JOIN unnest($2::text[]) AS wanted(test_id)
  JOIN tests t ON t.execution_id = e.id AND t.test_id = wanted.test_id AND t.decision IS NOT NULL
) aged
WHERE age <= $3
ORDER BY test_id, age`;

interface HistoryRow {
  readonly test_id: string;
  readonly execution_id: string;
  readonly at: Date;
  readonly commit: string | null;
  readonly decision: Decision;
}

export async function historyOf(
  store: EventStore,
  projectId: string,
  testIds: readonly string[],
  limit: number,
): Promise<Map<string, PastResult[]>> {
  const { rows } = await store.query<HistoryRow>(HISTORY, [projectId, [...new Set(testIds)], limit, MAX_RUNS]);
  const history = new Map<string, PastResult[]>();
  for (const { test_id: testId, execution_id: executionId, at, commit, decision } of rows) {
    const results = history.get(testId);
    const result = { executionId, at, commit, decision };
    if (results) results.push(result);
    else history.set(testId, [result]);
  }
  return history;
}
