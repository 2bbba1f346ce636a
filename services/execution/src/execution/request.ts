import { newId, type PlannedTest } from '@testimony/contracts';
import { storableJson, type EventStore, type Transaction } from '@testimony/event-store';
import type { RequestExecution } from '../api';
import { openingSkips } from '../test/opening-skips';
import { decide as decideTest } from '../test/decide';
import { plannedTests } from '../test/planned';
import { undecided } from '../test/test';
import { completeIfDecided } from './complete';
import { decide } from './decide';
import { durationsBefore } from './durations';
import { NO_EXECUTION } from './execution';
import { executionStream, newEvent, testStream } from './new-event';
import { INSERT_DEPENDENCIES, INSERT_EXECUTION, INSERT_TESTS, INSERT_WORK } from './statements';

/** Stores request, admission, queue and the verdicts of tests that need no attempt, all or nothing. Returns the execution's id. */
export async function requestExecution(store: EventStore, command: RequestExecution): Promise<string> {
  const executionId = newId('exe');
  const { strategy, projectId, parallel, maxAttempts } = command;
  const took = await durationsBefore(
    store,
    projectId,
    strategy.testCases.map(({ id }) => id),
  );
  const tests = plannedTests(strategy, command.defaultTimeoutMs, took);
  const now = new Date();
  const events = decide(NO_EXECUTION, {
    kind: 'request',
    executionId,
    projectId,
    strategyId: strategy.id,
    strategyName: strategy.name,
    tests,
    parallel,
    maxAttempts,
    now,
  });
  const skips = openingSkips(tests);
  await store.transaction(async (tx) => {
    await tx.query(INSERT_EXECUTION, [
      executionId,
      projectId,
      strategy.id,
      strategy.name,
      parallel,
      maxAttempts,
      tests.some((t) => t.dependencies.length > 0),
      events.length,
      now,
    ]);
    await insertTests(tx, executionId, tests, skips);
    tx.append(executionStream(executionId), 0, events.map(newEvent));
    for (const [testId, reason] of skips) {
      const skipped = decideTest(undecided(executionId, testId), { kind: 'skip', reason, now });
      tx.append(testStream(executionId, testId), 0, skipped.map(newEvent));
    }
  });
  if (skips.size === tests.length) await completeIfDecided(store, executionId);
  return executionId;
}

async function insertTests(
  tx: Transaction,
  executionId: string,
  tests: readonly PlannedTest[],
  skips: ReadonlyMap<string, string>,
): Promise<void> {
  const rows = tests.map((t, place) => {
    const reason = skips.get(t.testId);
    return {
      test_id: t.testId,
      place,
      name: t.name,
      service: t.service,
      file: t.file,
      title_path: t.titlePath,
      timeout_ms: t.timeoutMs,
      ...(reason === undefined ? { version: 0 } : { version: 1, verdict: 'skipped', reason }),
    };
  });
  await tx.query(INSERT_TESTS, [executionId, storableJson(rows)]);
  const queued = tests.filter((t) => !skips.has(t.testId));
  const edges = queued.flatMap((t) => [...new Set(t.dependencies)].map((needs) => ({ needs, testId: t.testId })));
  if (edges.length > 0) {
    await tx.query(INSERT_DEPENDENCIES, [executionId, edges.map((e) => e.needs), edges.map((e) => e.testId)]);
  }
  const work = queued.map((t) => ({
    test_id: t.testId,
    framework: t.framework,
    rank: t.rank,
    expected_ms: t.expectedMs,
    waiting: new Set(t.dependencies).size,
  }));
  await tx.query(INSERT_WORK, [executionId, storableJson(work)]);
}
