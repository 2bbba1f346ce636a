/** $1 execution. */
export const LOCK_EXECUTION = `
SELECT project_id, parallel, version, status, started_at
FROM executions
WHERE id = $1
FOR UPDATE`;

/** $1 id, $2 project, $3 purpose, $4 strategy, $5 its name, $6 slots, $7 attempts a failing test may have, $8 whether tests depend on others, $9 version, $10 now, $11 revision, $12 base, $13 learning, $14 tests without a verdict, $15 all attempts in proportion to them. */
export const INSERT_EXECUTION = `
INSERT INTO executions (
  id, project_id, purpose, strategy_id, strategy_name, parallel, max_attempts, has_dependencies, version, status, requested_at,
  revision, base, learning, planned, attempt_limit
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running', $10, $11, $12, $13, $14, $15)`;

/** $1 execution, $2 tests as JSON. */
export const INSERT_TESTS = `
INSERT INTO tests (
  execution_id, test_id, place, name, service, file, title_path, timeout_ms, version, history, losses, prior, healed_by, trial, verdict, decision
)
SELECT $1, t.test_id, t.place, t.name, t.service, t.file, t.title_path, t.timeout_ms, t.version, '[]', 0, t.prior, t.healed_by, t.trial, t.verdict, t.decision
FROM jsonb_to_recordset($2::jsonb) AS t(
  test_id text, place integer, name text, service text, file text, title_path jsonb, timeout_ms double precision, version integer,
  prior jsonb, healed_by text, trial jsonb, verdict text, decision jsonb
)`;

/** $1 execution, $2 tests without a verdict, as JSON. */
export const INSERT_WORK = `
INSERT INTO work_items (
  execution_id, test_id, attempt, framework, rank, expected_ms, conditions, alone, sequence, place, stressed, waiting, ready_at
)
SELECT $1, t.test_id, 1, t.framework, t.rank, t.expected_ms, t.conditions, false, t.sequence, t.place, t.stressed, t.waiting, now()
FROM jsonb_to_recordset($2::jsonb) AS t(
  test_id text, framework text, rank integer, expected_ms double precision, conditions jsonb, sequence text, place integer,
  stressed boolean, waiting integer
)`;

/** $1 execution, $2 needed tests, $3 the tests that need them. */
export const INSERT_DEPENDENCIES = `
INSERT INTO dependencies (execution_id, needs, test_id)
SELECT $1, needs, test_id
FROM unnest($2::text[], $3::text[]) AS d(needs, test_id)`;

/** $1 execution, $2 version, $3 status, $4 started, $5 ended, $6 summary, $7 reason. */
export const UPDATE_EXECUTION = `
UPDATE executions
SET version = $2, status = $3, started_at = coalesce($4, started_at), completed_at = $5, summary = $6, reason = $7
WHERE id = $1`;

/** $1 execution. */
export const COUNT_VERDICTS = 'SELECT verdict, count(*)::int AS n FROM tests WHERE execution_id = $1 GROUP BY verdict';
