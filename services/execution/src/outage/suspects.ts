import type { Transaction } from '@testimony/event-store';
import { pastAttempt } from '../test/test';
import { brokeInFlight, type PastAttempt } from '../verdict/judged';
import type { Symptom } from './breaker';
import type { Made } from './signs';
import { READ_HISTORIES, STEP_BACK } from './statements';

/** Once may be chance: whatever is under way breaks when a system goes away. A test that steps back after it and breaks again is no victim of others. */
const LIKELY_FROM = 2;

/** Of the tests that an outage hit, the one that was under way most often when the system went away, if that is no chance any more; in words. */
export async function likelyKiller(
  tx: Transaction,
  executionId: string,
  symptoms: readonly Symptom[],
  made: readonly Made[],
): Promise<string | undefined> {
  const { rows } = await tx.query<{ test_id: string; history: PastAttempt[] }>(READ_HISTORIES, [
    executionId,
    [...new Set(symptoms.map((s) => s.testId))],
  ]);
  let most: { readonly testId: string; readonly times: number } | undefined;
  for (const { test_id: testId, history } of rows) {
    const now = made.filter((m) => m.test.test_id === testId).map((m) => pastAttempt(m.attempt));
    const times = [...history, ...now].filter(brokeInFlight).length;
    if (times >= LIKELY_FROM && times > (most?.times ?? 0)) most = { testId, times };
  }
  return most && `${most.testId} was under way ${most.times} times when it went away, and may be what brings it down`;
}

/** What broke while it was under way goes after all other tests, one at a time: should one of them be the cause, it takes none along, and is known by it. */
export async function stepBack(
  tx: Transaction,
  executionId: string,
  tests: readonly { readonly testId: string; readonly attempts: readonly PastAttempt[] }[],
): Promise<void> {
  const suspects = tests.filter(({ attempts }) => attempts.some(brokeInFlight)).map(({ testId }) => testId);
  if (suspects.length > 0) await tx.query(STEP_BACK, [executionId, suspects]);
}
