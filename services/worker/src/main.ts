import type { WorkerAssignment, WorkerWorkspace } from '@testimony/contracts';
import type { Framework, Session } from '@testimony/frameworks';
import { EXIT_FINISHED, EXIT_LOST, EXIT_REFUSED, EXIT_STOPPED } from './exit';
import { runAgent } from './agent';
import { readInput } from './read-input';

// The worker process. Its input is two lines on standard input (contracts, WorkerInput); when that closes, whoever started it is gone and so must it be.

const stop = new AbortController();

async function main(): Promise<number> {
  const lines = readInput(process.stdin, () => stop.abort());
  const workspace = (await lines.next()) as WorkerWorkspace | undefined;
  if (!workspace) throw new Error('the worker was started without its input; the runner starts workers');
  const lanes = workspace.warm ? await warmLanes(workspace, workspace.warm) : [];
  try {
    const assignment = (await lines.next()) as WorkerAssignment | undefined;
    // On standby, and not needed after all.
    if (!assignment) return EXIT_FINISHED;
    await runAgent({
      input: { workspace, assignment },
      frameworkNamed,
      warmLane: (framework) => (framework === workspace.warm?.framework ? lanes.pop() : undefined),
      signal: stop.signal,
      warn: (message) => process.stderr.write(`${message}\n`),
    });
  } finally {
    await Promise.allSettled(lanes.map((lane) => lane.close()));
  }
  // Told to stop is not finished: only who told it knows whether that was meant.
  return stop.signal.aborted ? EXIT_STOPPED : EXIT_FINISHED;
}

async function warmLanes(workspace: WorkerWorkspace, warm: NonNullable<WorkerWorkspace['warm']>): Promise<Session[]> {
  const framework = await frameworkNamed(warm.framework);
  return Array.from({ length: warm.lanes }, () => framework.open(workspace));
}

/** Loaded when it is needed: with the workspace on standby, with the first lease otherwise. */
async function frameworkNamed(name: string): Promise<Framework> {
  const frameworks = await import('@testimony/frameworks');
  const framework = frameworks.frameworkNamed(name);
  if (!framework) throw new Error(`this worker knows no test framework "${name}"`);
  return framework;
}

process.once('SIGTERM', () => stop.abort());
// Ctrl-C goes to the whole terminal; who started this worker decides what it means.
process.on('SIGINT', () => undefined);

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof Error && error.name === 'DoorRefused' ? EXIT_REFUSED : EXIT_LOST);
  },
);
