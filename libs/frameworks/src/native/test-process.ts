import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import {
  FRAME_FD,
  LONGEST_FRAME,
  MOST_LOG_BYTES,
  MOST_LOG_LINES,
  type DoneFrame,
  type HostFrame,
  type HostTest,
  type Setup,
} from './protocol';

export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly setup: Omit<Setup, 'nonce'>;
  readonly mask: (text: string) => string;
  /** In the sentence about a process that ran out of memory. */
  readonly heapLimitMb: number;
}

/** How a test ended, with what the process printed meanwhile. */
export type Ending =
  | { readonly kind: 'done'; readonly frame: DoneFrame; readonly logs: string[] }
  /** The process ended, or was ended, under the test. */
  | {
      readonly kind: 'died';
      readonly class: 'timeout' | 'other';
      readonly message: string;
      readonly startedAt: string;
      readonly durationMs: number;
      readonly logs: string[];
    }
  /** The machine's fault or an outsider's: no answer about the test. */
  | { readonly kind: 'lost'; readonly reason: string; readonly startedAt: string; readonly durationMs: number; readonly logs: string[] };

export interface TestProcess {
  /** Whether it may be given tests. */
  readonly usable: boolean;
  /** Runs tests in order. Resolves when all have ended, or when the process may take no more; those without an ending did not run. */
  run(tests: readonly HostTest[], onEnd: (test: HostTest, ending: Ending) => void): Promise<void>;
  /** Kills the process with all it started, and waits until it is gone. */
  kill(): Promise<void>;
}

/** The process itself reports a test that is too long; one that does not even do that by then is stuck in a loop. */
const GRACE_MS = 500;
const START_LIMIT_MS = 30_000;
const ISO_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

/** Collects output by lines within the bounds of one test. */
function logBuffer(): { add(line: string): void; take(): string[] } {
  let lines: string[] = [];
  let bytes = 0;
  return {
    add(line) {
      if (lines.length > MOST_LOG_LINES || bytes > MOST_LOG_BYTES) return;
      lines.push(line.length > MOST_LOG_BYTES ? `${line.slice(0, MOST_LOG_BYTES)}...` : line);
      bytes += line.length;
    },
    take() {
      const taken = lines;
      lines = [];
      bytes = 0;
      return taken;
    },
  };
}

/** Calls `onLine` for each whole line; false when a line outgrows the bound. */
function lineReader(longest: number, onLine: (line: string) => void): (chunk: string) => boolean {
  let open = '';
  return (chunk) => {
    const text = open + chunk;
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      onLine(text.slice(from, end));
      from = end + 1;
    }
    open = text.slice(from);
    return open.length <= longest;
  };
}

/** Test code shares the process that writes frames: what is stored further on is checked here, where one bad frame costs one test. */
function isWhole({ outcome, startedAt, durationMs, failure, requests }: DoneFrame): boolean {
  return (
    (outcome === 'failed' ? typeof failure?.message === 'string' : outcome === 'passed' || outcome === 'skipped') &&
    ISO_TIME.test(startedAt) &&
    Number.isFinite(durationMs) &&
    Array.isArray(requests)
  );
}

/** What a test left behind is told to whoever reads its log: the next test never saw it, but its author should. */
function traceOf({ leftBehind }: DoneFrame): string[] {
  return leftBehind?.startsWith('it ') === true && leftBehind !== 'it failed' ? [`(${leftBehind}; its process was replaced)`] : [];
}

function deathSentence(code: number | null, signal: NodeJS.Signals | null, logs: readonly string[], heapLimitMb: number): string {
  if (logs.some((line) => /heap out of memory|Allocation failed|MemoryError/.test(line))) {
    return `the test process ran out of memory (its limit is ${heapLimitMb} MB)`;
  }
  if (signal !== null) return `the test process was ended by ${signal} before the test had finished`;
  return `the test process ended with exit code ${code} before the test had finished; does the test, or what it uses, call exit?`;
}

/** Starts a process that runs tests one after the other. It leads a process group of its own, so that what tests start dies with it. */
export function startTestProcess(spec: ProcessSpec): TestProcess {
  const nonce = randomBytes(24).toString('base64url');
  const child = spawn(spec.command, spec.args, {
    cwd: spec.cwd,
    env: { ...spec.environment },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const logs = logBuffer();
  let state: 'starting' | 'ready' | 'spent' | 'gone' = 'starting';
  let killedFor: string | undefined;
  let startError: string | undefined;
  let current: { tests: readonly HostTest[]; at: number; onEnd: (test: HostTest, ending: Ending) => void; finish: () => void } | undefined;
  let timer: NodeJS.Timeout | undefined;
  let since = Date.now();

  const killGroup = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch (error) {
      // No process of the group is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  };
  const closed = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
    child.on('error', () => resolve());
  });

  const watchCurrent = (): void => {
    clearTimeout(timer);
    if (!current) return;
    const test = current.tests[current.at];
    if (!test) return;
    since = Date.now();
    timer = setTimeout(
      () => {
        killedFor = state === 'starting' ? 'start' : 'timeout';
        killGroup();
      },
      state === 'starting' ? START_LIMIT_MS : test.timeoutMs + GRACE_MS,
    );
  };

  const finishRun = (): void => {
    clearTimeout(timer);
    const { finish } = current ?? {};
    current = undefined;
    finish?.();
  };

  const onFrame = (frame: HostFrame): void => {
    if (frame.type === 'ready') {
      if (state === 'starting') state = 'ready';
      watchCurrent();
    } else if (frame.type === 'log') {
      logs.add(frame.line);
    } else {
      const test = current?.tests[current.at];
      // Only the test that runs can end, and only once.
      if (!current || !test || frame.index !== test.index) return;
      if (!isWhole(frame)) {
        killedFor ??= 'the test process reported a result that cannot be read; does the test replace what Node itself works with?';
        return killGroup();
      }
      // One that was about to be killed when its test ended after all is not given another.
      if (frame.leftBehind !== undefined || killedFor !== undefined) state = 'spent';
      current.at += 1;
      current.onEnd(test, { kind: 'done', frame, logs: [...logs.take(), ...traceOf(frame)] });
      if (state === 'spent' || current.at === current.tests.length) finishRun();
      else watchCurrent();
    }
  };

  const onDeath = (code: number | null, signal: NodeJS.Signals | null): void => {
    const wasStarting = state === 'starting';
    state = 'gone';
    killGroup();
    const test = current?.tests[current.at];
    if (current && test) {
      const printed = logs.take();
      const facts = { startedAt: new Date(since).toISOString(), durationMs: Date.now() - since, logs: printed };
      current.at += 1;
      const { onEnd } = current;
      if (wasStarting) {
        const why =
          startError ??
          (killedFor === 'start'
            ? `it was not ready within ${START_LIMIT_MS / 1000} s`
            : `it ended with ${signal ?? `exit code ${code}`}: ${printed.slice(-5).join(' ')}`);
        onEnd(test, { kind: 'lost', reason: `the test process could not be started: ${why}`, ...facts });
      } else if (killedFor === 'timeout') {
        const message = `the test did not end within ${test.timeoutMs} ms, and its process did not answer any more: an endless loop?`;
        onEnd(test, { kind: 'died', class: 'timeout', message, ...facts });
      } else if (killedFor !== undefined) {
        onEnd(test, { kind: 'died', class: 'other', message: killedFor, ...facts });
      } else if (signal === 'SIGKILL') {
        onEnd(test, {
          kind: 'lost',
          reason: 'the test process was killed from outside (SIGKILL), as a machine does that runs out of memory',
          ...facts,
        });
      } else {
        onEnd(test, { kind: 'died', class: 'other', message: deathSentence(code, signal, printed, spec.heapLimitMb), ...facts });
      }
    }
    finishRun();
  };

  const prefix = `${nonce} `;
  const readFrames = lineReader(LONGEST_FRAME, (line) => {
    // A line without the nonce was written by test code: it says nothing.
    if (line.startsWith(prefix)) onFrame(JSON.parse(line.slice(prefix.length)) as HostFrame);
  });
  const frames = child.stdio[FRAME_FD] as Duplex;
  frames.setEncoding('utf8');
  frames.on('data', (chunk: string) => {
    if (readFrames(chunk)) return;
    killedFor ??= 'the test process wrote more than a result can hold';
    killGroup();
  });
  for (const stream of [child.stdout, child.stderr]) {
    const readLines = lineReader(MOST_LOG_BYTES, (line) => logs.add(spec.mask(line)));
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => {
      if (!readLines(chunk)) readLines('\n');
    });
  }
  for (const stream of [child.stdin, child.stdout, child.stderr, frames]) {
    // A process that dies breaks its pipes; its end is told by 'close'.
    stream.on('error', () => undefined);
  }
  // What the process started may hold its pipes open, so the group goes first; 'close' comes when all output was read.
  child.on('exit', killGroup);
  child.on('close', onDeath);
  child.on('error', (error: NodeJS.ErrnoException) => {
    startError = error.code === 'ENOENT' ? `${spec.command} was not found` : error.message;
    if (child.pid === undefined) onDeath(null, null);
  });
  child.stdin.write(`${JSON.stringify({ nonce, ...spec.setup } satisfies Setup)}\n`);

  return {
    get usable() {
      return state === 'starting' || state === 'ready';
    },
    run(tests, onEnd) {
      return new Promise((finish) => {
        current = { tests, at: 0, onEnd, finish };
        if (tests.length === 0) return finishRun();
        if (state === 'gone') return onDeath(child.exitCode, child.signalCode);
        watchCurrent();
        child.stdin.write(`${JSON.stringify({ run: tests })}\n`);
      });
    },
    async kill() {
      if (state !== 'gone') state = 'spent';
      const { finish } = current ?? {};
      clearTimeout(timer);
      current = undefined;
      killGroup();
      child.stdin.destroy();
      await closed;
      finish?.();
    },
  };
}
