import type { ReportedAttempt, WorkItem } from '@testimony/contracts';
import type { Session, TestOutcome, TestToRun } from '@testimony/frameworks';
import type { WorkPool } from './work-pool';

/** With so few left of a batch the next is leased. A batch of one is no reason: at a run's end leases are single, and what a busy slot hoards an idle one misses. */
const PREFETCH_AT = 4;

export interface SlotSurroundings {
  readonly pool: WorkPool;
  /** This slot's session with a framework, kept between batches. */
  readonly session: (framework: string) => Promise<Session>;
  readonly report: (attempt: ReportedAttempt) => void;
  /** Whether the lease was taken back. */
  readonly isGone: (leaseId: string) => boolean;
  /** Calls back when leases were taken back. Returns the way to stop. */
  readonly onGone: (callback: () => void) => () => void;
  /** Aborted: stop at once. */
  readonly signal: AbortSignal;
}

/** Runs batch after batch until there is no more work. */
export async function runSlot(around: SlotSurroundings): Promise<void> {
  for (let batch = await around.pool.take(); batch && !around.signal.aborted; batch = await around.pool.take())
    await runBatch(batch, around);
}

async function runBatch(batch: WorkItem[], { pool, session, report, isGone, onGone, signal }: SlotSurroundings): Promise<void> {
  // Taken back while it lay ready.
  if (batch.every((item) => isGone(item.leaseId))) return;
  const left = new Map(batch.map((item) => [item.leaseId, item]));
  const superseded = new AbortController();
  const stopListening = onGone(() => {
    if ([...left.keys()].every(isGone)) superseded.abort();
  });
  const stopped = AbortSignal.any([signal, superseded.signal]);
  let trouble = 'the test framework gave no result for it';
  try {
    const lane = await session(batch[0]?.framework ?? '');
    const done = (outcome: TestOutcome): void => {
      const item = left.get(outcome.key);
      if (!item) return;
      left.delete(outcome.key);
      if (batch.length > 1 && left.size <= PREFETCH_AT) pool.prefetch();
      report(reported(item, outcome));
    };
    await lane.run(batch.map(toRun), done, stopped);
  } catch (error) {
    trouble = `the test framework broke: ${error instanceof Error ? error.message : String(error)}`;
  } finally {
    stopListening();
  }
  if (stopped.aborted) return;
  for (const item of left.values()) report(lostAttempt(item, trouble));
}

function toRun(item: WorkItem): TestToRun {
  const { leaseId: key, service, file, titlePath, timeoutMs, conditions } = item;
  return { key, service, file, titlePath, timeoutMs, conditions };
}

function reported(item: WorkItem, { key: _key, ...outcome }: TestOutcome): ReportedAttempt {
  return { leaseId: item.leaseId, testId: item.testId, attempt: item.attempt, conditions: item.conditions, ...outcome };
}

/** An attempt of which nothing is known: never a pass, never a failure. */
function lostAttempt(item: WorkItem, reason: string): ReportedAttempt {
  return reported(item, {
    key: item.leaseId,
    outcome: 'lost',
    startedAt: new Date().toISOString(),
    durationMs: 0,
    reason,
    requests: [],
    logs: [],
    artifacts: [],
  });
}
