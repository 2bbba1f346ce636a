import type { EventStore } from '@testimony/event-store';
import { setTimeout as pause } from 'node:timers/promises';
import { changeWorker, requestWorker, type WorkerRow } from './worker/change';
import type { Losses, Replacement } from './worker/replacement';
import { countLoss, forget, isWanted } from './worker/runs';
import type { WorkerEnd, WorkerHandle, WorkerProvider } from './worker-provider';

export interface SupervisorOptions {
  readonly store: EventStore;
  readonly provider: WorkerProvider;
  readonly executionUrl: string;
  /** A new token for one execution. */
  readonly mintToken: (executionId: string) => string;
  readonly warn: (message: string) => void;
  /** Whether and how soon a lost worker is replaced. */
  readonly replacement: (losses: Losses) => Replacement;
  /** How long a silent worker may still report something. */
  readonly lastChanceMs: number;
}

export interface Supervisor {
  /** Removes what an earlier life left, and says of its workers that they are lost. Once, before anything else. */
  cleanUp(): Promise<void>;
  /** Begins to start the workers that were requested. */
  start(): void;
  /** A test of the execution was attempted or decided. */
  progressed(executionId: string): void;
  /** The worker was not heard of: it is killed as one that hangs, unless its execution progresses within `lastChanceMs`. */
  fellSilent(workerId: string): void;
  /** Ends the workers of an execution that has ended: after `afterMs`, if they do not end themselves before. */
  release(executionId: string, afterMs: number): void;
  /** Ends all workers and what watches them. */
  close(): Promise<void>;
}

/** Requested workers that no hint told of are looked for so often. */
const TICK_MS = 1_000;
/** A worker whose execution is over has nothing to hand in that matters; it is only let to end its test processes. */
const GRACE_MS = 2_000;
const STORE_PAUSE_MS = 500;

const DUE = `
SELECT id, execution_id, project_id, slots, extract(epoch FROM not_before - now()) * 1000 AS wait_ms
FROM workers
WHERE status = 'requested'
ORDER BY not_before`;

const CLOSING: Replacement = { replace: true, delayMs: 0 };

interface Running {
  readonly executionId: string;
  readonly startedAt: number;
  handle?: WorkerHandle;
  /** It is ending by itself; if it does not, it is stopped then. */
  release?: NodeJS.Timeout;
  /** It was not heard of; if nothing comes, it is killed then. */
  silence?: NodeJS.Timeout;
  /** Everything until its end is stored. */
  over: Promise<void>;
}

/** The side of the runner that has effects: starts what was requested, notices ends, replaces what was lost. */
export function superviseWorkers({
  store,
  provider,
  executionUrl,
  mintToken,
  warn,
  replacement,
  lastChanceMs,
}: SupervisorOptions): Supervisor {
  const running = new Map<string, Running>();
  /** Losses since the last progress, by execution. Only in memory: a new life begins to count anew. */
  const inARow = new Map<string, { readonly losses: number; readonly since: number }>();
  let closed = false;
  let tick: NodeJS.Timeout | undefined;
  let dueTimer: NodeJS.Timeout | undefined;
  let removeHint: (() => void) | undefined;
  let looking: Promise<void> | undefined;
  let again = false;

  const look = (): void => {
    again = true;
    looking ??= lookWhileAsked().finally(() => (looking = undefined));
  };

  const lookWhileAsked = async (): Promise<void> => {
    while (again && !closed) {
      again = false;
      try {
        const { rows } = await store.query<WorkerRow & { wait_ms: string }>(DUE);
        for (const row of rows) {
          const waitMs = Math.ceil(Number(row.wait_ms));
          if (waitMs > 0) {
            clearTimeout(dueTimer);
            dueTimer = setTimeout(look, waitMs);
            break;
          }
          if (!running.has(row.id)) launch(row);
        }
      } catch (error) {
        warn(`could not look for requested workers: ${messageOf(error)}`);
      }
    }
  };

  const launch = (row: WorkerRow): void => {
    const entry: Running = { executionId: row.execution_id, startedAt: performance.now(), over: Promise.resolve() };
    running.set(row.id, entry);
    entry.over = live(row, entry)
      .catch((error: unknown) => warn(`worker ${row.id}: ${messageOf(error)}`))
      .finally(() => {
        clearTimeout(entry.release);
        clearTimeout(entry.silence);
        running.delete(row.id);
      });
  };

  const live = async (row: WorkerRow, entry: Running): Promise<void> => {
    let end: WorkerEnd;
    try {
      const handle = await provider.start({
        workerId: row.id,
        executionId: row.execution_id,
        projectId: row.project_id,
        slots: row.slots,
        executionUrl,
        token: mintToken(row.execution_id),
      });
      entry.handle = handle;
      if (closed) void handle.stop(GRACE_MS);
      const started = insist(() => storeStart(row)).then((wanted) => (wanted ? undefined : handle.stop(GRACE_MS)));
      // A worker may be quicker than the store; its end is stored after its start.
      [end] = await Promise.all([handle.ended, started]);
    } catch (error) {
      end = { kind: 'lost', reason: `it could not be started: ${messageOf(error)}` };
    }
    const livedMs = performance.now() - entry.startedAt;
    await insist(() => storeEnd(row, end, livedMs));
  };

  /** Workers live on while the database is away; what became of them is stored when it is back. */
  const insist = async <T>(store: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await store();
      } catch (error) {
        if (closed) throw error;
        warn(`could not store what became of a worker, trying again: ${messageOf(error)}`);
        await pause(STORE_PAUSE_MS);
      }
    }
  };

  /** False when its execution has ended meanwhile. */
  const storeStart = (row: WorkerRow): Promise<boolean> =>
    store.transaction(async (tx) => {
      await changeWorker(tx, row.id, { kind: 'start', now: new Date() });
      return isWanted(tx, row.execution_id);
    });

  const storeEnd = async (row: WorkerRow, end: WorkerEnd, livedMs: number): Promise<void> => {
    const executionId = row.execution_id;
    const now = new Date();
    const before = inARow.get(executionId) ?? { losses: 0, since: performance.now() };
    const losses = before.losses + 1;
    const inARowMs = performance.now() - before.since;
    const replaced = await store.transaction(async (tx) => {
      const run = end.kind === 'lost' ? await countLoss(tx, executionId) : undefined;
      if (end.kind === 'finished' || !run) {
        await changeWorker(tx, row.id, { kind: 'finish', now });
        return false;
      }
      // A runner that closes replaces nobody: who resumes the execution will get new workers.
      const next = closed ? CLOSING : replacement({ inARow: losses, inARowMs, inAll: run.losses, livedMs });
      const reason = next.replace ? end.reason : `${next.why}; the last one: ${end.reason}`;
      if (!(await changeWorker(tx, row.id, { kind: 'lose', reason, replaced: next.replace, now }))) return false;
      if (!next.replace) await forget(tx, executionId);
      else if (next !== CLOSING) await requestWorker(tx, run, provider.name, next.delayMs);
      return next.replace;
    });
    if (replaced) inARow.set(executionId, { losses, since: before.since });
    else inARow.delete(executionId);
  };

  return {
    async cleanUp() {
      await provider.sweep();
      const { rows } = await store.query<WorkerRow>('SELECT id, execution_id, project_id, slots FROM workers');
      for (const row of rows) {
        const lose = { kind: 'lose', reason: 'the runner that provided it ended', replaced: true, now: new Date() } as const;
        await store.transaction((tx) => changeWorker(tx, row.id, lose));
      }
    },
    start() {
      removeHint = store.onAppended(look);
      tick = setInterval(look, TICK_MS);
      tick.unref();
      look();
    },
    progressed(executionId) {
      inARow.delete(executionId);
      for (const entry of running.values()) {
        if (entry.executionId !== executionId || !entry.silence) continue;
        clearTimeout(entry.silence);
        delete entry.silence;
      }
    },
    fellSilent(workerId) {
      const entry = running.get(workerId);
      if (entry) entry.silence ??= setTimeout(() => entry.handle?.kill(), lastChanceMs);
    },
    release(executionId, afterMs) {
      inARow.delete(executionId);
      for (const entry of running.values()) {
        if (entry.executionId === executionId) entry.release ??= setTimeout(() => void entry.handle?.stop(GRACE_MS), afterMs);
      }
    },
    async close() {
      closed = true;
      removeHint?.();
      clearInterval(tick);
      clearTimeout(dueTimer);
      await looking;
      await Promise.all(
        [...running.values()].map(async (entry) => {
          // One whose work is done is about to end by itself.
          if (!entry.release) await entry.handle?.stop(GRACE_MS);
          await entry.over;
        }),
      );
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
