import { fork, spawn, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { join, resolve } from 'node:path';
import type { Circumstance } from '../flaky/shape';

interface Target {
  readonly baseUrl: string;
}

export interface LaneOptions {
  /** The project's folder. */
  readonly root: string;
  readonly services: Readonly<Record<string, Target>>;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeZone?: string;
  /** Endless loops that share the lane's core. */
  readonly cpuStress?: number;
}

export interface RunResult {
  readonly passed: boolean;
  readonly message: string;
  readonly durationMs: number;
}

/** One process that runs modules, one after the other. */
export interface Lane {
  run(
    test: { readonly file: string; readonly service: string },
    under?: Pick<Circumstance, 'clock'> & { readonly randomSeed?: number },
  ): Promise<RunResult>;
  close(): Promise<void>;
}

const LIMIT_MS = 20_000;
/** The core that a stressed lane shares with its loops: the last, so that the service keeps the first. */
const CORE = Math.max(0, availableParallelism() - 1);

/** Opens a lane; its processes begin with the first test of their language. */
export function openLane(options: LaneOptions): Lane {
  let script: Promise<Worker> | undefined;
  let python: Promise<Worker> | undefined;
  const loops: ChildProcess[] = [];
  for (let n = 0; n < (options.cpuStress ?? 0); n++)
    loops.push(spawn('taskset', ['-c', String(CORE), process.execPath, '-e', 'for (;;);'], { stdio: 'ignore' }));
  return {
    run: async ({ file, service }, under = {}) => {
      const worker = await (file.endsWith('.py') ? (python ??= startPython(options)) : (script ??= startScript(options)));
      return worker.ask({ file, service, services: options.services, timeoutMs: LIMIT_MS, ...under });
    },
    close: async () => {
      for (const loop of loops) loop.kill('SIGKILL');
      for (const worker of [script, python]) await (await worker)?.close();
    },
  };
}

interface Worker {
  ask(order: object): Promise<RunResult>;
  close(): Promise<void>;
}

function environmentOf({ environment, timeZone }: LaneOptions): NodeJS.ProcessEnv {
  const { NODE_OPTIONS: _options, ...own } = process.env;
  return { ...own, ...environment, ...(timeZone ? { TZ: timeZone } : {}) };
}

async function startScript(options: LaneOptions): Promise<Worker> {
  const stressed = options.cpuStress !== undefined;
  const child = fork(join(__dirname, 'lane.cjs'), [options.root], {
    cwd: options.root,
    env: environmentOf(options),
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    ...(stressed ? { execPath: 'taskset', execArgv: ['-c', String(CORE), process.execPath] } : { execArgv: [] }),
  });
  const answers = answersOf(child, (take) => child.on('message', take));
  await answers.next();
  return {
    ask: (order) => (child.send({ run: order }), answers.next() as Promise<RunResult>),
    close: () => ended(child, () => child.disconnect()),
  };
}

async function startPython(options: LaneOptions): Promise<Worker> {
  const harness = resolve(__dirname, '../../../libs/frameworks/src/native/harness.py');
  const child = spawn('python3', ['-B', join(__dirname, 'lane.py'), harness, options.root], {
    cwd: options.root,
    env: environmentOf(options),
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  const lines = createInterface({ input: child.stdio[3] as NodeJS.ReadableStream });
  const answers = answersOf(child, (take) => lines.on('line', (line) => take(JSON.parse(line))));
  await answers.next();
  return {
    ask: (order) => (child.stdin?.write(`${JSON.stringify(order)}\n`), answers.next() as Promise<RunResult>),
    close: () => ended(child, () => child.stdin?.end()),
  };
}

function answersOf(child: ChildProcess, listen: (take: (answer: unknown) => void) => void): { next(): Promise<unknown> } {
  const waiting: { done: (answer: unknown) => void; failed: (error: Error) => void }[] = [];
  const come: unknown[] = [];
  let gone: Error | undefined;
  listen((answer) => {
    const first = waiting.shift();
    if (first) first.done(answer);
    else come.push(answer);
  });
  child.once('exit', (code, signal) => {
    gone = new Error(`a lane ended with ${code ?? signal}`);
    for (const { failed } of waiting.splice(0)) failed(gone);
  });
  return {
    next: () =>
      new Promise((done, failed) => {
        if (come.length > 0) done(come.shift());
        else if (gone) failed(gone);
        else waiting.push({ done, failed });
      }),
  };
}

function ended(child: ChildProcess, ask: () => void): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      done();
      return;
    }
    child.once('exit', () => done());
    ask();
  });
}
