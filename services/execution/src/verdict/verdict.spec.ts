import type { Outcome } from '@testimony/contracts';
import { attempt, away, SHOP } from '../testing/attempts';
import { isJudged, type PastAttempt } from './judged';
import { verdictOf } from './verdict';

const tries = (...outcomes: Outcome[]): PastAttempt[] => outcomes.map((o, i) => attempt(i + 1, o));

describe('the verdict', () => {
  it('is passed when the first attempt passed', () => {
    expect(verdictOf(tries('passed'))).toEqual({ verdict: 'passed', reason: 'passed in attempt 1', runs: 1, failed: 0 });
  });

  it('is flaky when a pass came after a failure, with numbers and conditions', () => {
    expect(verdictOf(tries('failed', 'failed', 'passed'))).toEqual({
      verdict: 'flaky',
      reason: 'failed in 2 of 3 attempts: attempt 1 failed in a shared process, attempt 2 failed isolated, attempt 3 passed isolated',
      runs: 3,
      failed: 2,
    });
  });

  it('is failed when every attempt failed', () => {
    expect(verdictOf(tries('failed', 'failed', 'failed'))).toEqual({
      verdict: 'failed',
      reason: 'failed in all 3 attempts (2 of them isolated)',
      runs: 3,
      failed: 3,
    });
  });

  it('is skipped when the test skipped itself', () => {
    expect(verdictOf([{ ...attempt(1, 'skipped'), reason: 'needs Chrome' }])).toEqual({
      verdict: 'skipped',
      reason: 'needs Chrome',
      runs: 0,
      failed: 0,
    });
  });

  it('is lost, with the place that did not answer, when the system under test was away', () => {
    expect(verdictOf([away(1), away(2), away(3)])).toEqual({
      verdict: 'lost',
      reason: `the system under test at ${SHOP} did not answer (ECONNREFUSED) in 3 attempts`,
      runs: 0,
      failed: 0,
    });
  });

  it('keeps the evidence that the test was in flight when the system went away', () => {
    const { verdict, reason } = verdictOf([away(1, 'ECONNRESET'), away(2), away(3)]);
    expect([verdict, reason]).toEqual([
      'lost',
      `the system under test at ${SHOP} did not answer (ECONNREFUSED) in 3 attempts; attempt 1 was in flight when it stopped answering (ECONNRESET)`,
    ]);
  });

  it('is no clean pass when a request was under way as the system went away', () => {
    expect(verdictOf([away(1, 'ECONNRESET'), attempt(2, 'passed')])).toMatchObject({
      verdict: 'flaky',
      reason: expect.stringContaining(
        'attempt 1 was in flight when the system under test stopped answering (ECONNRESET), attempt 2 passed',
      ),
      runs: 2,
      failed: 1,
    });
  });

  it('is lost when no attempt was made', () => {
    expect(verdictOf([])).toMatchObject({ verdict: 'lost', runs: 0 });
  });

  it('judges by what was answered, and says what was not', () => {
    expect(verdictOf([away(1), { ...attempt(2, 'passed'), isolated: false }])).toMatchObject({
      verdict: 'passed',
      reason: `passed in attempt 2; attempt 1 gave no answer: the system under test at ${SHOP} did not answer (ECONNREFUSED)`,
      runs: 1,
    });
    expect(verdictOf([attempt(1, 'failed'), away(2), away(3), away(4)])).toMatchObject({ verdict: 'failed', runs: 1, failed: 1 });
  });

  it('is green for no history in which nothing passed, and passed for none in which something failed', () => {
    const pieces: PastAttempt[] = [...tries('passed'), ...tries('failed'), ...tries('skipped'), ...tries('lost'), away(1)];
    for (const a of pieces)
      for (const b of pieces)
        for (const c of pieces) {
          const history = [a, b, c];
          const { verdict } = verdictOf(history);
          const judged = history.filter(isJudged).map((x) => x.outcome);
          if (verdict === 'passed' || verdict === 'flaky') expect(judged).toContain('passed');
          if (judged.includes('failed')) expect(verdict).not.toBe('passed');
          expect(verdict === 'flaky').toBe(judged.includes('failed') && judged.includes('passed'));
        }
  });
});
