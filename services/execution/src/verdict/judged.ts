import { systemWasAway } from '@testimony/contracts';
import type { FailureClass, Outcome } from '@testimony/contracts';

/** What verdicts and retries need to know of an attempt; its evidence stays in the event. */
export interface PastAttempt {
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly isolated: boolean;
  /** Against the base revision: it says how the test behaves there, and never makes a test green or red by itself. */
  readonly base?: boolean;
  readonly durationMs: number;
  /** By the worker's clock. */
  readonly endedAt?: string;
  /** Why it was skipped or lost. */
  readonly reason?: string;
  /** It fell into this outage, so it says nothing about the test. */
  readonly setAside?: string;
  readonly failure?: PastFailure;
}

export interface PastFailure {
  readonly class: FailureClass;
  readonly message: string;
  readonly code?: string;
  readonly probe?: { readonly url: string; readonly reachable: boolean; readonly error?: string };
  /** Equal for failures that look alike (`traceOf`). */
  readonly signature?: string;
  /** Why another attempt must fail the same way, where that can be read from the failure itself. */
  readonly certain?: string;
  /** The system asked to be left alone: for how long, where it said so. */
  readonly rateLimit?: { readonly retryAfterMs?: number };
  /** What is behind a gateway was not there. */
  readonly unavailable?: boolean;
}

/** Whether the attempt gave an answer, on head or base: a lost machine, or a system under test that is away, does not. */
export function isJudged(attempt: PastAttempt): boolean {
  if (attempt.setAside !== undefined) return false;
  return attempt.outcome === 'passed' || (attempt.outcome === 'failed' && !systemWasAway(attempt));
}

/** Node's codes for a connection that broke while an answer was awaited: the system was there when the request began. */
const BROKEN_IN_FLIGHT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** It was under way when the system went away: a victim, or the cause. */
export function brokeInFlight(attempt: PastAttempt): boolean {
  return !attempt.base && systemWasAway(attempt) && BROKEN_IN_FLIGHT.has(attempt.failure?.code ?? '');
}

/** The judged attempts against the revision under test: what a verdict stands on. */
export function onHead(attempts: readonly PastAttempt[]): PastAttempt[] {
  return attempts.filter((a) => !a.base && isJudged(a));
}

export function onBase(attempts: readonly PastAttempt[]): PastAttempt[] {
  return attempts.filter((a) => a.base && isJudged(a));
}

/** The same test in an earlier run, as far as it says how the test behaves. */
export interface PastRun {
  readonly verdict: string;
  readonly runs: number;
  readonly failed: number;
  /** It ran at the very commit that is judged now, without uncommitted changes then or now: it says how this revision behaves. */
  readonly same?: boolean;
}

/** All that is known beside the attempts of this run; read from the store at a test's first failure. */
export interface Dossier {
  /** Patterns in the source, where it was read, and whether the product or the test changed. */
  readonly prior?: {
    readonly patterns?: readonly { readonly pattern: string; readonly probability: number }[];
    readonly changed?: boolean;
    readonly testChanged?: boolean;
  };
  /** Newest first. */
  readonly past: readonly PastRun[];
  /** Of the project's tests: which share was flaky in its newest runs (undefined without runs), and for which share the product changed. */
  readonly climate: { readonly flaky?: { readonly tests: number; readonly flaky: number }; readonly changed?: number };
  /** How isolated retries went after failures of this class. */
  readonly learned?: { readonly tried: number; readonly passed: number };
  /** The same failure in earlier flakes of this test: seen, or another than those, or no earlier flake. */
  readonly seenBefore?: 'seen' | 'other';
  /** Other tests of this run that failed alike: how many, and of those how many failed again or passed when they were tried once more. */
  readonly alike: { readonly tests: number; readonly failedAgain: number; readonly passedLater: number };
  /** Whether attempts against the base are possible. */
  readonly base: boolean;
}

export const NOTHING_KNOWN: Dossier = { past: [], climate: {}, alike: { tests: 0, failedAgain: 0, passedLater: 0 }, base: false };
