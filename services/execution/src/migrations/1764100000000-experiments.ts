import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Experiments, retries that are decided on evidence, outages, and what retries taught. Executions from before it stay readable. */
export class Experiments1764100000000 implements MigrationInterface {
  name = 'Experiments1764100000000';

  async up(db: QueryRunner): Promise<void> {
    for (const statement of UP) await db.query(statement);
  }

  async down(db: QueryRunner): Promise<void> {
    for (const statement of DOWN) await db.query(statement);
  }
}

const UP = [
  // attempts_spent: attempts beyond the first that were planned to find out about failures, of which attempt_limit allows only so many.
  // climate: how the project's tests behaved in its newest runs, read at the first failure. outage: while one is open.
  `ALTER TABLE executions
    ADD purpose text NOT NULL DEFAULT 'run',
    ADD revision jsonb,
    ADD base boolean NOT NULL DEFAULT false,
    ADD learning boolean NOT NULL DEFAULT true,
    ADD planned integer NOT NULL DEFAULT 0,
    ADD attempt_limit double precision,
    ADD attempts_spent integer NOT NULL DEFAULT 0,
    ADD climate jsonb,
    ADD outage jsonb,
    ADD outages integer NOT NULL DEFAULT 0`,
  'UPDATE executions e SET planned = (SELECT count(*) FROM tests t WHERE t.execution_id = e.id)',
  `ALTER TABLE executions
    ALTER purpose DROP DEFAULT, ALTER base DROP DEFAULT, ALTER learning DROP DEFAULT, ALTER planned DROP DEFAULT`,
  'DROP INDEX executions_newest',
  "CREATE INDEX executions_newest ON executions (project_id, requested_at DESC, id DESC) WHERE purpose = 'run'",

  // A row may be a trial of an experiment. prior: what was known before it ran; ended_at: when its deciding attempt ended, by the worker's clock.
  'ALTER TABLE tests ADD prior jsonb, ADD healed_by text, ADD trial jsonb, ADD decision jsonb, ADD ended_at timestamptz',
  `UPDATE tests
    SET decision = jsonb_build_object('verdict', verdict, 'reason', coalesce(reason, ''), 'runs', runs, 'failed', failed)
    WHERE verdict IS NOT NULL`,
  'ALTER TABLE tests DROP reason, DROP runs, DROP failed',

  // sequence: of trials that go out as a whole, in the order of place. stressed: such an item, or its sequence, loads a processor core.
  `ALTER TABLE work_items
    ADD conditions jsonb NOT NULL DEFAULT '{}',
    ADD sequence text,
    ADD place integer NOT NULL DEFAULT 0,
    ADD stressed boolean NOT NULL DEFAULT false`,
  "UPDATE work_items SET conditions = jsonb_build_object('isolated', isolated)",
  'ALTER TABLE work_items DROP isolated, ALTER conditions DROP DEFAULT',
  'CREATE INDEX work_items_stressed ON work_items (execution_id) WHERE stressed AND worker_id IS NOT NULL',
  'CREATE INDEX work_items_sequence ON work_items (execution_id, sequence, place) WHERE sequence IS NOT NULL',

  // One row a failed attempt of a run: what several failures have in common, and whether this one was seen before.
  // signature: message, class and failing request without what names single things. shape: of the failing request. origin: whom it asked.
  // symptom: `no-answer` (the probe met nobody either), `unwell` (5xx or a time-out); null for any other failure. set_aside: it fell into an outage.
  `CREATE TABLE failed_attempts (
    execution_id text NOT NULL,
    test_id text NOT NULL,
    attempt integer NOT NULL,
    project_id text NOT NULL,
    base boolean NOT NULL,
    signature text NOT NULL,
    shape text,
    origin text,
    symptom text,
    set_aside boolean NOT NULL DEFAULT false,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (execution_id, test_id, attempt)
  )`,
  'CREATE INDEX failed_attempts_alike ON failed_attempts (execution_id, signature)',
  'CREATE INDEX failed_attempts_before ON failed_attempts (project_id, test_id, signature)',
  'CREATE INDEX failed_attempts_symptoms ON failed_attempts (execution_id, ended_at) WHERE symptom IS NOT NULL',

  // How often a kind of retry gave a pass, by the class of the failure before it: a view of test.attempted.
  `CREATE TABLE learned_retries (
    project_id text NOT NULL,
    class text NOT NULL,
    policy text NOT NULL,
    tried integer NOT NULL,
    passed integer NOT NULL,
    PRIMARY KEY (project_id, class, policy)
  )`,
];

const DOWN = [
  'DROP TABLE learned_retries, failed_attempts',
  `ALTER TABLE work_items ADD isolated boolean NOT NULL DEFAULT false`,
  `UPDATE work_items SET isolated = coalesce((conditions ->> 'isolated')::boolean, false)`,
  'ALTER TABLE work_items DROP conditions, DROP sequence, DROP place, DROP stressed, ALTER isolated DROP DEFAULT',
  'ALTER TABLE tests ADD reason text, ADD runs integer NOT NULL DEFAULT 0, ADD failed integer NOT NULL DEFAULT 0',
  `UPDATE tests
    SET reason = decision ->> 'reason', runs = (decision ->> 'runs')::int, failed = (decision ->> 'failed')::int
    WHERE decision IS NOT NULL`,
  `ALTER TABLE tests
    DROP prior, DROP healed_by, DROP trial, DROP decision, DROP ended_at, ALTER runs DROP DEFAULT, ALTER failed DROP DEFAULT`,
  "DELETE FROM executions WHERE purpose <> 'run'",
  'DROP INDEX executions_newest',
  `ALTER TABLE executions
    DROP purpose, DROP revision, DROP base, DROP learning, DROP planned, DROP attempt_limit, DROP attempts_spent, DROP climate,
    DROP outage, DROP outages`,
  'CREATE INDEX executions_newest ON executions (project_id, requested_at DESC, id DESC)',
];
