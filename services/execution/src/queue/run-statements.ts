// What a report of failures needs of its run. The run's row is locked, so that such reports follow one another: each sees what the one before
// has spent and found.

/** $1 execution. */
export const LOCK_RUN = `
SELECT project_id, purpose, base, learning, planned, attempt_limit, attempts_spent, climate, outage, outages
FROM executions
WHERE id = $1
FOR UPDATE`;

/** $1 execution, $2 attempts as JSON. */
export const KEEP_FAILURES = `
INSERT INTO failed_attempts (execution_id, test_id, attempt, project_id, base, signature, shape, origin, symptom, began_at, ended_at)
SELECT $1, f.test_id, f.attempt, e.project_id, f.base, f.signature, f.shape, f.origin, f.symptom, f.began_at, f.ended_at
FROM jsonb_to_recordset($2::jsonb) AS f(
  test_id text, attempt integer, base boolean, signature text, shape text, origin text, symptom text, began_at timestamptz, ended_at timestamptz
)
JOIN executions e ON e.id = $1
ON CONFLICT DO NOTHING`;

/** Tests without an attempt yet, tests that wait for another, tests that failed. $1 execution. */
export const COUNT_FAILING = `
SELECT
  (SELECT count(*)::int FROM work_items WHERE execution_id = $1 AND attempt = 1) AS untried,
  (SELECT count(*)::int FROM work_items WHERE execution_id = $1 AND attempt > 1) AS open,
  (SELECT count(DISTINCT test_id)::int FROM failed_attempts WHERE execution_id = $1 AND NOT base AND NOT set_aside) AS failing`;

/** $1 execution, $2 attempts. */
export const SPEND = 'UPDATE executions SET attempts_spent = greatest(attempts_spent + $2, 0) WHERE id = $1';
