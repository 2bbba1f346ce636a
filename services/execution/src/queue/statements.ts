// The queue's statements. `execution.spec` and `queue.spec` run them; `plans.spec` holds the hot ones to their indexes.

/**
 * What is ready, for `leaseSize`. One row with nulls when nothing is; no row for an unknown execution. A stressed item is not ready while
 * another one is out (see `lease`). $1 execution, $2 items to return, $3 look-ahead a slot.
 */
export const LOOK_AHEAD = `
SELECT e.status, e.started_at IS NOT NULL AS started, e.outage IS NOT NULL AS outage, e.parallel AS slots,
  q.framework, q.alone, q.sequence, q.stressed, q.expected_ms, q.total_ms
FROM executions e
LEFT JOIN LATERAL (
  SELECT framework, alone, sequence, stressed, expected_ms, sum(expected_ms) OVER () AS total_ms, row_number() OVER () AS place
  FROM (
    SELECT framework, alone, sequence, stressed, expected_ms
    FROM work_items
    WHERE execution_id = e.id AND worker_id IS NULL AND waiting = 0 AND ready_at <= now()
      AND NOT (stressed AND EXISTS (SELECT FROM work_items s WHERE s.execution_id = e.id AND s.stressed AND s.worker_id IS NOT NULL))
    ORDER BY returns, rank, expected_ms DESC, test_id
    LIMIT e.parallel * $3::int
  ) ahead
) q ON q.place <= $2::int
WHERE e.id = $1
ORDER BY q.place`;

/**
 * Hands out. SKIP LOCKED: two workers that ask at once get different items and neither waits for the other.
 * $1 execution, $2 worker, $3 framework, $4 alone, $5 stressed, $6 how many.
 */
export const TAKE = `
WITH next AS (
  SELECT test_id
  FROM work_items
  WHERE execution_id = $1 AND worker_id IS NULL AND waiting = 0 AND ready_at <= now() AND framework = $3 AND alone = $4 AND stressed = $5
    AND sequence IS NULL
  ORDER BY returns, rank, expected_ms DESC, test_id
  LIMIT $6
  FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE work_items w
  SET worker_id = $2, lease_id = gen_random_uuid()::text, leased_at = now()
  FROM next
  WHERE w.execution_id = $1 AND w.test_id = next.test_id
  RETURNING w.*
)
SELECT l.lease_id, l.test_id, l.attempt, l.framework, l.conditions, t.service, t.file, t.title_path, t.timeout_ms
FROM leased l
JOIN tests t ON t.execution_id = $1 AND t.test_id = l.test_id
ORDER BY l.returns, l.rank, l.expected_ms DESC, l.test_id`;

/** Hands out a sequence, whole and in its order, to whoever gets its first item. $1 execution, $2 worker, $3 sequence. */
export const TAKE_SEQUENCE = `
WITH first AS (
  SELECT sequence
  FROM work_items
  WHERE execution_id = $1 AND sequence = $3 AND place = 0 AND worker_id IS NULL
  FOR UPDATE SKIP LOCKED
), leased AS (
  UPDATE work_items w
  SET worker_id = $2, lease_id = gen_random_uuid()::text, leased_at = now()
  FROM first
  WHERE w.execution_id = $1 AND w.sequence = first.sequence
  RETURNING w.*
)
SELECT l.lease_id, l.test_id, l.attempt, l.framework, l.conditions, t.service, t.file, t.title_path, t.timeout_ms
FROM leased l
JOIN tests t ON t.execution_id = $1 AND t.test_id = l.test_id
ORDER BY l.place`;

/** Whether a stressed item is out; to be asked with the execution's row locked. $1 execution. */
export const STRESS_IS_OUT = `
SELECT EXISTS (SELECT FROM work_items WHERE execution_id = $1 AND stressed AND worker_id IS NOT NULL) AS out`;

/** Whether anything is undecided, and when the next delayed retry is due. $1 execution. */
export const NEXT_DUE = `
SELECT count(*) > 0 AS open,
  extract(epoch FROM min(ready_at) FILTER (WHERE worker_id IS NULL AND waiting = 0 AND NOT stressed) - now()) * 1000 AS due_ms
FROM work_items
WHERE execution_id = $1`;

/** What `settle` needs of a test. */
const LOCKED =
  'w.test_id, w.lease_id, w.worker_id, w.sequence, t.version, t.history, t.losses, t.service, t.healed_by, t.trial IS NOT NULL AS is_trial';

/** Leases that a report may still answer are those whose id stands on the item. Both rows are locked, so that both are the newest. $1 execution, $2 tests. */
export const LOCK_TESTS = `
SELECT ${LOCKED}
FROM work_items w
JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
WHERE w.execution_id = $1 AND w.test_id = ANY($2)
ORDER BY w.test_id
FOR UPDATE`;

/** $1 execution, $2 worker. */
export const LOCK_LEASED = `
SELECT ${LOCKED}
FROM work_items w
JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
WHERE w.execution_id = $1 AND w.worker_id = $2
ORDER BY w.test_id
FOR UPDATE`;

/** $1 execution. */
export const LOCK_UNDECIDED = `
SELECT ${LOCKED}
FROM work_items w
JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
WHERE w.execution_id = $1
ORDER BY w.test_id
FOR UPDATE`;

/** Undecided tests of these services. $1 execution, $2 services. */
export const LOCK_OF_SERVICES = `
SELECT ${LOCKED}
FROM work_items w
JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
WHERE w.execution_id = $1 AND t.service = ANY($2)
ORDER BY w.test_id
FOR UPDATE`;

/** Undecided tests that need one of these. $1 execution, $2 tests that ended without having passed. */
export const LOCK_DEPENDANTS = `
SELECT ${LOCKED}, d.needs, n.name AS needs_name, n.verdict AS needs_verdict
FROM dependencies d
JOIN work_items w ON w.execution_id = d.execution_id AND w.test_id = d.test_id
JOIN tests t ON t.execution_id = d.execution_id AND t.test_id = d.test_id
JOIN tests n ON n.execution_id = d.execution_id AND n.test_id = d.needs
WHERE d.execution_id = $1 AND d.needs = ANY($2)
ORDER BY w.test_id
FOR UPDATE OF w, t`;

/** One dependency less for each of these. Locked in one order, as everywhere, so that two reports cannot wait for each other. $1 execution, $2 tests that passed. */
export const RELEASE_DEPENDANTS = `
WITH met AS (
  SELECT test_id, count(*) AS n
  FROM dependencies
  WHERE execution_id = $1 AND needs = ANY($2)
  GROUP BY test_id
), locked AS (
  SELECT w.test_id, met.n
  FROM work_items w
  JOIN met ON met.test_id = w.test_id
  WHERE w.execution_id = $1
  ORDER BY w.test_id
  FOR UPDATE OF w
)
UPDATE work_items w
SET waiting = w.waiting - locked.n
FROM locked
WHERE w.execution_id = $1 AND w.test_id = locked.test_id`;

/**
 * Writes what was decided of a set of tests: the verdicts, the queue without the decided ones, and the others back in it, singly.
 * A retry ends its lease; a returned test keeps the lease's id (see the table). $1 execution, $2 changes as JSON.
 */
export const SETTLE = `
WITH changed AS MATERIALIZED (
  SELECT *
  FROM jsonb_to_recordset($2::jsonb) AS c(
    test_id text, version integer, history jsonb, losses integer, verdict text, decision jsonb, ended_at timestamptz,
    attempt integer, conditions jsonb, delay_ms double precision
  )
), settled AS (
  UPDATE tests t
  SET version = c.version, history = c.history, losses = c.losses, verdict = c.verdict, decision = c.decision, ended_at = c.ended_at
  FROM changed c
  WHERE t.execution_id = $1 AND t.test_id = c.test_id
), removed AS (
  DELETE FROM work_items w
  USING changed c
  WHERE w.execution_id = $1 AND w.test_id = c.test_id AND c.verdict IS NOT NULL
)
UPDATE work_items w
SET worker_id = NULL,
  alone = true,
  lease_id = CASE WHEN c.attempt IS NULL THEN w.lease_id END,
  returns = w.returns + CASE WHEN c.attempt IS NULL THEN 1 ELSE 0 END,
  attempt = coalesce(c.attempt, w.attempt),
  conditions = coalesce(c.conditions, w.conditions),
  ready_at = now() + coalesce(c.delay_ms, 0) * interval '1 millisecond'
FROM changed c
WHERE w.execution_id = $1 AND w.test_id = c.test_id AND c.verdict IS NULL`;

/** What is left of sequences that a former life began. $1 execution. */
export const LOCK_BEGUN_SEQUENCES = `
SELECT ${LOCKED}
FROM work_items w
JOIN tests t ON t.execution_id = w.execution_id AND t.test_id = w.test_id
WHERE w.execution_id = $1 AND w.worker_id IS NOT NULL AND w.sequence IS NOT NULL
ORDER BY w.test_id
FOR UPDATE`;

/** The leases of a former life, back in the queue. $1 execution. */
export const RELEASE_ALL = `
UPDATE work_items
SET worker_id = NULL, alone = true
WHERE execution_id = $1 AND worker_id IS NOT NULL`;

/** Workers that were not heard of for $1 ms: those that hold work (registered or not), and those that hold none, which nobody would miss otherwise. */
export const SILENT_WORKERS = `
SELECT DISTINCT i.execution_id, i.worker_id
FROM work_items i
WHERE i.worker_id IS NOT NULL
  AND i.leased_at < now() - $1 * interval '1 millisecond'
  AND NOT EXISTS (
    SELECT FROM workers w
    WHERE w.execution_id = i.execution_id AND w.id = i.worker_id AND w.last_seen >= now() - $1 * interval '1 millisecond'
  )
UNION
SELECT execution_id, id
FROM workers
WHERE last_seen < now() - $1 * interval '1 millisecond' AND last_seen > '-infinity'`;

/** Running, and every test has its verdict: to be completed. */
export const ALL_DECIDED = `
SELECT e.id
FROM executions e
WHERE e.status = 'running' AND NOT EXISTS (SELECT FROM work_items w WHERE w.execution_id = e.id)`;

/** By min rather than EXISTS, for which the planner reads the whole table in the hope of an early row; at the end there is none. $1 execution. */
export const ANY_UNDECIDED = 'SELECT min(test_id) IS NOT NULL AS open FROM work_items WHERE execution_id = $1';
