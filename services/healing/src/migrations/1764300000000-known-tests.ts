import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How many tests the runs of each day had, the largest of them: the newest run alone may have been one of a few tests. */
export class KnownTests1764300000000 implements MigrationInterface {
  name = 'KnownTests1764300000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query(`CREATE TABLE runs (
      project_id text NOT NULL,
      day date NOT NULL,
      tests integer NOT NULL,
      PRIMARY KEY (project_id, day)
    )`);
    await db.query("INSERT INTO runs (project_id, day, tests) SELECT project_id, (now() AT TIME ZONE 'UTC')::date, tests FROM projects");
    await db.query('DROP TABLE projects');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('CREATE TABLE projects (project_id text PRIMARY KEY, tests integer NOT NULL)');
    await db.query('INSERT INTO projects (project_id, tests) SELECT project_id, max(tests) FROM runs GROUP BY project_id');
    await db.query('DROP TABLE runs');
  }
}
