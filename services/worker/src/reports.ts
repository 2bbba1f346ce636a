import type { ReportedAttempt, ReportReply } from '@testimony/contracts';
import type { Door } from './door';
import type { Spool, SpoolFile } from './spool';

/** The execution takes at most 500 attempts a report. */
const MAX_ATTEMPTS = 500;
/** Far below the body limit of the execution, so that a single large attempt still fits. */
const MAX_BYTES = 4 * 1024 * 1024;

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

/** Sends results, one report at a time: the first result goes at once, those that come meanwhile go together. */
export function openReports(workerId: string, door: Door, spool: Spool, acknowledged: (leaseIds: readonly string[]) => void): Reports {
  const batches: Batch[] = [];
  let sequence = 0;
  let sending: Promise<void> | undefined;

  const send = async (): Promise<void> => {
    for (let batch = batches[0]; batch; batch = batches[0]) {
      batch.sealed = true;
      sequence += 1;
      const body = `{"workerId":${JSON.stringify(workerId)},"sequence":${sequence},"attempts":[${batch.lines.join(',')}]}`;
      await door.post<ReportReply>('report', body);
      batches.shift();
      batch.file.remove();
      acknowledged(batch.leaseIds);
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
      while (batches.length > 0) await (sending ??= send().finally(() => (sending = undefined)));
    },
  };
}
