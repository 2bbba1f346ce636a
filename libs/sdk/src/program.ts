import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { TestimonyError } from './testimony-error';

export interface ProgramOptions {
  /**
   * The `e2e` program: a path to its wrapper or to a script for this Node. Default: the variable TESTIMONY_E2E, else
   * the program that this package lies beside.
   */
  readonly program?: string;
  /** Ends the program politely (an execution is cancelled) when aborted. */
  readonly signal?: AbortSignal;
}

export interface ProgramCall {
  readonly args: readonly string[];
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Written to its standard input: what must not stand in the process list. */
  readonly input?: string;
  /** Each line that it writes to stdout, as the JSON it is. */
  readonly onData: (data: unknown) => void;
}

/** How much of its words is kept for an error. */
const LONGEST_WORDS = 16_384;

/** Runs `e2e` with `--json` to its end and returns its exit code with its last words. */
export async function callProgram(options: ProgramOptions, call: ProgramCall): Promise<{ exitCode: number | null; words: string }> {
  const program = locate(options);
  options.signal?.throwIfAborted();
  const [command, args] = /\.[cm]?js$/.test(program) ? [process.execPath, [program, ...call.args]] : [program, [...call.args]];
  const child = spawn(command, [...args, '--json'], {
    env: { ...process.env, ...call.environment },
    stdio: [call.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const stop = (): void => void child.kill('SIGTERM');
  options.signal?.addEventListener('abort', stop, { once: true });
  let words = '';
  try {
    const ended = new Promise<number | null>((succeed, fail) => {
      child.once('error', (error) => fail(new TestimonyError(`${program} cannot be started (${error.message}).`, null)));
      child.once('close', (code) => succeed(code));
    });
    // A program that ends before it has read its input says why on stderr; the broken pipe says nothing more.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(call.input);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words = (words + text).slice(-LONGEST_WORDS);
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream, crlfDelay: Infinity });
    lines.on('line', (line) => {
      const data = parsed(line);
      if (data !== undefined) call.onData(data);
    });
    const [exitCode] = await Promise.all([ended, new Promise((done) => lines.once('close', done))]);
    return { exitCode, words: words.trim() };
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

/** For commands that answer with one document. Throws a TestimonyError with the program's sentence when it refuses. */
export async function callForOne(options: ProgramOptions, args: readonly string[]): Promise<unknown> {
  let answer: unknown;
  const { exitCode, words } = await callProgram(options, { args, onData: (data) => (answer = data) });
  if (exitCode !== 0 || answer === undefined) throw new TestimonyError(words || 'The program ended without an answer.', exitCode);
  return answer;
}

function locate(options: ProgramOptions): string {
  const named = options.program ?? process.env['TESTIMONY_E2E'];
  // This file lies in libs/sdk/{src,dist}.
  const program = named === undefined || named === '' ? resolve(__dirname, '../../../services/cli/bin/e2e') : resolve(named);
  if (!existsSync(program)) {
    throw new TestimonyError(`There is no program ${program}: name it with the option "program" or the variable TESTIMONY_E2E.`, null);
  }
  return program;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // Not ours: something else in that process printed it.
  }
}
