import { DomainError, type Attempt, type ReportedAttempt, type ReportReply, type ReportRequest } from '@testimony/contracts';
import { storableJson, type EventStore, type Transaction } from '@testimony/event-store';
import { completeIfDecided } from '../execution/complete';
import { retrying } from '../execution/retrying';
import { statusOf } from '../execution/status-of';
import { learn } from '../learning/learned';
import { retriesIn } from '../learning/retries';
import { watchForOutages, type Fallen, type OpenOutage } from '../outage/outage';
import type { Made } from '../outage/signs';
import { TAKE_BACK } from '../outage/statements';
import { stepBack } from '../outage/suspects';
import { priceOf, type Purse } from '../retry/budget';
import { settle, type LockedTest, type Settlement } from '../test/settle';
import { pastAttempt } from '../test/test';
import { dossiersOf, type FailingTest, type JudgedRun } from '../verdict/dossier';
import { isJudged, type Dossier, type PastAttempt } from '../verdict/judged';
import { traceOf } from '../verdict/trace';
import { COUNT_FAILING, KEEP_FAILURES, LOCK_RUN, SPEND } from './run-statements';
import { LOCK_TESTS } from './statements';
import { TAKE_REPORT } from './worker-statements';

/** Stores a batch of outcomes, once however often it comes; the answer means that they are durable. */
export async function report(store: EventStore, executionId: string, request: ReportRequest): Promise<ReportReply> {
  // Only failures and what followed them need the run as a whole; the usual report locks no more than its worker and its tests.
  const wholeRun = request.attempts.some((a) => a.outcome !== 'passed' || a.attempt > 1);
  const stored = (whole: boolean): Promise<ReportReply> =>
    retrying(() => store.transaction((tx) => storeReport(tx, executionId, request, whole)));
  const reply = await stored(wholeRun).catch((error: unknown) => {
    if (error instanceof OutageIsOpen) return stored(true);
    throw error;
  });
  await completeIfDecided(store, executionId);
  return reply;
}

/** Passes may end an outage, which is the whole run's affair; its row must be locked before any other. */
class OutageIsOpen extends Error {}

interface Taken {
  readonly acknowledged: number;
  readonly max_attempts: number;
  readonly has_dependencies: boolean;
  readonly outage: boolean;
}

async function storeReport(tx: Transaction, executionId: string, request: ReportRequest, wholeRun: boolean): Promise<ReportReply> {
  const { workerId, sequence, attempts } = request;
  const run = wholeRun ? await lockRun(tx, executionId) : undefined;
  const { rows: taken } = await tx.query<Taken>(TAKE_REPORT, [executionId, workerId, sequence]);
  const before = taken[0];
  if (!before) {
    if ((await statusOf(tx, executionId)) === 'running') throw workerUnknown(workerId);
    // Workers are forgotten when their execution ends: what comes after that is late.
    return { acknowledged: sequence, superseded: attempts.map((a) => a.leaseId) };
  }
  if (before.outage && !run) throw new OutageIsOpen();
  if (sequence <= before.acknowledged) return { acknowledged: before.acknowledged, superseded: [] };

  const { rows } = await tx.query<LockedTest>(LOCK_TESTS, [executionId, attempts.map((a) => a.testId)]);
  const open = new Map(rows.map((row) => [row.lease_id, row]));
  const made: Made[] = [];
  const superseded: string[] = [];
  for (const reported of attempts) {
    const test = open.get(reported.leaseId);
    if (test?.test_id !== reported.testId) {
      superseded.push(reported.leaseId);
      continue;
    }
    open.delete(reported.leaseId);
    made.push({ test, attempt: attemptOf(reported, test.worker_id ?? workerId) });
  }
  if (!run || run.purpose === 'experiment') {
    const settlements = made.map((m) => settlementOf(m, before));
    await settle(tx, executionId, settlements, before.has_dependencies);
    return { acknowledged: sequence, superseded };
  }
  await judge(tx, run, made, before);
  return { acknowledged: sequence, superseded, ...(await takenBack(tx, executionId, workerId)) };
}

/** Of an attempt that needs no judgement: a pass at the first attempt, or a trial. */
function settlementOf({ test, attempt }: Made, { max_attempts: maxAttempts }: Taken): Settlement {
  const limits = { maxAttempts, price: Infinity, seed: test.test_id };
  return { test, command: { kind: 'report', attempt, limits, healedBy: test.healed_by, now: new Date() } };
}

interface RunRow {
  readonly project_id: string;
  readonly purpose: 'run' | 'recheck' | 'experiment';
  readonly base: boolean;
  readonly learning: boolean;
  readonly planned: number;
  readonly attempt_limit: number | null;
  readonly attempts_spent: number;
  readonly climate: JudgedRun['climate'];
  readonly outage: readonly OpenOutage[] | null;
  readonly outages: number;
}

type LockedRun = JudgedRun & RunRow;

async function lockRun(tx: Transaction, executionId: string): Promise<LockedRun | undefined> {
  const { rows } = await tx.query<RunRow>(LOCK_RUN, [executionId]);
  const [row] = rows;
  return row && { ...row, executionId, projectId: row.project_id };
}

/** Decides on attempts among which some failed, now or before, with all that the store knows of these tests, and pays for what it plans. */
async function judge(tx: Transaction, run: LockedRun, made: readonly Made[], taken: Taken): Promise<void> {
  const { executionId, projectId } = run;
  await tx.query(KEEP_FAILURES, [executionId, storableJson(made.flatMap(failureRow))]);
  const purse = await purseOf(tx, run, made);
  const fell = await watchForOutages(tx, run, made, purse.planned - purse.untried);
  const fallen = Map.groupBy(fell, ({ testId }) => testId);
  const dossiers = await dossiersOf(tx, run, made.flatMap(failingTest));
  const settlements = made.map((m): Settlement => {
    const { test, attempt } = m;
    const dossier: Dossier | undefined = dossiers.get(test.test_id);
    return {
      test,
      command: (spent) => ({
        kind: 'report',
        attempt,
        ...(dossier ? { dossier } : {}),
        limits: {
          maxAttempts: taken.max_attempts,
          price: priceOf({ ...purse, spent: purse.spent + spent }),
          seed: `${executionId} ${test.test_id}`,
        },
        healedBy: test.healed_by,
        ...(fallen.has(test.test_id) ? { fallen: aside(fallen.get(test.test_id) ?? []) } : {}),
        now: new Date(),
      }),
    };
  });
  const isReported = new Set(made.map(({ test }) => test.test_id));
  const earlier = fell.filter(({ testId }) => !isReported.has(testId));
  const others = await setAside(tx, run, earlier);
  const planned = await settle(tx, executionId, settlements, taken.has_dependencies);
  // What was planned to find out about a failure that fell is made as a repetition, which costs nothing.
  const refunded = others.filter(({ test, attempts }) => {
    const last = attempts.at(-1)?.attempt;
    return fallen.get(test.test_id)?.some(({ attempt, symptom }) => attempt === last && symptom === 'unwell');
  }).length;
  if (planned !== refunded) await tx.query(SPEND, [executionId, planned - refunded]);
  await stepBack(
    tx,
    executionId,
    [...others, ...made.map(({ test, attempt }) => ({ test, attempts: [...test.history, pastAttempt(attempt)] }))].map(
      ({ test, attempts }) => {
        const numbers = (fallen.get(test.test_id) ?? []).map((f) => f.attempt);
        return { testId: test.test_id, attempts: attempts.filter((a) => numbers.includes(a.attempt)) };
      },
    ),
  );
  await learn(
    tx,
    projectId,
    made.flatMap(({ test, attempt }) => retriesIn(test.history, attempt)),
  );
}

function aside(fell: readonly Fallen[]): { readonly attempts: readonly number[]; readonly reason: string } {
  return { attempts: fell.map((f) => f.attempt), reason: fell[0]?.reason ?? '' };
}

/** Attempts of tests that are in no report just now, and turn out to be part of an outage. Those that are not decided yet are tried again. */
async function setAside(
  tx: Transaction,
  { executionId }: LockedRun,
  fell: readonly Fallen[],
): Promise<{ readonly test: LockedTest; readonly attempts: readonly PastAttempt[] }[]> {
  if (fell.length === 0) return [];
  const fallen = Map.groupBy(fell, ({ testId }) => testId);
  const { rows } = await tx.query<LockedTest>(LOCK_TESTS, [executionId, [...fallen.keys()]]);
  const now = new Date();
  const settlements = rows.map((test): Settlement => {
    return { test, command: { kind: 'set-aside', ...aside(fallen.get(test.test_id) ?? []), now } };
  });
  await settle(tx, executionId, settlements, false);
  return rows.map((test) => ({ test, attempts: test.history }));
}

/** With an outage open: the leases that the reporting worker is to leave. */
async function takenBack(tx: Transaction, executionId: string, workerId: string): Promise<Pick<ReportReply, 'gone'>> {
  const { rows } = await tx.query<{ outage: readonly OpenOutage[] | null }>('SELECT outage FROM executions WHERE id = $1', [executionId]);
  const outages = rows[0]?.outage;
  if (!outages) return {};
  const services = outages.flatMap((outage) => outage.services);
  const canaries = outages.flatMap(({ canary }) => (canary === undefined ? [] : [canary]));
  const back = await tx.query<{ lease_id: string }>(TAKE_BACK, [executionId, workerId, services, canaries]);
  return back.rows.length > 0 ? { gone: back.rows.map((row) => row.lease_id) } : {};
}

function failureRow({ test, attempt }: Made): Record<string, unknown>[] {
  const { failure, outcome, conditions, startedAt, durationMs, requests } = attempt;
  if (!failure) return [];
  const { signature, shape, origin, symptom } = traceOf({ outcome, failure, requests });
  const began = Date.parse(startedAt);
  return [
    {
      test_id: test.test_id,
      attempt: attempt.attempt,
      base: conditions.revision === 'base',
      signature,
      shape,
      origin,
      symptom,
      began_at: startedAt,
      ended_at: new Date(began + durationMs).toISOString(),
    },
  ];
}

/** A test is judged by its first failure: what it looked like before anybody looked closer. */
function failingTest({ test, attempt }: Made): FailingTest[] {
  const before = test.history.find((a) => !a.base && isJudged(a) && a.failure)?.failure;
  if (before?.signature !== undefined) return [{ testId: test.test_id, signature: before.signature, class: before.class }];
  const { failure, outcome, requests } = attempt;
  return failure ? [{ testId: test.test_id, signature: traceOf({ outcome, failure, requests }).signature, class: failure.class }] : [];
}

async function purseOf(tx: Transaction, run: LockedRun, made: readonly Made[]): Promise<Purse> {
  const { rows } = await tx.query<{ untried: number; open: number; failing: number }>(COUNT_FAILING, [run.executionId]);
  const { untried = 0, open = 0, failing = 0 } = rows[0] ?? {};
  const first = made.filter(({ attempt }) => attempt.attempt === 1);
  return {
    planned: run.planned,
    limit: run.attempt_limit,
    spent: run.attempts_spent,
    // What is reported just now still stands in the queue under its old number.
    untried: untried - first.length,
    open: open + first.filter(({ attempt }) => attempt.outcome === 'failed').length,
    failing,
  };
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
