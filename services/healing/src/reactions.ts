import { Controller, Inject } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import { ExecutionCancelled, ExecutionCompleted, ExecutionRequested, flakePatternSchema, TestDecided } from '@testimony/contracts';
import { EventContext, On, type ReceivedEvent } from '@testimony/service-kit';
import { z } from 'zod';
import { recordFlakeIn } from './flake/record';
import { noteRun } from './quarantine/known-tests';
import { NOW } from './tokens';

const patternsSchema = z.array(flakePatternSchema);

const PLAN = `
INSERT INTO planned (execution_id, test_id, project_id, name, file, patterns)
SELECT $1, t.test_id, $2, t.name, t.file, t.patterns
FROM jsonb_to_recordset($3::jsonb) AS t (test_id text, name text, file text, patterns jsonb)
ON CONFLICT DO NOTHING`;

interface PlannedRow {
  readonly project_id: string;
  readonly name: string;
  readonly file: string;
  readonly patterns: unknown;
}

/** What healing does on the execution's events: it notes which tests were flaky. Healing itself is begun by whoever ran them. */
@Controller()
export class Reactions {
  constructor(@Inject(NOW) private readonly now: () => Date) {}

  @On(ExecutionRequested)
  async requested(@Payload() { data }: ReceivedEvent<typeof ExecutionRequested>, @Ctx() { tx }: EventContext): Promise<void> {
    // An experiment draws its own conclusions.
    if (data.purpose !== 'run') return;
    await noteRun(tx, data.projectId, data.tests.length, data.requestedAt);
    const rows = data.tests.map(({ testId, name, file, prior }) => ({
      test_id: testId,
      name,
      file,
      patterns: [...new Set((prior?.patterns ?? []).map(({ pattern }) => pattern))],
    }));
    await tx.query(PLAN, [data.executionId, data.projectId, JSON.stringify(rows)]);
  }

  @On(TestDecided)
  async decided(@Payload() { data }: ReceivedEvent<typeof TestDecided>, @Ctx() { tx }: EventContext): Promise<void> {
    if (data.verdict !== 'flaky') return;
    const { executionId, testId, runs, failed, reason, flakiness } = data;
    const { rows } = await tx.query<PlannedRow>(
      'SELECT project_id, name, file, patterns FROM planned WHERE execution_id = $1 AND test_id = $2',
      [executionId, testId],
    );
    const row = rows[0];
    if (!row) return;
    const { name, file } = row;
    const patterns = patternsSchema.parse(row.patterns);
    const detection = {
      testId,
      name,
      file,
      verdict: 'flaky',
      probability: flakiness?.probability ?? 1,
      runs,
      failed,
      conditions: [],
      patterns,
      reason,
    } as const;
    await recordFlakeIn(
      tx,
      row.project_id,
      { ...detection, conditions: [...detection.conditions], patterns: [...patterns] },
      executionId,
      this.now(),
    );
  }

  @On(ExecutionCompleted)
  async completed(@Payload() { data }: ReceivedEvent<typeof ExecutionCompleted>, @Ctx() { tx }: EventContext): Promise<void> {
    await tx.query('DELETE FROM planned WHERE execution_id = $1', [data.executionId]);
  }

  @On(ExecutionCancelled)
  async cancelled(@Payload() { data }: ReceivedEvent<typeof ExecutionCancelled>, @Ctx() { tx }: EventContext): Promise<void> {
    await tx.query('DELETE FROM planned WHERE execution_id = $1', [data.executionId]);
  }
}
