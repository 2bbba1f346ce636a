import { TestDecided } from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import { testStream } from './new-event';

/** $1 project */
const NEWEST = `
SELECT id
FROM executions
WHERE project_id = $1 AND purpose = 'run' AND status IN ('passed', 'failed')
ORDER BY requested_at DESC
LIMIT 1`;

/** $1 streams, $2 type */
const DURATIONS = `
SELECT data->>'testId' AS test_id, (data->>'durationMs')::float8 AS ms
FROM events
WHERE stream = ANY($1) AND type = $2`;

/** How long tests took in the project's newest execution: what leases are sized by, so that short tests go together and all workers end together. */
export async function durationsBefore(store: EventStore, projectId: string, testIds: readonly string[]): Promise<Map<string, number>> {
  const { rows: newest } = await store.query<{ id: string }>(NEWEST, [projectId]);
  const [last] = newest;
  if (!last) return new Map();
  const streams = testIds.map((testId) => testStream(last.id, testId));
  const { rows } = await store.query<{ test_id: string; ms: number }>(DURATIONS, [streams, TestDecided.type]);
  return new Map(rows.map(({ test_id: testId, ms }) => [testId, ms]));
}
