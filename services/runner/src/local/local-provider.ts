import type { WorkerAssignment, WorkerWorkspace } from '@testimony/contracts';
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { WorkerEnd, WorkerHandle, WorkerProvider } from '../worker-provider';
import { pidFiles } from './pid-files';

export interface LocalProviderOptions {
  /** The worker's built program. */
  readonly workerMain: string;
  /** Where notes of running workers are kept. */
  readonly stateDir: string;
  readonly workspaceOf: (projectId: string) => WorkerWorkspace;
  /** For the worker process itself, beside the few variables it needs. Test code may be able to read it. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** What a process needs to find its way; nothing that could be a credential. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'LC_ALL', 'TZ'];
/** The end of what a dying worker said goes into the reason. */
const STDERR_TAIL_CHARACTERS = 2_000;

export interface LocalProvider extends WorkerProvider {
  /** Starts a worker that waits for its assignment, and in it the lanes of a framework: the first worker of the project then works at once. */
  standBy(projectId: string, warm: NonNullable<WorkerWorkspace['warm']>): void;
  /** Lets a worker on standby go that was not needed. */
  dismiss(): void;
}

/** Workers as processes of this machine. For code that its user trusts: it runs as the same user. */
export function localProvider({ workerMain, stateDir, workspaceOf, environment = {} }: LocalProviderOptions): LocalProvider {
  const notes = pidFiles(join(stateDir, 'workers'));
  let standby: { readonly projectId: string; readonly child: ChildProcess } | undefined;

  const launch = (workspace: WorkerWorkspace): ChildProcess => {
    const child = spawn(process.execPath, [workerMain], {
      stdio: ['pipe', 'ignore', 'pipe'],
      // A group of its own: it can be ended with all that it started, and Ctrl-C reaches this process first.
      detached: true,
      env: { ...passedOn(), ...environment },
    });
    // The life line: it stays open, and closes when this process is no more, however it ended.
    child.stdin?.on('error', () => undefined);
    child.stdin?.write(`${JSON.stringify(workspace)}\n`);
    return child;
  };

  return {
    name: 'local',
    standBy(projectId, warm) {
      const child = launch({ ...workspaceOf(projectId), warm });
      // One that cannot start or ends before it is needed is forgotten: whoever needs a worker then starts another and hears why.
      const forget = (): void => void (standby?.child === child && (standby = undefined));
      child.once('error', forget).once('exit', forget);
      standby = { projectId, child };
    },
    dismiss() {
      standby?.child.stdin?.end();
      standby = undefined;
    },
    async start(assignment) {
      const ready = standby?.projectId === assignment.projectId ? standby.child : undefined;
      if (ready) standby = undefined;
      return handleOf(ready ?? launch(workspaceOf(assignment.projectId)), assignment, notes);
    },
    async sweep() {
      const orphans = await notes.orphans();
      for (const pid of orphans) killGroup(pid);
      return orphans.length;
    },
  };
}

function handleOf(child: ChildProcess, assignment: WorkerAssignment, notes: ReturnType<typeof pidFiles>): WorkerHandle {
  const { workerId } = assignment;
  let tail = '';
  let stopping = false;
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-STDERR_TAIL_CHARACTERS)));
  child.stdin?.write(`${JSON.stringify(assignment)}\n`);
  const noted = child.pid === undefined ? Promise.resolve() : notes.note(workerId, child.pid);

  const ended = new Promise<WorkerEnd>((resolve) => {
    child.on('error', (error) => resolve({ kind: 'lost', reason: `its process could not be started: ${error.message}` }));
    child.on('close', (code, signal) =>
      resolve(code === 0 || stopping ? { kind: 'finished' } : { kind: 'lost', reason: lossOf(code, signal, tail) }),
    );
  }).then(async (end) => {
    // Test processes of a worker that was killed.
    if (child.pid !== undefined) killGroup(child.pid);
    await noted.then(() => notes.forget(workerId));
    return end;
  });

  return {
    workerId,
    ended,
    kill() {
      if (child.pid !== undefined) killGroup(child.pid);
    },
    async stop(graceMs) {
      stopping = true;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.pid !== undefined && killGroup(child.pid), graceMs);
      await ended;
      clearTimeout(force);
    },
  };
}

function lossOf(code: number | null, signal: NodeJS.Signals | null, tail: string): string {
  const how = signal ? `its process was ended by ${signal}` : `its process ended with code ${code}`;
  const said = tail.trim();
  return said === '' ? how : `${how}: ${said}`;
}

function passedOn(): Record<string, string> {
  return Object.fromEntries(PASSED_ON.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // Nobody of the group is left.
    if ((error as { code?: unknown }).code !== 'ESRCH') throw error;
  }
}
