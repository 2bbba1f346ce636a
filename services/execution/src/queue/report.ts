import { DomainError, type Attempt, type ReportedAttempt, type ReportReply, type ReportRequest } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { completeIfDecided } from '../execution/complete';
import { retrying } from '../execution/retrying';
import { statusOf } from '../execution/status-of';
import { settle, type LockedTest, type Settlement } from '../test/settle';
import { LOCK_TESTS } from './statements';
import { TAKE_REPORT } from './worker-statements';

/** Stores a batch of outcomes, once however often it comes; the answer means that they are durable. */
export async function report(store: EventStore, executionId: string, request: ReportRequest): Promise<ReportReply> {
  const reply = await retrying(() => store.transaction((tx) => storeReport(tx, executionId, request)));
  await completeIfDecided(store, executionId);
  return reply;
}

async function storeReport(tx: Transaction, executionId: string, { workerId, sequence, attempts }: ReportRequest): Promise<ReportReply> {
  const { rows: taken } = await tx.query<{ acknowledged: number; max_attempts: number; has_dependencies: boolean }>(TAKE_REPORT, [
    executionId,
    workerId,
    sequence,
  ]);
  const before = taken[0];
  if (!before) {
    if ((await statusOf(tx, executionId)) === 'running') throw workerUnknown(workerId);
    // Workers are forgotten when their execution ends: what comes after that is late.
    return { acknowledged: sequence, superseded: attempts.map((a) => a.leaseId) };
  }
  if (sequence <= before.acknowledged) return { acknowledged: before.acknowledged, superseded: [] };

  const { rows } = await tx.query<LockedTest>(LOCK_TESTS, [executionId, attempts.map((a) => a.testId)]);
  const open = new Map(rows.map((row) => [row.lease_id, row]));
  const now = new Date();
  const settlements: Settlement[] = [];
  const superseded: string[] = [];
  for (const reported of attempts) {
    const test = open.get(reported.leaseId);
    if (test?.test_id !== reported.testId) {
      superseded.push(reported.leaseId);
      continue;
    }
    open.delete(reported.leaseId);
    const limits = { maxAttempts: before.max_attempts };
    settlements.push({ test, command: { kind: 'report', attempt: attemptOf(reported, test.worker_id ?? workerId), limits, now } });
  }
  await settle(tx, executionId, settlements, before.has_dependencies);
  return { acknowledged: sequence, superseded };
}

function attemptOf({ leaseId: _lease, testId: _test, ...attempt }: ReportedAttempt, workerId: string): Attempt {
  return { ...attempt, workerId };
}

function workerUnknown(workerId: string): DomainError {
  return new DomainError(
    'worker-unknown',
    `Worker ${workerId} is not registered for this execution; it must register before it reports.`,
    409,
  );
}
