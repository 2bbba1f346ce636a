import type { Conditions } from '@testimony/contracts';
import { isJudged, type PastAttempt } from '../verdict/judged';

export interface RetryLimits {
  /** Attempts that may give an answer, in all. */
  readonly maxAttempts: number;
}

export type NextAttempt =
  | { readonly kind: 'retry'; readonly conditions: Conditions; readonly delayMs: number; readonly reason: string }
  | { readonly kind: 'decide' };

/** Pauses before an attempt that met no system is made again: long enough for a restart, short enough not to stall a run without a system. */
const AWAY_DELAYS_MS = [1_000, 3_000];

/** A second full time-out says what a third would, and each costs the test's whole limit. */
const MAX_TIMEOUTS = 2;

/**
 * What to do after the last attempt of `history`. A failure is tried again isolated, whatever its class: whether it fails there too is
 * the evidence that tells a flaky test from a failed one. An attempt without an answer is tried again under its own conditions
 * after a pause.
 */
export function nextAttempt(history: readonly PastAttempt[], limits: RetryLimits): NextAttempt {
  const last = history.at(-1);
  if (!last || last.outcome === 'passed' || last.outcome === 'skipped') return { kind: 'decide' };
  if (!isJudged(last)) {
    const delayMs = AWAY_DELAYS_MS[history.filter((a) => !isJudged(a)).length - 1];
    if (delayMs === undefined) return { kind: 'decide' };
    return {
      kind: 'retry',
      conditions: { isolated: last.isolated },
      delayMs,
      reason: `attempt ${last.attempt} gave no answer about the test; trying again after ${delayMs} ms`,
    };
  }
  const failed = history.filter((a) => isJudged(a) && a.outcome === 'failed');
  const timeouts = failed.filter((a) => a.failure?.class === 'timeout');
  if (failed.length >= limits.maxAttempts || timeouts.length >= MAX_TIMEOUTS) return { kind: 'decide' };
  return {
    kind: 'retry',
    conditions: { isolated: true },
    delayMs: 0,
    reason: `failed in attempt ${last.attempt} (${last.failure?.class ?? 'other'}); trying again isolated, failure ${failed.length} of at most ${limits.maxAttempts}`,
  };
}
