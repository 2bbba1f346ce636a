import type { EventStore, Transaction } from '@testimony/event-store';

/**
 * The largest run of a month stands for the tests that a project has: a run of some tests (`--grep`, one service, a shard) must not shrink the
 * budget of its quarantine, and a project that has become smaller is to be noticed in the end. A month is as long as a quarantine may last.
 */
const WINDOW_DAYS = 30;

const NOTE = `
INSERT INTO runs (project_id, day, tests) VALUES ($1, $2::timestamptz AT TIME ZONE 'UTC', $3)
ON CONFLICT (project_id, day) DO UPDATE SET tests = greatest(runs.tests, excluded.tests)`;
const FORGET = `DELETE FROM runs WHERE project_id = $1 AND day <= ($2::timestamptz AT TIME ZONE 'UTC')::date - $3::integer`;
/** Up to the newest run, not to today: a project that rested for long has not lost its tests. */
const LARGEST = `
SELECT max(tests) AS tests FROM runs
WHERE project_id = $1 AND day > (SELECT max(day) FROM runs WHERE project_id = $1) - $2::integer`;

/** A run of so many tests was asked for. */
export async function noteRun(tx: Pick<Transaction, 'query'>, projectId: string, tests: number, at: string): Promise<void> {
  await tx.query(NOTE, [projectId, at, tests]);
  await tx.query(FORGET, [projectId, at, WINDOW_DAYS]);
}

/** Undefined when no run of the project is known. */
export async function knownTests(store: EventStore, projectId: string): Promise<number | undefined> {
  const { rows } = await store.query<{ tests: number | null }>(LARGEST, [projectId, WINDOW_DAYS]);
  return rows[0]?.tests ?? undefined;
}
