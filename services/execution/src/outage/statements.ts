/** What a run saw of its system lately. $1 execution, $2 symptoms at most. */
export const READ_SYMPTOMS = `
SELECT f.test_id, f.attempt, t.service, f.symptom, f.shape, f.origin, f.began_at, f.ended_at, f.set_aside
FROM failed_attempts f
JOIN tests t ON t.execution_id = f.execution_id AND t.test_id = f.test_id
WHERE f.execution_id = $1 AND f.symptom IS NOT NULL AND NOT f.base
ORDER BY f.ended_at DESC
LIMIT $2`;

/**
 * When the last attempt began of tests of these services that got an answer which was no symptom: one that began before a failure and ended after
 * it may have had its answer before. $1 execution, $2 services.
 */
export const READ_WELL = `
SELECT service, max(at) AS at
FROM (
  SELECT service, max(ended_at - (history->-1->>'durationMs')::float8 * interval '1 millisecond') AS at
  FROM tests
  WHERE execution_id = $1 AND service = ANY($2) AND verdict IN ('passed', 'flaky', 'healed')
  GROUP BY service
  UNION ALL
  SELECT t.service, max(f.began_at)
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

/** $1 execution, $2 the outages that are open, as JSON, null without any; $3 1 when the last of them ended with this. */
export const KEEP_OUTAGES = 'UPDATE executions SET outage = $2, outages = outages + $3 WHERE id = $1';

/**
 * What a worker holds of services that are away, but for canaries: back in the queue. The leases keep their ids, so that what was just
 * finished still counts. $1 execution, $2 worker, $3 services, $4 canaries.
 */
export const TAKE_BACK = `
UPDATE work_items w
SET worker_id = NULL
FROM tests t
WHERE w.execution_id = $1 AND w.worker_id = $2 AND NOT (w.test_id = ANY($4))
  AND t.execution_id = w.execution_id AND t.test_id = w.test_id AND t.service = ANY($3)
RETURNING w.lease_id`;

/**
 * One test to see by whether the system is back: one that fell into the outage, or ($4) one that was not tried yet; the shortest, but behind all
 * others those that were canaries before ($5, the latest last), since a test may itself be what the system does not survive.
 * $1 execution, $2 worker, $3 services.
 */
export const TAKE_CANARY = `
WITH next AS (
  SELECT w.test_id
  FROM work_items w
  JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
  WHERE w.execution_id = $1 AND w.worker_id IS NULL AND w.waiting = 0 AND t.service = ANY($3)
  ORDER BY (w.attempt = 1) = $4 DESC, array_position($5::text[], w.test_id) NULLS FIRST, w.returns, w.expected_ms, w.test_id
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

/** Tests that go after all others from now on, and one at a time, as what loads a core does. $1 execution, $2 tests. */
export const STEP_BACK = 'UPDATE work_items SET returns = returns + 1, stressed = true WHERE execution_id = $1 AND test_id = ANY($2)';

/** $1 execution, $2 tests. */
export const READ_HISTORIES = 'SELECT test_id, history FROM tests WHERE execution_id = $1 AND test_id = ANY($2)';

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

/** Runs with an outage that began more than $1 ms ago. */
export const SPENT_OUTAGES = `
SELECT id
FROM executions
WHERE status = 'running' AND outage IS NOT NULL AND EXISTS (
  SELECT FROM jsonb_array_elements(outage) o WHERE (o->>'beganAt')::timestamptz < now() - $1 * interval '1 millisecond'
)`;

/** $1 execution. */
export const BEGIN_PATIENCE_ANEW = `
UPDATE executions
SET outage = (SELECT jsonb_agg(jsonb_set(o, '{beganAt}', to_jsonb(now()))) FROM jsonb_array_elements(outage) o)
WHERE id = $1 AND outage IS NOT NULL`;
