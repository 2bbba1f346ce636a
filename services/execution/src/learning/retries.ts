import type { Attempt } from '@testimony/contracts';
import type { LearnedRetry } from '../api';
import { isJudged, type PastAttempt } from '../verdict/judged';
import { pastAttempt } from '../test/test';

/**
 * What a further attempt taught: whether it passed, by the class of the failure that it followed. Only the first of its kind counts for a test,
 * so that a test which keeps failing does not count more than one that passed at once.
 */
export function retriesIn(history: readonly PastAttempt[], made: Attempt): LearnedRetry[] {
  const attempt = pastAttempt(made);
  const failure = history.find((a) => isJudged(a) && a.failure)?.failure;
  if (!failure || !isJudged(attempt)) return [];
  const policy = policyOf(attempt);
  const before = history.slice(history.findIndex((a) => a.failure === failure) + 1);
  if (before.some((a) => isJudged(a) && policyOf(a) === policy)) return [];
  return [{ class: failure.class, policy, tried: 1, passed: attempt.outcome === 'passed' ? 1 : 0 }];
}

function policyOf(attempt: PastAttempt): string {
  if (attempt.base) return 'base';
  return attempt.isolated ? 'isolated' : 'same';
}
