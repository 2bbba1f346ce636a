import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Command } from '../conditions/cpu-stress';
import { FRAME_FD, ROOT_VARIABLE, type PlaywrightFrame } from './frames';
import { reporterFile } from './installation';

export interface PlaywrightCommand {
  readonly cli: string;
  readonly root: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** What else the process starts with. */
  readonly around?: ((inner: Command) => Command) | undefined;
}

export interface PlaywrightEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last lines that were printed outside of tests. */
  readonly printed: readonly string[];
}

export interface PlaywrightProcess {
  readonly ended: Promise<PlaywrightEnd>;
  /** Kills the process and everything below it. */
  kill(): void;
}

const KEPT_LINES = 40;
const LONGEST_LINE = 2000;

/** Every process below `pid`; Playwright gives servers that it starts a process group of their own. Empty where /proc is missing. */
function descendants(pid: number): number[] {
  const children = new Map<number, number[]>();
  let entries: string[];
  try {
    entries = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
  for (const entry of entries) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // It ended while we looked.
    }
  }
  const found: number[] = [];
  for (const queue = [pid]; queue.length > 0;) {
    const below = children.get(queue.pop() ?? 0) ?? [];
    found.push(...below);
    queue.push(...below);
  }
  return found;
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Runs the project's Playwright with our reporter and hands on what it reports. */
export function startPlaywright(command: PlaywrightCommand, onFrame: (frame: PlaywrightFrame) => void): PlaywrightProcess {
  const inner = { command: process.execPath, args: [command.cli, 'test', `--reporter=${reporterFile()}`, ...command.args] };
  const started = command.around?.(inner) ?? inner;
  const child = spawn(started.command, started.args, {
    cwd: command.root,
    env: { ...command.environment, [ROOT_VARIABLE]: command.root, FORCE_COLOR: '0', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr] as Readable[]) {
    createInterface({ input: stream }).on('line', (line) => {
      printed.push(line.slice(0, LONGEST_LINE));
      if (printed.length > KEPT_LINES) printed.shift();
    });
  }
  createInterface({ input: child.stdio[FRAME_FD] as Readable }).on('line', (line) => onFrame(JSON.parse(line) as PlaywrightFrame));
  const kill = (): void => {
    if (child.pid === undefined) return;
    for (const pid of [...descendants(child.pid), -child.pid]) killQuietly(pid);
  };
  const ended = new Promise<PlaywrightEnd>((done) => {
    child.on('error', (error) => done({ code: null, signal: null, printed: [error.message] }));
    child.on('exit', () => {
      // What it left running would hold its pipes, and this promise, open.
      if (child.pid !== undefined) killQuietly(-child.pid);
    });
    child.on('close', (code, signal) => done({ code, signal, printed }));
  });
  return { ended, kill };
}
