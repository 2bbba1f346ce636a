// What the queue keeps of workers.

/** $1 execution, $2 worker, $3 slots. Nothing for an execution that has ended. */
export const REGISTER = `
INSERT INTO workers (execution_id, id, slots, acknowledged, last_seen)
SELECT id, $2, $3, 0, now()
FROM executions
WHERE id = $1 AND status = 'running'
ON CONFLICT (execution_id, id) DO UPDATE SET slots = excluded.slots, last_seen = excluded.last_seen`;

/**
 * Takes a report's number and says which one was stored before. The row stays locked to the end of the transaction, so that a report
 * that arrives twice at once is stored once. $1 execution, $2 worker, $3 number.
 */
export const TAKE_REPORT = `
WITH before AS (
  SELECT id, acknowledged
  FROM workers
  WHERE execution_id = $1 AND id = $2
  FOR UPDATE
)
UPDATE workers w
SET acknowledged = greatest(before.acknowledged, $3), last_seen = now()
FROM before, executions e
WHERE w.execution_id = $1 AND w.id = before.id AND e.id = $1
RETURNING before.acknowledged, e.max_attempts, e.has_dependencies, e.outage IS NOT NULL AS outage`;

/** $1 execution, $2 worker. */
export const SEEN = 'UPDATE workers SET last_seen = now() WHERE execution_id = $1 AND id = $2';

/** Of the leases $2 those that no longer stand. $1 execution. */
export const GONE = `
SELECT l.id
FROM unnest($2::text[]) AS l(id)
WHERE NOT EXISTS (SELECT FROM work_items w WHERE w.execution_id = $1 AND w.lease_id = l.id)`;

/**
 * Work that was handed to a worker which does not know of it: the answer to its lease was lost on the way. Back in the queue.
 * An answer may still be under way for a while, hence $4 ms. $1 execution, $2 worker, $3 leases that it knows.
 */
export const RETURN_UNKNOWN = `
UPDATE work_items
SET worker_id = NULL
WHERE execution_id = $1 AND worker_id = $2 AND leased_at < now() - $4 * interval '1 millisecond' AND NOT (lease_id = ANY($3))`;

/** Known to be gone: not missed any more, though what it sent before may still arrive. $1 execution, $2 worker. */
export const KNOWN_LOST = `UPDATE workers SET last_seen = '-infinity' WHERE execution_id = $1 AND id = $2`;

/** A silent worker is missed anew only after the same time again. $1 execution, $2 worker. */
export const MISSED = `UPDATE workers SET last_seen = now() WHERE execution_id = $1 AND id = $2 AND last_seen > '-infinity'`;

/** $1 execution. */
export const FORGET_WORKERS = 'DELETE FROM workers WHERE execution_id = $1';
