import { newId, type PlannedTest } from '@testimony/contracts';
import { storableJson, type EventStore, type Transaction } from '@testimony/event-store';
import type { RequestExecution, RequestExperiment } from '../api';
import { decide as decideTest } from '../test/decide';
import { openingSkips } from '../test/opening-skips';
import { plannedTests, plannedTrials, sequenceOf } from '../test/planned';
import { undecided } from '../test/test';
import { completeIfDecided } from './complete';
import { decide } from './decide';
import { durationsBefore } from './durations';
import { NO_EXECUTION } from './execution';
import { executionStream, newEvent, testStream } from './new-event';
import { INSERT_DEPENDENCIES, INSERT_EXECUTION, INSERT_TESTS, INSERT_WORK } from './statements';

/** Stores request, admission, queue and the verdicts of tests that need no attempt, all or nothing. Returns the execution's id. */
export async function requestExecution(store: EventStore, command: RequestExecution): Promise<string> {
  const { strategy, projectId, defaultTimeoutMs, healedBy } = command;
  const took = await durationsBefore(
    store,
    projectId,
    strategy.testCases.map(({ id }) => id),
  );
  return open(store, {
    ...command,
    purpose: healedBy ? 'recheck' : 'run',
    strategyId: strategy.id,
    strategyName: strategy.name,
    tests: plannedTests(strategy, { defaultTimeoutMs, took, healedBy }),
  });
}

/** Stores the request of an experiment; its trials are in the queue when this resolves. Returns its execution's id. */
export async function requestExperiment(store: EventStore, command: RequestExperiment): Promise<string> {
  const { projectId, question, tests, trials, defaultTimeoutMs } = command;
  const took = await durationsBefore(
    store,
    projectId,
    tests.map(({ id }) => id),
  );
  return open(store, {
    ...command,
    purpose: 'experiment',
    strategyId: 'experiment',
    strategyName: question,
    tests: plannedTrials(tests, trials, { defaultTimeoutMs, took }),
    maxAttempts: 1,
    base: false,
    learning: false,
  });
}

interface Opening {
  readonly purpose: 'run' | 'recheck' | 'experiment';
  readonly projectId: string;
  readonly strategyId: string;
  readonly strategyName: string;
  readonly tests: readonly PlannedTest[];
  readonly parallel: number;
  readonly maxAttempts: number;
  readonly revision?: { readonly commit: string; readonly dirty: boolean };
  readonly base: boolean;
  readonly learning: boolean;
  readonly attemptBudget?: number;
}

async function open(store: EventStore, opening: Opening): Promise<string> {
  const executionId = newId('exe');
  const { purpose, projectId, strategyId, strategyName, tests, parallel, maxAttempts, revision } = opening;
  const now = new Date();
  const events = decide(NO_EXECUTION, {
    kind: 'request',
    executionId,
    projectId,
    strategyId,
    strategyName,
    purpose,
    revision,
    tests,
    parallel,
    maxAttempts,
    now,
  });
  const skips = purpose !== 'experiment' ? openingSkips(tests) : new Map<string, string>();
  await store.transaction(async (tx) => {
    await tx.query(INSERT_EXECUTION, [
      executionId,
      projectId,
      purpose,
      strategyId,
      strategyName,
      parallel,
      maxAttempts,
      tests.some((t) => t.dependencies.length > 0),
      events.length,
      now,
      revision ? JSON.stringify(revision) : null,
      opening.base,
      opening.learning,
      tests.length - skips.size,
      opening.attemptBudget ?? null,
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
      prior: t.prior,
      healed_by: t.healedBy,
      trial: t.trial,
      ...(reason === undefined
        ? { version: 0 }
        : { version: 1, verdict: 'skipped', decision: { verdict: 'skipped', reason, runs: 0, failed: 0 } }),
    };
  });
  await tx.query(INSERT_TESTS, [executionId, storableJson(rows)]);
  const queued = tests.filter((t) => !skips.has(t.testId));
  const edges = queued.flatMap((t) => [...new Set(t.dependencies)].map((needs) => ({ needs, testId: t.testId })));
  if (edges.length > 0) {
    await tx.query(INSERT_DEPENDENCIES, [executionId, edges.map((e) => e.needs), edges.map((e) => e.testId)]);
  }
  await tx.query(INSERT_WORK, [executionId, storableJson(workOf(queued))]);
}

/** Trials that share a rank came in one list. */
function workOf(queued: readonly PlannedTest[]): Record<string, unknown>[] {
  const lists = new Map<number, { size: number; stressed: boolean }>();
  for (const { trial, rank } of queued) {
    if (!trial) continue;
    const list = lists.get(rank);
    lists.set(rank, { size: (list?.size ?? 0) + 1, stressed: list?.stressed === true || trial.conditions.cpuStress !== undefined });
  }
  const places = new Map<number, number>();
  return queued.map((t) => {
    const list = t.trial ? lists.get(t.rank) : undefined;
    const place = places.get(t.rank) ?? 0;
    places.set(t.rank, place + 1);
    return {
      test_id: t.testId,
      framework: t.framework,
      rank: t.rank,
      expected_ms: t.expectedMs,
      conditions: t.trial?.conditions ?? { isolated: false },
      sequence: list && list.size > 1 ? sequenceOf(t.rank) : undefined,
      place,
      stressed: list?.stressed ?? false,
      waiting: new Set(t.dependencies).size,
    };
  });
}
