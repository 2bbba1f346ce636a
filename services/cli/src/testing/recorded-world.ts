import { PassThrough, Readable } from 'node:stream';
import { endingOf } from '../command/exit-code';
import { runProgram } from '../program';
import { interruptionBySignals } from '../terminal/signals';
import type { OpenBackend } from '../backend';
import type { World } from '../terminal/world';

/** A world whose words and data can be read afterwards, and whose signals a spec sends. */
export interface RecordedWorld extends World {
  readonly out: () => string;
  readonly words: () => string;
  readonly send: (signal: 'SIGINT' | 'SIGTERM') => void;
  readonly exits: number[];
}

export interface RecordedWorldOptions {
  readonly cwd: string;
  readonly open?: OpenBackend;
  readonly environment?: NodeJS.ProcessEnv;
  readonly input?: string;
}

export function recordedWorld(options: RecordedWorldOptions): RecordedWorld {
  const stdout = recorder();
  const stderr = recorder();
  const listeners = new Map<string, (signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP') => void>();
  const exits: number[] = [];
  const interruption = interruptionBySignals(
    { on: (signal, listener) => listeners.set(signal, listener), exit: (code) => exits.push(code) },
    (text) => void stderr.stream.write(text),
  );
  return {
    cwd: options.cwd,
    environment: options.environment ?? { PATH: process.env['PATH'] },
    stdin: Readable.from([options.input ?? '']),
    stdout: stdout.stream,
    stderr: stderr.stream,
    interruption,
    open:
      options.open ??
      (() => {
        throw new Error('this command needs no backend');
      }),
    out: stdout.text,
    words: stderr.text,
    send: (signal) => listeners.get(signal)?.(signal),
    exits,
  };
}

/** Runs the command line as `main` does: an error becomes its sentence and exit code. */
export async function e2e(world: RecordedWorld, ...args: string[]): Promise<number> {
  try {
    return await runProgram(args, '1.2.3', world);
  } catch (error) {
    const ending = endingOf(error);
    world.stderr.write(`${ending.message}\n`);
    return world.interruption.exitCode() ?? ending.exitCode;
  }
}

function recorder(): { stream: PassThrough; text: () => string } {
  const chunks: string[] = [];
  const stream = new PassThrough({ encoding: 'utf8' });
  stream.on('data', (chunk: string) => chunks.push(chunk));
  return { stream, text: () => chunks.join('') };
}
