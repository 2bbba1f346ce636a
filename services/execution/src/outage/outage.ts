import type { EventStore, Transaction } from '@testimony/event-store';
import { changeExecution } from '../execution/change';
import { completeIfDecided } from '../execution/complete';
import { retrying } from '../execution/retrying';
import { LOCK_RUN } from '../queue/run-statements';
import { LOCK_OF_SERVICES } from '../queue/statements';
import { settle, type LockedTest } from '../test/settle';
import { canaryPauseMs, outageIn, type Outage, type Symptom } from './breaker';
import { recentOf } from './recent';
import { askedBy, endOf, isWell, passesAgain, startOf, symptomOf, type Made } from './signs';
import { KEEP_OUTAGES, SET_ASIDE, SPENT_OUTAGES } from './statements';
import { likelyKiller } from './suspects';

/** An outage while it lasts, on its run's row. Times are ISO 8601; `since` is by the workers' clock, the others by the database's. */
export interface OpenOutage {
  readonly kind: Outage['kind'];
  readonly url: string;
  /** No service has two outages at once. */
  readonly services: readonly string[];
  readonly reason: string;
  readonly since: string;
  /** When the last of the attempts that opened it ended: what began later and got an answer says that the system is back. */
  readonly seenUntil: string;
  readonly beganAt: string;
  /** How many canaries found it still away, and which, the newest last; when the next one may go, and which is out. */
  readonly canaries: number;
  /** Absent from an outage that an earlier version left open. */
  readonly tried?: readonly string[];
  readonly nextCanaryAt: string;
  readonly canary?: string;
}

export interface OutageRun {
  readonly executionId: string;
  /** Those that are open. */
  readonly outage: readonly OpenOutage[] | null;
  /** How often all were over. */
  readonly outages: number;
}

/** An attempt that fell into an outage, with the outage's reason. `symptom` is what it met. */
export interface Fallen {
  readonly testId: string;
  readonly attempt: number;
  readonly symptom: Symptom['symptom'];
  readonly reason: string;
}

/** A run whose system was away more often than this has one that comes and goes; what its tests meet then counts as it is. */
const MOST_OUTAGES = 5;
/** Canaries that are remembered; a run waits long enough for so many only where it was told to wait for a quarter of an hour. */
const MOST_TRIED = 100;

/** Says which attempts fell into an outage, of this report or of earlier ones. Opens outages, keeps them open or ends them, by what a report says; the run's row is locked, and the failures of the report are stored. */
export async function watchForOutages(tx: Transaction, run: OutageRun, made: readonly Made[], tried: number): Promise<Fallen[]> {
  const before = run.outage ?? [];
  const fallen: Fallen[] = [];
  const open: OpenOutage[] = [];
  for (const outage of before.map((o) => joined(o, before, made))) {
    const after = await goOn(tx, run.executionId, outage, made, fallen);
    if (after) open.push(after);
  }
  const concerned = new Set(before.flatMap((o) => o.services).concat(open.flatMap((o) => o.services)));
  const elsewhere = made.filter((m) => !concerned.has(m.test.service));
  if ((before.length > 0 || run.outages < MOST_OUTAGES) && elsewhere.some((m) => symptomOf(m.attempt))) {
    const recent = await recentOf(tx, run.executionId, elsewhere, tried);
    for (;;) {
      const symptoms = recent.symptoms.filter((s) => !concerned.has(s.service));
      const outage = outageIn({ ...recent, symptoms, othersAway: open.length > 0 });
      if (!outage) break;
      const begun = await begin(tx, run.executionId, outage, elsewhere);
      open.push(begun);
      for (const service of outage.services) concerned.add(service);
      fallen.push(...outage.symptoms.map(({ testId, attempt, symptom }) => ({ testId, attempt, symptom, reason: begun.reason })));
    }
  }
  if (before.length > 0 || open.length > 0) await keep(tx, run.executionId, open, before);
  if (fallen.length > 0) await tx.query(SET_ASIDE, [run.executionId, fallen.map((f) => f.testId), fallen.map((f) => f.attempt)]);
  return fallen;
}

/** Where nobody answered, nobody answers the next service at that address either. */
function joined(outage: OpenOutage, all: readonly OpenOutage[], made: readonly Made[]): OpenOutage {
  if (outage.kind !== 'no-answer') return outage;
  const taken = new Set(all.flatMap((o) => o.services));
  const more = made
    .filter(({ test, attempt }) => symptomOf(attempt) === 'no-answer' && askedBy(attempt) === outage.url && !taken.has(test.service))
    .map(({ test }) => test.service);
  return more.length > 0 ? { ...outage, services: [...new Set([...outage.services, ...more])] } : outage;
}

async function begin(tx: Transaction, executionId: string, outage: Outage, made: readonly Made[]): Promise<OpenOutage> {
  const { kind, url, services, tests, since, symptoms } = outage;
  const now = new Date();
  const killer = await likelyKiller(tx, executionId, symptoms, made);
  const reason = killer === undefined ? outage.reason : `${outage.reason}; ${killer}`;
  await changeExecution(tx, executionId, { kind: 'begin-outage', url, tests, reason, now });
  return {
    kind,
    url,
    services,
    reason,
    since: since.toISOString(),
    seenUntil: new Date(Math.max(...symptoms.map((s) => s.endedAt.getTime()))).toISOString(),
    beganAt: now.toISOString(),
    canaries: 0,
    tried: [],
    nextCanaryAt: new Date(now.getTime() + canaryPauseMs(0)).toISOString(),
  };
}

/** With an outage open, what still fails with a symptom falls into it, and the first answer that is well ends it: then there is none after it. */
async function goOn(
  tx: Transaction,
  executionId: string,
  outage: OpenOutage,
  made: readonly Made[],
  fell: Fallen[],
): Promise<OpenOutage | undefined> {
  const concerned = made.filter(
    ({ test, attempt }) => outage.services.includes(test.service) && endOf(attempt) >= Date.parse(outage.since),
  );
  const fallen = concerned.filter((m) => symptomOf(m.attempt));
  const well = concerned.filter(
    (m) => (isWell(m.attempt, outage.url) || passesAgain(m)) && startOf(m.attempt) >= Date.parse(outage.seenUntil),
  );
  const firstWell = Math.min(...well.map((m) => startOf(m.attempt)));
  // What began after the system was well again failed for another reason.
  const inIt = fallen.filter((m) => startOf(m.attempt) < firstWell);
  for (const { test, attempt } of inIt) {
    const symptom = symptomOf(attempt) ?? outage.kind;
    fell.push({ testId: test.test_id, attempt: attempt.attempt, symptom, reason: outage.reason });
  }
  if (well.length > 0) {
    await end(tx, executionId, outage, true);
    return undefined;
  }
  const { canary } = outage;
  return canary !== undefined && fallen.some((m) => m.test.test_id === canary) ? afterCanary(outage, canary) : outage;
}

function afterCanary({ canary: _out, ...outage }: OpenOutage, canary: string): OpenOutage {
  const canaries = outage.canaries + 1;
  const tried = [...(outage.tried ?? []).filter((testId) => testId !== canary), canary].slice(-MOST_TRIED);
  return { ...outage, canaries, tried, nextCanaryAt: new Date(Date.now() + canaryPauseMs(canaries)).toISOString() };
}

async function end(tx: Transaction, executionId: string, outage: OpenOutage, recovered: boolean): Promise<void> {
  const now = new Date();
  const durationMs = Math.max(0, now.getTime() - Date.parse(outage.beganAt));
  await changeExecution(tx, executionId, { kind: 'end-outage', url: outage.url, recovered, durationMs, now });
}

/** Several at once count as one: they usually have one cause. */
async function keep(tx: Transaction, executionId: string, open: readonly OpenOutage[], before: readonly OpenOutage[]): Promise<void> {
  const allOver = open.length === 0 && before.length > 0;
  await tx.query(KEEP_OUTAGES, [executionId, open.length > 0 ? JSON.stringify(open) : null, allOver ? 1 : 0]);
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
  const { rows } = await tx.query<{ outage: readonly OpenOutage[] | null }>(LOCK_RUN, [executionId]);
  const before = rows[0]?.outage ?? [];
  const isSpent = (outage: OpenOutage): boolean => Date.now() - Date.parse(outage.beganAt) >= patienceMs;
  const spent = before.filter(isSpent);
  if (spent.length === 0) return;
  for (const outage of spent) {
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
  await keep(
    tx,
    executionId,
    before.filter((outage) => !spent.includes(outage)),
    before,
  );
}
