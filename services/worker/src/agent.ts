import type { HeartbeatReply, HeartbeatRequest, RegisterReply, RegisterRequest, WorkerInput } from '@testimony/contracts';
import type { Framework, Session } from '@testimony/frameworks';
import { openDoor, type Door } from './door';
import { openReports } from './reports';
import { runSlot } from './slot';
import { openSpool } from './spool';
import { openWorkPool } from './work-pool';

export interface AgentOptions {
  readonly input: WorkerInput;
  readonly frameworkNamed: (name: string) => Promise<Framework>;
  /** A lane that was opened on standby, for this worker to use and close. */
  readonly warmLane?: (framework: string) => Session | undefined;
  /** Aborted: kill what runs and end. Results that are not acknowledged stay on disk. */
  readonly signal: AbortSignal;
  /** For the person who reads the worker's log. Never holds the token. */
  readonly warn: (message: string) => void;
  /** How long to ask an execution that does not answer. The door's default without it. */
  readonly patienceMs?: number;
}

/**
 * Works for one execution until it has no more work: registers, hands in what dead workers left, then leases, runs and reports in
 * each slot. Resolves when all results are acknowledged (or the execution was cancelled); rejects when it is refused or nobody answers.
 */
export async function runAgent(options: AgentOptions): Promise<void> {
  const { assignment, workspace } = options.input;
  const { workerId, executionId, slots } = assignment;
  const end = new AbortController();
  const signal = AbortSignal.any([options.signal, end.signal]);
  const door = openDoor(assignment.executionUrl, assignment.token, signal, options.patienceMs);
  const spool = openSpool(workspace.spoolDir, executionId, workerId, options.warn);
  const held = new Set<string>();
  const gone = goneLeases();
  const pool = openWorkPool(
    workerId,
    door,
    (items) => items.forEach((item) => held.add(item.leaseId)),
    () => held.size,
  );
  const leave = (leaseIds: readonly string[]): void => gone.add(leaseIds.filter((id) => held.delete(id)));
  const stored = (leaseIds: readonly string[]): void => {
    for (const id of leaseIds) held.delete(id);
    // A stored result may have put a retry or a dependant into the queue.
    pool.wake();
  };
  const reports = openReports(workerId, door, spool, stored, leave);
  signal.addEventListener('abort', () => pool.stop());

  const sessions: Session[] = [];
  const sessionsOfSlot = (): ((framework: string) => Promise<Session>) => {
    const open = new Map<string, Promise<Session>>();
    return (name) => {
      const session = open.get(name) ?? openLane(name, options);
      if (!open.has(name)) {
        open.set(name, session);
        session.then((s) => sessions.push(s)).catch(() => open.delete(name));
      }
      return session;
    };
  };

  let beat: NodeJS.Timeout | undefined;
  try {
    const request: RegisterRequest = { workerId, slots };
    const { heartbeatMs } = await door.post<RegisterReply>('register', JSON.stringify(request));
    beat = setInterval(() => void heartbeat(), heartbeatMs);
    const heartbeat = async (): Promise<void> => {
      const reply = await beatOnce(door, workerId, [...held]);
      if (reply?.cancelled) end.abort();
      else if (reply) leave(reply.gone);
    };

    const inherited = spool.takeOver();
    inherited.lines.forEach((line) => reports.addLine(line));
    inherited.done();
    // Before the first lease: these tests would be handed out again.
    await reports.flushed();

    const surroundings = { pool, report: reports.add, isGone: gone.has, onGone: gone.on, signal };
    await allOrFirstError(
      Array.from({ length: slots }, () => runSlot({ ...surroundings, session: sessionsOfSlot() })),
      () => end.abort(),
    );
    if (!signal.aborted) await reports.flushed();
  } catch (error) {
    // Once it is to end, whatever broke broke because of that.
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(beat);
    end.abort();
    await Promise.allSettled(sessions.map((s) => s.close()));
    door.close();
    spool.close();
  }
}

async function openLane(name: string, { warmLane, frameworkNamed, input }: AgentOptions): Promise<Session> {
  return warmLane?.(name) ?? (await frameworkNamed(name)).open(input.workspace);
}

/** A heartbeat that meets nobody is not repeated: the next one follows, and the other requests insist. */
async function beatOnce(door: Door, workerId: string, leaseIds: string[]): Promise<HeartbeatReply | undefined> {
  const request: HeartbeatRequest = { workerId, leaseIds };
  return door.post<HeartbeatReply>('heartbeat', JSON.stringify(request), { patienceMs: 0 }).catch(() => undefined);
}

/** Waits for all, so that nothing runs on; at the first error the others are told to end. */
async function allOrFirstError(work: readonly Promise<void>[], stop: () => void): Promise<void> {
  const errors: unknown[] = [];
  await Promise.all(
    work.map((w) =>
      w.catch((error: unknown) => {
        errors.push(error);
        stop();
      }),
    ),
  );
  if (errors.length > 0) throw errors[0];
}

interface GoneLeases {
  readonly add: (leaseIds: readonly string[]) => void;
  readonly has: (leaseId: string) => boolean;
  readonly on: (callback: () => void) => () => void;
}

function goneLeases(): GoneLeases {
  const ids = new Set<string>();
  const callbacks = new Set<() => void>();
  return {
    add(leaseIds) {
      for (const id of leaseIds) ids.add(id);
      if (leaseIds.length > 0) for (const callback of callbacks) callback();
    },
    has: (id) => ids.has(id),
    on(callback) {
      callbacks.add(callback);
      return () => callbacks.delete(callback);
    },
  };
}
