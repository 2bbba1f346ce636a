import type { Transaction } from '@testimony/event-store';
import { requestWorker, type Run } from './change';

const ADMIT = `
INSERT INTO runs (execution_id, project_id, parallel, losses)
VALUES ($1, $2, $3, 0)
ON CONFLICT (execution_id) DO NOTHING`;

/** An admitted execution gets its worker, unless it has one: it may be admitted again after a crash. */
export async function admit(tx: Transaction, run: Run, provider: string): Promise<void> {
  await tx.query(ADMIT, [run.executionId, run.projectId, run.parallel]);
  const { rows } = await tx.query<{ busy: boolean }>('SELECT EXISTS (SELECT FROM workers WHERE execution_id = $1) AS busy', [
    run.executionId,
  ]);
  if (!rows[0]?.busy) await requestWorker(tx, run, provider, 0);
}

/** Of an execution that has ended nothing is remembered; its workers end by themselves or are stopped. */
export async function forget(tx: Transaction, executionId: string): Promise<void> {
  await tx.query('DELETE FROM runs WHERE execution_id = $1', [executionId]);
}

/** One loss more. Undefined when the execution is not to have workers any more. */
export async function countLoss(tx: Transaction, executionId: string): Promise<(Run & { readonly losses: number }) | undefined> {
  const { rows } = await tx.query<{ project_id: string; parallel: number; losses: number }>(
    'UPDATE runs SET losses = losses + 1 WHERE execution_id = $1 RETURNING project_id, parallel, losses',
    [executionId],
  );
  const row = rows[0];
  return row && { executionId, projectId: row.project_id, parallel: row.parallel, losses: row.losses };
}

/** Whether the execution is still to have workers. */
export async function isWanted(tx: Transaction, executionId: string): Promise<boolean> {
  const { rows } = await tx.query<{ wanted: boolean }>('SELECT EXISTS (SELECT FROM runs WHERE execution_id = $1) AS wanted', [executionId]);
  return rows[0]?.wanted === true;
}
