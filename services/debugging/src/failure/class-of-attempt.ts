import type { Attempt, Classification } from '@testimony/contracts';
import { classifyAttempt } from '@testimony/failures';

/** Class and probabilities of an attempt that did not pass, from its facts rather than from what was said when it ended. */
export function classOfAttempt({ failure, requests, logs, reason }: Attempt): Classification {
  return classifyAttempt(failure ?? { message: reason ?? 'no answer' }, requests, logs);
}
