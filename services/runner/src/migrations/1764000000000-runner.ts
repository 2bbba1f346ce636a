import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the runner must remember over a restart: executions that are to have workers, and workers that have not ended. */
export class Runner1764000000000 implements MigrationInterface {
  name = 'Runner1764000000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE TABLE runs (
      execution_id text PRIMARY KEY,
      project_id text NOT NULL,
      parallel integer NOT NULL,
      losses integer NOT NULL
    )`);
    await db.query(`CREATE TABLE workers (
      id text PRIMARY KEY,
      execution_id text NOT NULL,
      project_id text NOT NULL,
      slots integer NOT NULL,
      status text NOT NULL,
      version integer NOT NULL,
      not_before timestamptz NOT NULL
    )`);
    await db.query('CREATE INDEX workers_of_execution ON workers (execution_id)');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('DROP TABLE workers, runs');
  }
}
