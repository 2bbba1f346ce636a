import { FAILURE_CLASSES, type FailureClass } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { z } from 'zod';
import type { LearnedRetry } from '../api';

/** What was learned of a project's retries was given up; counting begins anew. */
export const LearningReset = {
  type: 'learning.reset',
  schema: z.object({ projectId: z.string(), at: z.iso.datetime() }),
  published: false,
} as const;

/** $1 project. */
const LEARNED = `
SELECT class, policy, tried, passed
FROM learned_retries
WHERE project_id = $1
ORDER BY class, policy`;

/** $1 project, $2 retries as JSON. Sorted, as everywhere, so that two reports cannot wait for each other. */
const LEARN = `
INSERT INTO learned_retries AS l (project_id, class, policy, tried, passed)
SELECT $1, r.class, r.policy, r.tried, r.passed
FROM jsonb_to_recordset($2::jsonb) AS r(class text, policy text, tried integer, passed integer)
ORDER BY r.class, r.policy
ON CONFLICT (project_id, class, policy) DO UPDATE SET tried = l.tried + excluded.tried, passed = l.passed + excluded.passed`;

export async function learnedOf(db: Pick<Transaction, 'query'>, projectId: string): Promise<LearnedRetry[]> {
  const { rows } = await db.query<{ class: string; policy: string; tried: number; passed: number }>(LEARNED, [projectId]);
  return rows.filter((row): row is typeof row & { class: FailureClass } => FAILURE_CLASSES.some((c) => c === row.class));
}

/** Adds what these retries came to, in the transaction that stores them. */
export async function learn(tx: Transaction, projectId: string, retries: readonly LearnedRetry[]): Promise<void> {
  if (retries.length === 0) return;
  const sums = new Map<string, { class: FailureClass; policy: string; tried: number; passed: number }>();
  for (const { class: failureClass, policy, tried, passed } of retries) {
    const key = `${failureClass} ${policy}`;
    const sum = sums.get(key) ?? { class: failureClass, policy, tried: 0, passed: 0 };
    sums.set(key, { ...sum, tried: sum.tried + tried, passed: sum.passed + passed });
  }
  await tx.query(LEARN, [projectId, JSON.stringify([...sums.values()])]);
}

export async function resetLearned(store: EventStore, projectId: string): Promise<void> {
  await store.transaction(async (tx) => {
    const data = { projectId, at: new Date().toISOString() };
    tx.append(`learning-${projectId}`, 'any', [{ type: LearningReset.type, data, published: LearningReset.published }]);
    await tx.query('DELETE FROM learned_retries WHERE project_id = $1', [projectId]);
  });
}
