import { styleText } from 'node:util';
import type { Writable } from 'node:stream';
import type { OpenBackend } from '../backend';

/** Everything outside the program that a command may touch, so that a spec can hand in its own. */
export interface World {
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly stdin: NodeJS.ReadableStream;
  /** Data. */
  readonly stdout: Terminal;
  /** Words for people. */
  readonly stderr: Terminal;
  readonly open: OpenBackend;
  readonly interruption: Interruption;
}

export type Terminal = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** What a person's Ctrl-C or a supervisor's SIGTERM has said so far. */
export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** 130 for SIGINT, 143 for SIGTERM; undefined while nobody asked to stop. */
  exitCode(): number | undefined;
  /** What must happen, at once, when a second signal ends the process. Returns how to take that back. */
  readonly atSecond: (action: () => void) => () => void;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'magenta' | 'cyan';
export type Paint = (style: Style | readonly Style[], text: string) => string;

export function wantsColour(environment: NodeJS.ProcessEnv, terminal: Terminal): boolean {
  const forced = environment['FORCE_COLOR'];
  if (environment['NO_COLOR']) return false;
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return terminal.isTTY === true && environment['TERM'] !== 'dumb';
}

export function painter(colour: boolean): Paint {
  return (style, text) => (colour ? styleText(style as Style | Style[], text, { validateStream: false }) : text);
}

function isContinuousIntegration(environment: NodeJS.ProcessEnv): boolean {
  const ci = environment['CI'];
  return ci !== undefined && ci !== '' && ci !== 'false' && ci !== '0';
}

/** Lines that move: only for a person at a terminal that can redraw. */
export function canRedraw(environment: NodeJS.ProcessEnv, terminal: Terminal): boolean {
  return terminal.isTTY === true && environment['TERM'] !== 'dumb' && !isContinuousIntegration(environment);
}

export function say(world: Pick<World, 'stderr'>, text: string): void {
  world.stderr.write(`${text}\n`);
}

/** One JSON document (or, called repeatedly, one line of NDJSON) on stdout. */
export function sayData(world: Pick<World, 'stdout'>, data: unknown): void {
  world.stdout.write(`${JSON.stringify(data)}\n`);
}
