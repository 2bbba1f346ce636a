import type { Failure, RequestRecord } from '@testimony/contracts';
import type { ServiceTarget } from '../framework';

// What a session and its test process say to each other, one JSON document a line: orders on the process's standard
// input, frames on its file descriptor 3, each frame after the process's nonce and a space. The nonce is told in the
// first order and kept out of reach of test code, so that a test cannot speak for another one.

export const FRAME_FD = 3;

export interface Setup {
  readonly nonce: string;
  readonly root: string;
  readonly cacheDir: string;
  /** Part of the key of compiled modules. */
  readonly swcVersion: string;
  readonly services: Readonly<Record<string, ServiceTarget>>;
  readonly secrets: readonly string[];
  /** Files of the project that are seen with another text: absolute path -> the file that holds it. */
  readonly overlay?: Readonly<Record<string, string>>;
  /** Where each test's clock stands when it begins. */
  readonly clock?: string;
  /** Each test's random numbers begin with it. */
  readonly randomSeed?: number;
  /** What the process's clock must say of its zone at an instant (s since 1970), so that a zone it does not know is noticed. */
  readonly timeZone?: { readonly name: string; readonly at: number; readonly offsetSeconds: number };
  /** The masking patterns, so that the Python harness masks as the page does. */
  readonly secretShapes: readonly string[];
}

export interface HostTest {
  /** Counts up within one process. */
  readonly index: number;
  readonly service: string;
  /** Project-relative. */
  readonly file: string;
  readonly timeoutMs: number;
}

export interface RunOrder {
  readonly run: readonly HostTest[];
}

export interface DoneFrame {
  readonly type: 'done';
  readonly index: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly startedAt: string;
  readonly durationMs: number;
  readonly failure?: Failure;
  readonly reason?: string;
  readonly requests: RequestRecord[];
  /** The address that gave no answer, when that is why the test failed. */
  readonly unanswered?: string;
  /** What the test left behind, in words: the process must not run another test. */
  readonly leftBehind?: string;
}

export type HostFrame = { readonly type: 'ready' } | { readonly type: 'log'; readonly line: string } | DoneFrame;

/** Of one test: more is cut, with a line that says so. */
export const MOST_LOG_LINES = 200;
export const MOST_LOG_BYTES = 64 * 1024;
/** A longer frame can only come from a process gone wrong. */
export const LONGEST_FRAME = 4 * 1024 * 1024;
