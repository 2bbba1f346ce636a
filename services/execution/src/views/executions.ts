import {
  TestAttempted,
  type Attempt,
  type Decision,
  type EventData,
  type ExecutionStatus,
  type Summary,
  type TestExecution,
} from '@testimony/contracts';
import type { EventStore } from '@testimony/event-store';
import type { ExecutionRow } from '../api';
import { summaryOf } from '../execution/complete';
import { testStream } from '../execution/new-event';
import { executionUnknown } from '../execution/status-of';
import { resultOf } from './result';

/** Lists carry no results, and at most this many rows. */
const MAX_ROWS = 500;
/** Attempts hold evidence; so many tests' worth of it is read at once. */
export const TESTS_AT_ONCE = 200;

const LIST = `
SELECT e.id, e.strategy_id, e.strategy_name, e.status, e.summary, e.requested_at, e.completed_at
FROM executions e
WHERE e.project_id = $1 AND e.purpose = 'run'
ORDER BY e.requested_at DESC, e.id DESC
LIMIT $2`;

const TESTS = `
SELECT t.test_id, t.decision, t.healed_by, w.worker_id IS NOT NULL AS running
FROM tests t
LEFT JOIN work_items w ON w.execution_id = t.execution_id AND w.test_id = t.test_id
WHERE t.execution_id = $1
ORDER BY t.place`;

/** $1 streams. */
export const EVENTS_OF_TESTS = `
SELECT stream, type, data
FROM events
WHERE stream = ANY($1)
ORDER BY position`;

interface ListRow {
  readonly id: string;
  readonly strategy_id: string;
  readonly strategy_name: string;
  readonly status: ExecutionStatus;
  readonly summary: Summary | null;
  readonly requested_at: Date;
  readonly completed_at: Date | null;
}

interface TestRow {
  readonly test_id: string;
  readonly decision: Decision | null;
  readonly healed_by: string | null;
  readonly running: boolean;
}

export async function listExecutions(store: EventStore, projectId: string, limit: number): Promise<ExecutionRow[]> {
  const { rows } = await store.query<ListRow>(LIST, [projectId, Math.min(Math.max(limit, 0), MAX_ROWS)]);
  const list: ExecutionRow[] = [];
  for (const row of rows) {
    list.push({
      id: row.id,
      strategyId: row.strategy_id,
      strategyName: row.strategy_name,
      status: row.status,
      summary: row.summary ?? (await summaryOf(store, row.id)),
      requestedAt: row.requested_at,
      completedAt: row.completed_at,
    });
  }
  return list;
}

export async function getExecution(store: EventStore, executionId: string): Promise<TestExecution> {
  const { rows } = await store.query<{ strategy_id: string; status: ExecutionStatus }>(
    'SELECT strategy_id, status FROM executions WHERE id = $1',
    [executionId],
  );
  const row = rows[0];
  if (!row) throw executionUnknown(executionId);
  const { rows: tests } = await store.query<TestRow>(TESTS, [executionId]);
  const results = [];
  for (let from = 0; from < tests.length; from += TESTS_AT_ONCE) {
    const some = tests.slice(from, from + TESTS_AT_ONCE);
    const evidence = await evidenceOf(store, executionId, some);
    for (const test of some) {
      const { attempts, decidedAt } = evidence.get(test.test_id) ?? { attempts: [], decidedAt: null };
      results.push(resultOf({ testId: test.test_id, attempts, decision: decisionOf(test), decidedAt, healedBy: test.healed_by }));
    }
  }
  return { id: executionId, strategyId: row.strategy_id, status: row.status, results, summary: await summaryOf(store, executionId) };
}

function decisionOf({ decision, running }: TestRow): Decision | 'pending' | 'running' {
  return decision ?? (running ? 'running' : 'pending');
}

export interface Evidence {
  readonly attempts: Attempt[];
  decidedAt: string | null;
}

/** The attempts of these tests, with all that was kept of them. */
export async function evidenceOf(
  store: EventStore,
  executionId: string,
  tests: readonly { readonly test_id: string }[],
): Promise<Map<string, Evidence>> {
  const evidence = new Map<string, Evidence>(tests.map((t) => [t.test_id, { attempts: [], decidedAt: null }]));
  const streams = tests.map((t) => testStream(executionId, t.test_id));
  const { rows } = await store.query<{ type: string; data: unknown }>(EVENTS_OF_TESTS, [streams]);
  for (const { type, data } of rows) {
    if (type === TestAttempted.type) {
      const { executionId: _execution, testId, ...attempt } = data as EventData<typeof TestAttempted>;
      evidence.get(testId)?.attempts.push(attempt);
    } else if (type === 'io.testimony.test.decided') {
      const { testId, decidedAt } = data as { testId: string; decidedAt: string };
      const of = evidence.get(testId);
      if (of) of.decidedAt = decidedAt;
    }
  }
  return evidence;
}
