import { version } from '../package.json';
import { runProgram } from './program';
import { interruptionBySignals } from './terminal/signals';
import type { World } from './terminal/world';

// The entry of `bin/e2e`. Nothing heavy may be imported here: see `commands` in program.ts.

const args = process.argv.slice(2);
const interruption = interruptionBySignals(process, (text) => void process.stderr.write(text));
const world: World = {
  cwd: process.cwd(),
  environment: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  interruption,
  open: (project, options) =>
    (require('./embedded/open-embedded') as typeof import('./embedded/open-embedded')).openEmbedded(project, options),
};

/** Says what an error means for the person; the exit code it stands for. */
function tell(error: unknown): number {
  const interrupted = interruption.exitCode();
  if (interrupted !== undefined) {
    process.stderr.write('Cancelled.\n');
    return interrupted;
  }
  const { endingOf } = require('./command/exit-code') as typeof import('./command/exit-code');
  const ending = endingOf(error);
  process.stderr.write(`${ending.message}\n`);
  if ((args.includes('-v') || args.includes('--verbose')) && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`);
  return ending.exitCode;
}

/** Leaves once what was written has been taken: a pipe may be slower than the program. */
function end(exitCode: number): void {
  process.exitCode = exitCode;
  process.stdout.write('', () => process.stderr.write('', () => process.exit(exitCode)));
}

// Left to Node, an error that nobody caught would end with 1, which says that tests failed.
process.on('uncaughtException', (error) => process.exit(tell(error)));
process.on('exit', () => interruption.lastActions());
// A reader that went away (`e2e list | head`) is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

void runProgram(args, version, world)
  .catch((error: unknown) => tell(error))
  .then(end);
