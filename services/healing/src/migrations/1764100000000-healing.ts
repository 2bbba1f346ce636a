import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The healing service's tables. The truth is in its events; these hold what lists show and what events of others left to be known. */
export class Healing1764100000000 implements MigrationInterface {
  name = 'Healing1764100000000';

  async up(db: QueryRunner): Promise<void> {
    // The aggregate's state beside its stream, written in the same transaction; `touching`: its file may be in the middle of a change.
    await db.query(`CREATE TABLE fixes (
      id text PRIMARY KEY,
      project_id text NOT NULL,
      test_id text NOT NULL,
      status text NOT NULL,
      touching boolean NOT NULL,
      proposed_at timestamptz NOT NULL,
      version integer NOT NULL,
      state jsonb NOT NULL
    )`);
    await db.query('CREATE INDEX fixes_newest ON fixes (project_id, id DESC)');
    await db.query('CREATE INDEX fixes_touching ON fixes (project_id) WHERE touching');
    // How many tests the project's newest run had: what the budget of its quarantine is a share of.
    await db.query('CREATE TABLE projects (project_id text PRIMARY KEY, tests integer NOT NULL)');
    // Tests of runs that go on, for the events that name only their ids.
    await db.query(`CREATE TABLE planned (
      execution_id text NOT NULL,
      test_id text NOT NULL,
      project_id text NOT NULL,
      name text NOT NULL,
      file text NOT NULL,
      patterns jsonb NOT NULL,
      PRIMARY KEY (execution_id, test_id)
    )`);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE planned, projects, fixes');
  }
}
