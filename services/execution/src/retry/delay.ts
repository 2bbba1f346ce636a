import { createHash } from 'node:crypto';
import type { PastAttempt } from '../verdict/judged';
import { isJudged } from '../verdict/judged';

/** Full jitter (M. Brooker, AWS 2015): evenly from nothing to a bound that doubles, so that tests which were refused together do not come back together. */
const RATE_LIMIT_FIRST_MS = 1_000;
const RATE_LIMIT_MOST_MS = 20_000;
/** Longer than this nobody waits for a test; the system is asked all the same, and its answer is evidence. */
const RETRY_AFTER_MOST_MS = 60_000;
/** For each time-out so far: what was slow a moment ago is often slow still. */
const TIMEOUT_STEP_MS = 1_000;
const TIMEOUT_MOST_MS = 5_000;

/** How long to wait before a failure is tried again, in ms. `seed` names the attempt: the same one waits the same time, whoever asks. */
export function delayBefore(history: readonly PastAttempt[], seed: string): number {
  const failed = history.filter((a) => isJudged(a) && a.outcome === 'failed');
  const last = failed.at(-1)?.failure;
  if (last?.rateLimit) {
    const times = failed.filter((a) => a.failure?.rateLimit).length;
    const jittered = evenly(seed) * Math.min(RATE_LIMIT_FIRST_MS * 2 ** times, RATE_LIMIT_MOST_MS);
    const { retryAfterMs } = last.rateLimit;
    // What the system asked for is the least; the jitter comes on top of it.
    return Math.round(retryAfterMs === undefined ? jittered : Math.min(retryAfterMs, RETRY_AFTER_MOST_MS) + jittered / 4);
  }
  if (last?.class !== 'timeout' && last?.class !== 'network' && last?.unavailable !== true) return 0;
  const times = failed.filter((a) => a.failure?.class === last.class).length;
  return Math.min(times * TIMEOUT_STEP_MS, TIMEOUT_MOST_MS);
}

/** From 0 to 1, the same for the same seed. */
function evenly(seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32;
}
