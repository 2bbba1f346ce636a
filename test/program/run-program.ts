import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/** The built command line, as users have it. */
const E2E = resolve(__dirname, '../../services/cli/bin/e2e');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves as soon as what was printed so far (both streams) matches; rejects when the program ends before. */
  printed(pattern: RegExp): Promise<void>;
}

/** Starts `e2e` with these words. Off a terminal, without colour, as CI would see it. */
export function startProgram(
  words: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): RunningProgram {
  if (!existsSync(E2E)) throw new Error(`${E2E} is missing: run "npm run build" first`);
  const child = spawn(E2E, words, {
    cwd: options.cwd,
    env: { ...withoutJest(process.env), NO_COLOR: '1', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const waiting = new Set<() => void>();
  const look = () => {
    for (const check of waiting) check();
  };
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    look();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  });
  const ended = new Promise<Ended>((done, failed) => {
    child.once('error', failed);
    child.once('close', (code, signal) => done({ code, signal, stdout, stderr }));
  });
  return {
    child,
    ended,
    printed: (pattern) =>
      new Promise((done, failed) => {
        const check = () => {
          if (!pattern.test(stdout + stderr)) return;
          waiting.delete(check);
          done();
        };
        waiting.add(check);
        check();
        ended.then(() => failed(new Error(`the program ended before it printed ${pattern}:\n${stdout}\n${stderr}`)), failed);
      }),
  };
}

export function runProgram(words: readonly string[], options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }): Promise<Ended> {
  return startProgram(words, options).ended;
}

/** What jest sets for its own child processes must not change the program under test. */
function withoutJest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, NODE_ENV: _mode, DATABASE_URL: _database, ...rest } = env;
  return rest;
}
