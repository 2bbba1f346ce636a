import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The execution service's tables. The truth is in its events; these hold what the queue works on and what lists show. */
export class Execution1764000000000 implements MigrationInterface {
  name = 'Execution1764000000000';

  async up(db: QueryRunner): Promise<void> {
    for (const statement of UP) await db.query(statement);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE workers, work_items, dependencies, tests, executions');
  }
}

const UP = [
  // The aggregate's state beside its stream, written in the same transaction; `version` is the stream's.
  `CREATE TABLE executions (
    id text PRIMARY KEY,
    project_id text NOT NULL,
    strategy_id text NOT NULL,
    strategy_name text NOT NULL,
    parallel integer NOT NULL,
    max_attempts integer NOT NULL,
    has_dependencies boolean NOT NULL,
    version integer NOT NULL,
    status text NOT NULL,
    requested_at timestamptz NOT NULL,
    started_at timestamptz,
    completed_at timestamptz,
    summary jsonb,
    reason text
  )`,
  'CREATE INDEX executions_newest ON executions (project_id, requested_at DESC, id DESC)',
  "CREATE INDEX executions_running ON executions (id) WHERE status = 'running'",

  // One row a planned test. history: what retries and verdicts look at, without the evidence; losses: workers lost while they held it.
  `CREATE TABLE tests (
    execution_id text NOT NULL,
    test_id text NOT NULL,
    place integer NOT NULL,
    name text NOT NULL,
    service text NOT NULL,
    file text NOT NULL,
    title_path jsonb NOT NULL,
    timeout_ms double precision NOT NULL,
    version integer NOT NULL,
    history jsonb NOT NULL,
    losses integer NOT NULL,
    verdict text,
    reason text,
    runs integer NOT NULL,
    failed integer NOT NULL,
    PRIMARY KEY (execution_id, test_id)
  )`,
  `CREATE TABLE dependencies (
    execution_id text NOT NULL,
    needs text NOT NULL,
    test_id text NOT NULL,
    PRIMARY KEY (execution_id, needs, test_id)
  )`,

  // The queue: one row a test that has no verdict yet.
  // waiting: dependencies that have no verdict. alone: handed out singly. worker_id: null while queued.
  // returns: how often it came back from a lost worker; such tests go last, so that one that kills its workers holds up no other.
  // lease_id outlives the loss of its worker until the item is handed out again: a result found in a dead worker's spool still counts.
  `CREATE TABLE work_items (
    execution_id text NOT NULL,
    test_id text NOT NULL,
    attempt integer NOT NULL,
    framework text NOT NULL,
    rank integer NOT NULL,
    expected_ms double precision NOT NULL,
    isolated boolean NOT NULL,
    alone boolean NOT NULL,
    returns integer NOT NULL DEFAULT 0,
    waiting integer NOT NULL,
    ready_at timestamptz NOT NULL,
    worker_id text,
    lease_id text,
    leased_at timestamptz,
    PRIMARY KEY (execution_id, test_id)
  )`,
  `CREATE INDEX work_items_ready ON work_items (execution_id, returns, rank, expected_ms DESC, test_id)
    WHERE worker_id IS NULL AND waiting = 0`,
  'CREATE INDEX work_items_leased ON work_items (execution_id, worker_id) WHERE worker_id IS NOT NULL',

  // Workers of running executions; acknowledged: the last report that was stored.
  `CREATE TABLE workers (
    execution_id text NOT NULL,
    id text NOT NULL,
    slots integer NOT NULL,
    acknowledged integer NOT NULL,
    last_seen timestamptz NOT NULL,
    PRIMARY KEY (execution_id, id)
  )`,
];
