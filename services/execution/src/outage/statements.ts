/** What a run saw of its system lately. $1 execution, $2 symptoms at most. */
export const READ_SYMPTOMS = `
SELECT f.test_id, f.attempt, t.service, f.symptom, f.shape, f.origin, f.began_at, f.ended_at, f.set_aside
FROM failed_attempts f
JOIN tests t ON t.execution_id = f.execution_id AND t.test_id = f.test_id
WHERE f.execution_id = $1 AND f.symptom IS NOT NULL AND NOT f.base
ORDER BY f.ended_at DESC
LIMIT $2`;

/** When tests of these services last got an answer that was no symptom. $1 execution, $2 services. */
export const READ_WELL = `
SELECT service, max(at) AS at
FROM (
  SELECT service, max(ended_at) AS at
  FROM tests
  WHERE execution_id = $1 AND service = ANY($2) AND verdict IN ('passed', 'flaky', 'healed')
  GROUP BY service
  UNION ALL
  SELECT t.service, max(f.ended_at)
  FROM failed_attempts f
  JOIN tests t ON t.execution_id = f.execution_id AND t.test_id = f.test_id
  WHERE f.execution_id = $1 AND t.service = ANY($2) AND f.symptom IS NULL AND NOT f.base
  GROUP BY t.service
) well
GROUP BY service`;

/** $1 execution, $2 tests, $3 their attempts. */
export const SET_ASIDE = `
UPDATE failed_attempts f
SET set_aside = true
FROM unnest($2::text[], $3::integer[]) AS a(test_id, attempt)
WHERE f.execution_id = $1 AND f.test_id = a.test_id AND f.attempt = a.attempt`;

/** $1 execution, $2 the outage, null when it ended, $3 how many ended with this. */
export const KEEP_OUTAGE = 'UPDATE executions SET outage = $2, outages = outages + $3 WHERE id = $1';

/**
 * What a worker holds of services that are away, but for the canary: back in the queue. The leases keep their ids, so that what was just
 * finished still counts. $1 execution, $2 worker, $3 services, $4 canary.
 */
export const TAKE_BACK = `
UPDATE work_items w
SET worker_id = NULL
FROM tests t
WHERE w.execution_id = $1 AND w.worker_id = $2 AND w.test_id IS DISTINCT FROM $4
  AND t.execution_id = w.execution_id AND t.test_id = w.test_id AND t.service = ANY($3)
RETURNING w.lease_id`;

/** One test to see by whether the system is back: one that fell into the outage, or ($4) one that was not tried yet. $1 execution, $2 worker, $3 services. */
export const TAKE_CANARY = `
WITH next AS (
  SELECT w.test_id
  FROM work_items w
  JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
  WHERE w.execution_id = $1 AND w.worker_id IS NULL AND w.waiting = 0 AND t.service = ANY($3)
  ORDER BY (w.attempt = 1) = $4 DESC, w.returns, w.rank, w.expected_ms, w.test_id
  LIMIT 1
  FOR UPDATE OF w SKIP LOCKED
), leased AS (
  UPDATE work_items w
  SET worker_id = $2, lease_id = gen_random_uuid()::text, leased_at = now()
  FROM next
  WHERE w.execution_id = $1 AND w.test_id = next.test_id
  RETURNING w.*
)
SELECT l.lease_id, l.test_id, l.attempt, l.framework, l.conditions, t.service, t.file, t.title_path, t.timeout_ms
FROM leased l
JOIN tests t ON t.execution_id = $1 AND t.test_id = l.test_id`;

/** The next item of a service that is not away. $1 execution, $2 worker, $3 services that are. */
export const TAKE_ELSEWHERE = `
WITH next AS (
  SELECT w.test_id
  FROM work_items w
  JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
  WHERE w.execution_id = $1 AND w.worker_id IS NULL AND w.waiting = 0 AND w.ready_at <= now() AND NOT t.service = ANY($3)
  ORDER BY w.returns, w.rank, w.expected_ms DESC, w.test_id
  LIMIT 1
  FOR UPDATE OF w SKIP LOCKED
), leased AS (
  UPDATE work_items w
  SET worker_id = $2, lease_id = gen_random_uuid()::text, leased_at = now()
  FROM next
  WHERE w.execution_id = $1 AND w.test_id = next.test_id
  RETURNING w.*
)
SELECT l.lease_id, l.test_id, l.attempt, l.framework, l.conditions, t.service, t.file, t.title_path, t.timeout_ms
FROM leased l
JOIN tests t ON t.execution_id = $1 AND t.test_id = l.test_id`;

/** Whether an item is out. $1 execution, $2 test. */
export const IS_OUT = 'SELECT worker_id IS NOT NULL AS out FROM work_items WHERE execution_id = $1 AND test_id = $2';

/** Outages that began more than $1 ms ago. */
export const SPENT_OUTAGES = `
SELECT id
FROM executions
WHERE status = 'running' AND (outage->>'beganAt')::timestamptz < now() - $1 * interval '1 millisecond'`;

/** $1 execution. */
export const BEGIN_PATIENCE_ANEW = `
UPDATE executions
SET outage = jsonb_set(outage, '{beganAt}', to_jsonb(now()))
WHERE id = $1 AND outage IS NOT NULL`;
