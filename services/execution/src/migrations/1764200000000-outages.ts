import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A run may have several outages at once: `executions.outage` is a list of those that are open, null without any. */
export class Outages1764200000000 implements MigrationInterface {
  name = 'Outages1764200000000';

  async up(db: QueryRunner): Promise<void> {
    await db.query('UPDATE executions SET outage = jsonb_build_array(outage) WHERE outage IS NOT NULL');
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('UPDATE executions SET outage = outage -> 0 WHERE outage IS NOT NULL');
  }
}
