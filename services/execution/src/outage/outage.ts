import type { Attempt } from '@testimony/contracts';
import type { EventStore, Transaction } from '@testimony/event-store';
import { changeExecution } from '../execution/change';
import { completeIfDecided } from '../execution/complete';
import { retrying } from '../execution/retrying';
import { LOCK_RUN } from '../queue/run-statements';
import { LOCK_OF_SERVICES } from '../queue/statements';
import { settle, type LockedTest } from '../test/settle';
import { traceOf } from '../verdict/trace';
import { canaryPauseMs, outageIn, type Outage, type Recent, type Symptom } from './breaker';
import { KEEP_OUTAGE, READ_SYMPTOMS, READ_WELL, SET_ASIDE, SPENT_OUTAGES } from './statements';

/** An outage while it lasts, on its run's row. Times are ISO 8601; `since` is by the workers' clock, the others by the database's. */
export interface OpenOutage {
  readonly kind: Outage['kind'];
  readonly url: string;
  readonly services: readonly string[];
  readonly reason: string;
  readonly since: string;
  /** When the last of the attempts that opened it ended: what began later and got an answer says that the system is back. */
  readonly seenUntil: string;
  readonly beganAt: string;
  /** How many canaries found it still away, when the next one may go, and which was the last. */
  readonly canaries: number;
  readonly nextCanaryAt: string;
  readonly canary?: string;
}

export interface OutageRun {
  readonly executionId: string;
  readonly outage: OpenOutage | null;
  readonly outages: number;
}

/** An attempt just reported, with the service of its test. */
export interface Made {
  readonly test: LockedTest;
  readonly attempt: Attempt;
}

/** What an outage makes of attempts: those just reported that fell into it (test -> reason), and those of earlier reports that turn out to have. */
export interface Fallen {
  readonly reported: ReadonlyMap<string, string>;
  readonly earlier: readonly Symptom[];
  readonly reason: string;
}

const NOTHING_FELL: Fallen = { reported: new Map(), earlier: [], reason: '' };

/** A run that meets more than these has a system that comes and goes; what its tests meet then counts as it is. */
const MOST_OUTAGES = 5;
/** How far symptoms are looked back on: far more than a row needs. */
const MOST_SYMPTOMS = 500;

/** Opens an outage, keeps it open or ends it, by what a report says; the run's row is locked, and the failures of the report are stored. */
export async function watchForOutage(tx: Transaction, run: OutageRun, made: readonly Made[], tried: number): Promise<Fallen> {
  if (run.outage) return goOn(tx, run.executionId, run.outage, made);
  if (run.outages >= MOST_OUTAGES || !made.some((m) => symptomOf(m.attempt))) return NOTHING_FELL;
  const outage = outageIn(await recentOf(tx, run.executionId, made, tried));
  return outage ? open(tx, run.executionId, outage, made) : NOTHING_FELL;
}

async function open(tx: Transaction, executionId: string, outage: Outage, made: readonly Made[]): Promise<Fallen> {
  const { kind, url, services, tests, reason, since, symptoms } = outage;
  const now = new Date();
  await changeExecution(tx, executionId, { kind: 'begin-outage', url, tests, reason, now });
  const nextCanaryAt = new Date(now.getTime() + canaryPauseMs(0)).toISOString();
  const state: OpenOutage = {
    kind,
    url,
    services,
    reason,
    since: since.toISOString(),
    seenUntil: new Date(Math.max(...symptoms.map((s) => s.endedAt.getTime()))).toISOString(),
    beganAt: now.toISOString(),
    canaries: 0,
    nextCanaryAt,
  };
  await tx.query(KEEP_OUTAGE, [executionId, JSON.stringify(state), 0]);
  const reported = new Map(made.filter((m) => isOf(symptoms, m)).map((m) => [m.test.test_id, reason]));
  await setAside(tx, executionId, symptoms);
  return { reported, earlier: symptoms.filter((s) => !made.some((m) => isOf([s], m))), reason };
}

/** With an outage open, what still fails with a symptom falls into it, and the first answer that is well ends it. */
async function goOn(tx: Transaction, executionId: string, outage: OpenOutage, made: readonly Made[]): Promise<Fallen> {
  const concerned = made.filter(
    ({ test, attempt }) => outage.services.includes(test.service) && endOf(attempt) >= Date.parse(outage.since),
  );
  const fallen = concerned.filter((m) => symptomOf(m.attempt));
  const well = concerned.filter((m) => (isWell(m.attempt) || passesAgain(m)) && startOf(m.attempt) >= Date.parse(outage.seenUntil));
  const answered = well.length > 0;
  if (answered) {
    await end(tx, executionId, outage, true);
  } else if (outage.canary !== undefined && fallen.some((m) => m.test.test_id === outage.canary)) {
    const canaries = outage.canaries + 1;
    const nextCanaryAt = new Date(Date.now() + canaryPauseMs(canaries)).toISOString();
    const { canary: _canary, ...rest } = outage;
    await tx.query(KEEP_OUTAGE, [executionId, JSON.stringify({ ...rest, canaries, nextCanaryAt }), 0]);
  }
  const firstWell = Math.min(...well.map((m) => startOf(m.attempt)));
  // What began after the system was well again failed for another reason.
  const inIt = fallen.filter((m) => startOf(m.attempt) < firstWell);
  const attempts = inIt.map(({ test, attempt }) => ({ testId: test.test_id, attempt: attempt.attempt }));
  await setAside(tx, executionId, attempts);
  return { reported: new Map(inIt.map((m) => [m.test.test_id, outage.reason])), earlier: [], reason: outage.reason };
}

async function end(tx: Transaction, executionId: string, outage: OpenOutage, recovered: boolean): Promise<void> {
  const now = new Date();
  const durationMs = Math.max(0, now.getTime() - Date.parse(outage.beganAt));
  await changeExecution(tx, executionId, { kind: 'end-outage', url: outage.url, recovered, durationMs, now });
  await tx.query(KEEP_OUTAGE, [executionId, null, 1]);
}

/** Outages that lasted longer than anybody waits: what is left of the services concerned is `lost`, naming it; the rest of the run goes on. */
export async function endSpentOutages(store: EventStore, patienceMs: number): Promise<void> {
  const { rows } = await store.query<{ id: string }>(SPENT_OUTAGES, [patienceMs]);
  for (const { id } of rows) {
    await retrying(() => store.transaction((tx) => giveUpOn(tx, id, patienceMs)));
    await completeIfDecided(store, id);
  }
}

async function giveUpOn(tx: Transaction, executionId: string, patienceMs: number): Promise<void> {
  const { rows } = await tx.query<{ outage: OpenOutage | null }>(LOCK_RUN, [executionId]);
  const outage = rows[0]?.outage;
  if (!outage || Date.now() - Date.parse(outage.beganAt) < patienceMs) return;
  const { rows: tests } = await tx.query<LockedTest>(LOCK_OF_SERVICES, [executionId, outage.services]);
  const now = new Date();
  const reason = `${outage.reason}, and was away for ${Math.round(patienceMs / 100) / 10} s`;
  await settle(
    tx,
    executionId,
    tests.map((test) => ({ test, command: { kind: 'give-up', reason, label: 'infrastructure', now } as const })),
    true,
  );
  await end(tx, executionId, outage, false);
}

async function recentOf(tx: Transaction, executionId: string, made: readonly Made[], tried: number): Promise<Recent> {
  const { rows } = await tx.query<{
    test_id: string;
    attempt: number;
    service: string;
    symptom: Symptom['symptom'];
    shape: string | null;
    origin: string | null;
    began_at: Date;
    ended_at: Date;
    set_aside: boolean;
  }>(READ_SYMPTOMS, [executionId, MOST_SYMPTOMS]);
  const symptoms = rows.map((row) => ({
    testId: row.test_id,
    attempt: row.attempt,
    service: row.service,
    symptom: row.symptom,
    shape: row.shape,
    origin: row.origin,
    beganAt: row.began_at,
    endedAt: row.ended_at,
    setAside: row.set_aside,
  }));
  const services = [...new Set(symptoms.map((s) => s.service))];
  const { rows: well } = await tx.query<{ service: string; at: Date | null }>(READ_WELL, [executionId, services]);
  const wellAt = new Map<string, Date>();
  const note = (service: string, at: Date): void => {
    if (at > (wellAt.get(service) ?? new Date(0))) wellAt.set(service, at);
  };
  for (const { service, at } of well) if (at) note(service, at);
  // Passes of this report are not stored yet.
  for (const { test, attempt } of made) {
    if (isWell(attempt)) note(test.service, new Date(endOf(attempt)));
  }
  return { symptoms, wellAt, tried };
}

async function setAside(
  tx: Transaction,
  executionId: string,
  attempts: readonly { readonly testId: string; readonly attempt: number }[],
): Promise<void> {
  if (attempts.length === 0) return;
  await tx.query(SET_ASIDE, [executionId, attempts.map((a) => a.testId), attempts.map((a) => a.attempt)]);
}

function startOf(attempt: Attempt): number {
  return Date.parse(attempt.startedAt);
}

function endOf(attempt: Attempt): number {
  return startOf(attempt) + attempt.durationMs;
}

function isOf(symptoms: readonly Symptom[], { test, attempt }: Made): boolean {
  return symptoms.some((s) => s.testId === test.test_id && s.attempt === attempt.attempt);
}

function symptomOf({ outcome, failure, requests, conditions }: Attempt): Symptom['symptom'] | null {
  return failure && outcome === 'failed' && conditions.revision !== 'base' ? traceOf({ outcome, failure, requests }).symptom : null;
}

/** It met the outage before, so it asks the system something, also where nothing is recorded of what it asks. */
function passesAgain({ test, attempt }: Made): boolean {
  return attempt.outcome === 'passed' && attempt.conditions.revision !== 'base' && test.history.some((a) => a.setAside !== undefined);
}

/** The system answered, and not with an error of its own. */
function isWell(attempt: Attempt): boolean {
  if (attempt.conditions.revision === 'base' || symptomOf(attempt)) return false;
  if (attempt.outcome !== 'passed' && attempt.outcome !== 'failed') return false;
  return attempt.requests.some(({ status }) => status !== null && status < 500);
}
