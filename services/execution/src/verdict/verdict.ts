import { systemWasAway, type Decision } from '@testimony/contracts';
import { isJudged, type PastAttempt } from './judged';

/** Node's codes for a connection that broke while an answer was awaited: the system was there when the request began. */
const BROKEN_IN_FLIGHT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * The one verdict over all attempts of a test. `passed` only if the first attempt that gave an answer passed; a pass after a failure
 * is `flaky`, and so is a pass after a request that was under way when the system went away, since the test may have caused that. Attempts that gave no answer never count as a pass: without any answer the verdict is `lost` (or `skipped`, when the
 * test skipped itself).
 */
export function verdictOf(attempts: readonly PastAttempt[]): Decision {
  const judged = attempts.filter(isJudged);
  const failures = judged.filter((a) => a.outcome === 'failed');
  const numbers = { runs: judged.length, failed: failures.length };
  const first = judged[0];
  if (!first) return { ...unjudged(attempts), ...numbers };
  if (failures.length === judged.length) {
    const tries = judged.length === 1 ? 'its only attempt' : `all ${judged.length} attempts`;
    return { verdict: 'failed', reason: `failed in ${tries}${underWhat(judged)}${unjudgedNote(attempts)}`, ...numbers };
  }
  if (failures.length > 0) {
    return {
      verdict: 'flaky',
      reason: `failed in ${failures.length} of ${judged.length} attempts: ${judged.map(inWords).join(', ')}${unjudgedNote(attempts)}`,
      ...numbers,
    };
  }
  const suspect = attempts.find(brokenInFlight);
  if (suspect) {
    return {
      verdict: 'flaky',
      reason: `attempt ${suspect.attempt} was in flight when the system under test stopped answering (${suspect.failure?.code}), attempt ${first.attempt} passed: whether this test brought the system down is not known${unjudgedNote(attempts)}`,
      runs: judged.length + 1,
      failed: 1,
    };
  }
  return { verdict: 'passed', reason: `passed in attempt ${first.attempt}${unjudgedNote(attempts)}`, ...numbers };
}

function unjudged(attempts: readonly PastAttempt[]): Pick<Decision, 'verdict' | 'reason'> {
  const last = attempts.at(-1);
  if (!last) return { verdict: 'lost', reason: 'no attempt was made' };
  if (last.outcome === 'skipped') return { verdict: 'skipped', reason: last.reason ?? 'skipped by the test itself' };
  const tries = attempts.length === 1 ? '' : ` in ${attempts.length} attempts`;
  return { verdict: 'lost', reason: `${whyUnjudged(last)}${tries}${inFlightNote(attempts)}` };
}

/** Names the system under test and how it failed to answer. */
function whyUnjudged(attempt: PastAttempt): string {
  const { failure } = attempt;
  if (!systemWasAway(attempt) || !failure?.probe) return attempt.reason ?? failure?.message ?? 'the attempt was lost';
  return `the system under test at ${failure.probe.url} did not answer (${failure.probe.error ?? failure.code ?? 'no answer'})`;
}

function brokenInFlight(attempt: PastAttempt): boolean {
  return systemWasAway(attempt) && BROKEN_IN_FLIGHT.has(attempt.failure?.code ?? '');
}

function inFlightNote(attempts: readonly PastAttempt[]): string {
  const broken = attempts.find(brokenInFlight);
  return broken ? `; attempt ${broken.attempt} was in flight when it stopped answering (${broken.failure?.code})` : '';
}

function unjudgedNote(attempts: readonly PastAttempt[]): string {
  const without = attempts.filter((a) => !isJudged(a));
  const last = without.at(-1);
  if (!last) return '';
  return `; ${without.length === 1 ? 'attempt' : 'attempts'} ${without.map((a) => a.attempt).join(', ')} gave no answer: ${whyUnjudged(last)}${inFlightNote(without)}`;
}

function underWhat(judged: readonly PastAttempt[]): string {
  const alone = judged.filter((a) => a.isolated).length;
  return alone > 0 ? ` (${alone} of them isolated)` : '';
}

function inWords(attempt: PastAttempt): string {
  return `attempt ${attempt.attempt} ${attempt.outcome} ${attempt.isolated ? 'isolated' : 'in a shared process'}`;
}
