import { systemWasAway } from '@testimony/contracts';
import type { FailureClass, Outcome } from '@testimony/contracts';

/** What verdicts and retries need to know of an attempt; its evidence stays in the event. */
export interface PastAttempt {
  readonly attempt: number;
  readonly outcome: Outcome;
  readonly isolated: boolean;
  readonly durationMs: number;
  /** Why it was skipped or lost. */
  readonly reason?: string;
  readonly failure?: {
    readonly class: FailureClass;
    readonly message: string;
    readonly code?: string;
    readonly probe?: { readonly url: string; readonly reachable: boolean; readonly error?: string };
  };
}

/** Whether the attempt says something about the test: a lost machine, or a system under test that is away, does not. */
export function isJudged(attempt: PastAttempt): boolean {
  return attempt.outcome === 'passed' || (attempt.outcome === 'failed' && !systemWasAway(attempt));
}
