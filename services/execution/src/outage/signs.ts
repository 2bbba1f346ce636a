// What one attempt says of the system it met.
import type { Attempt } from '@testimony/contracts';
import type { LockedTest } from '../test/settle';
import { traceOf } from '../verdict/trace';
import type { Symptom } from './breaker';

/** An attempt just reported, with the service of its test. */
export interface Made {
  readonly test: LockedTest;
  readonly attempt: Attempt;
}

/** By the worker's clock, as all times here. */
export function startOf(attempt: Attempt): number {
  return Date.parse(attempt.startedAt);
}

export function endOf(attempt: Attempt): number {
  return startOf(attempt) + attempt.durationMs;
}

export function symptomOf({ outcome, failure, requests, conditions }: Attempt): Symptom['symptom'] | null {
  return failure && outcome === 'failed' && conditions.revision !== 'base' ? traceOf({ outcome, failure, requests }).symptom : null;
}

/** Whom a failure met, or did not. */
export function askedBy({ outcome, failure, requests }: Attempt): string | null {
  return failure ? traceOf({ outcome, failure, requests }).origin : null;
}

/** It met the outage before, so it asks the system something, also where nothing is recorded of what it asks. */
export function passesAgain({ test, attempt }: Made): boolean {
  return attempt.outcome === 'passed' && attempt.conditions.revision !== 'base' && test.history.some((a) => a.setAside !== undefined);
}

/** The system answered (at this address, where one is given), and not with an error of its own. */
export function isWell(attempt: Attempt, address?: string): boolean {
  if (attempt.conditions.revision === 'base' || symptomOf(attempt)) return false;
  if (attempt.outcome !== 'passed' && attempt.outcome !== 'failed') return false;
  const origin = address !== undefined && URL.canParse(address) ? new URL(address).origin : undefined;
  return attempt.requests.some(
    ({ url, status }) => status !== null && status < 500 && (origin === undefined || (URL.canParse(url) && new URL(url).origin === origin)),
  );
}
