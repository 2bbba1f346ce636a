import type { WorkerInput } from '@testimony/contracts';
import type { Framework } from '@testimony/frameworks';
import { EXIT_FINISHED, EXIT_LOST, EXIT_REFUSED, EXIT_STOPPED } from './exit';
import { runAgent } from './agent';
import { readInput } from './read-input';

// The worker process. Its input is one line on standard input; when that closes, whoever started it is gone and so must it be.

const stop = new AbortController();

async function main(): Promise<number> {
  const input: WorkerInput = await readInput(process.stdin, () => stop.abort());
  await runAgent({
    input,
    frameworkNamed,
    signal: stop.signal,
    warn: (message) => process.stderr.write(`${message}\n`),
  });
  // Told to stop is not finished: only who told it knows whether that was meant.
  return stop.signal.aborted ? EXIT_STOPPED : EXIT_FINISHED;
}

/** Loaded with the first lease, while nothing else could be done. */
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
