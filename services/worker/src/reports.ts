import type { ReportedAttempt, ReportReply } from '@testimony/contracts';
import { DoorRefused, type Door } from './door';
import type { Spool, SpoolFile } from './spool';

/** The execution takes at most 500 attempts a report. */
const MAX_ATTEMPTS = 500;
/** Far below the body limit of the execution, so that a single large attempt still fits. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Between reports: a report costs the execution one transaction whatever it holds, about 4 ms of CPU, and short tests end every few milliseconds. */
const REST_MS = 25;

/** Refusals that speak of what was sent, not of who sent it. An execution that fails at one report each time (500) would stand still for ever over it. */
const OF_CONTENT = new Set([400, 413, 422, 500]);
/** For each result of a report that was not taken, when they are sent one by one: there may be 500 of them. */
const PATIENCE_FOR_ONE_MS = 6_000;

interface Batch {
  readonly file: SpoolFile;
  readonly leaseIds: string[];
  /** Serialised once, for disk and network alike. */
  readonly lines: string[];
  bytes: number;
  /** It was sent: a report that is repeated must say the same, so what comes now belongs to another. */
  sealed: boolean;
}

export interface Reports {
  /** On disk when this returns; sent at once, or with the next report when one is under way. */
  readonly add: (attempt: ReportedAttempt) => void;
  /** A line of a dead worker's spool. */
  addLine(line: string): void;
  /** Resolves when all that was added is acknowledged; rejects when a report is refused or nobody answers. */
  flushed(): Promise<void>;
}

/**
 * Sends results, one report at a time: the first result after a quiet time goes at once, those that come meanwhile go together. `gone` hears of
 * leases that the answer took back.
 */
export function openReports(
  workerId: string,
  door: Door,
  spool: Spool,
  acknowledged: (leaseIds: readonly string[]) => void,
  gone: (leaseIds: readonly string[]) => void,
): Reports {
  const batches: Batch[] = [];
  let sequence = 0;
  let sending: Promise<void> | undefined;
  let hurry: (() => void) | undefined;

  /** Cut short by `flushed`. */
  const rest = (): Promise<void> =>
    new Promise((done) => {
      const timer = setTimeout(done, REST_MS);
      hurry = () => {
        clearTimeout(timer);
        done();
      };
    });

  const post = async (lines: readonly string[], patienceMs?: number): Promise<void> => {
    sequence += 1;
    const body = `{"workerId":${JSON.stringify(workerId)},"sequence":${sequence},"attempts":[${lines.join(',')}]}`;
    const reply = await door.post<ReportReply>('report', body, { patienceMs });
    if (reply.gone) gone(reply.gone);
  };

  /** A result that the execution cannot take costs its own test an attempt, and no other test anything. */
  const deliver = async (lines: readonly string[], patienceMs?: number): Promise<void> => {
    try {
      await post(lines, patienceMs);
    } catch (error) {
      const [only] = lines;
      if (!(error instanceof DoorRefused) || !OF_CONTENT.has(error.status) || only === undefined) throw error;
      if (lines.length === 1) return post([withoutResult(only, error.message)]);
      for (const line of lines) await deliver([line], PATIENCE_FOR_ONE_MS);
    }
  };

  const send = async (): Promise<void> => {
    for (let batch = batches[0]; batch; batch = batches[0]) {
      batch.sealed = true;
      await deliver(batch.lines);
      batches.shift();
      batch.file.remove();
      acknowledged(batch.leaseIds);
      if (batches.length < 2) await rest();
    }
  };

  const put = (leaseId: string, line: string): void => {
    let batch = batches.at(-1);
    if (!batch || batch.sealed || batch.leaseIds.length >= MAX_ATTEMPTS || batch.bytes + line.length > MAX_BYTES) {
      batch = { file: spool.file(), leaseIds: [], lines: [], bytes: 0, sealed: false };
      batches.push(batch);
    }
    batch.file.append(line);
    batch.leaseIds.push(leaseId);
    batch.lines.push(line);
    batch.bytes += line.length;
    if (!sending) {
      sending = send().finally(() => (sending = undefined));
      // Seen by `flushed`, or by the caller's own requests, which meet the same door.
      sending.catch(() => undefined);
    }
  };

  return {
    add: (attempt) => put(attempt.leaseId, JSON.stringify(attempt)),
    addLine: (line) => put((JSON.parse(line) as ReportedAttempt).leaseId, line),
    async flushed() {
      hurry?.();
      while (batches.length > 0) await (sending ??= send().finally(() => (sending = undefined)));
    },
  };
}

/** What is left of an attempt whose result was refused: that it was made and says nothing. */
function withoutResult(line: string, refusal: string): string {
  const { leaseId, testId, attempt, conditions } = JSON.parse(line) as ReportedAttempt;
  const lost: ReportedAttempt = {
    leaseId,
    testId,
    attempt,
    conditions,
    outcome: 'lost',
    startedAt: new Date().toISOString(),
    durationMs: 0,
    reason: `its result could not be stored: ${refusal}`,
    requests: [],
    logs: [],
    artifacts: [],
  };
  return JSON.stringify(lost);
}
