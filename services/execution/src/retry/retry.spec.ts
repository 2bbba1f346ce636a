import { attempt, away } from '../testing/attempts';
import { nextAttempt } from './retry';

const limits = { maxAttempts: 3 };

describe('after an attempt', () => {
  it.each(['passed', 'skipped'] as const)('that %s, decides', (outcome) => {
    expect(nextAttempt([attempt(1, outcome)], limits)).toEqual({ kind: 'decide' });
  });

  it('that failed, tries again isolated and says why', () => {
    expect(nextAttempt([attempt(1, 'failed')], limits)).toEqual({
      kind: 'retry',
      conditions: { isolated: true },
      delayMs: 0,
      reason: expect.stringMatching(/attempt 1 \(assertion\).*isolated/),
    });
  });

  it('that failed for the last time, decides', () => {
    expect(
      nextAttempt(
        [1, 2, 3].map((n) => attempt(n, 'failed')),
        limits,
      ),
    ).toEqual({ kind: 'decide' });
  });

  it('that passed after a failure, decides', () => {
    expect(nextAttempt([attempt(1, 'failed'), attempt(2, 'passed')], limits)).toEqual({ kind: 'decide' });
  });

  it('that ran into its time limit twice, decides, since a third time would cost as much and say no more', () => {
    const timeout = { class: 'timeout' as const };
    expect(nextAttempt([attempt(1, 'failed', timeout)], limits).kind).toBe('retry');
    expect(nextAttempt([attempt(1, 'failed', timeout), attempt(2, 'failed', timeout)], limits)).toEqual({ kind: 'decide' });
  });

  it('that met no system under test, waits 1 s, then 3 s, then decides', () => {
    const history = [away(1), away(2), away(3)];
    const nexts = [1, 2, 3].map((n) => nextAttempt(history.slice(0, n), limits));
    expect(nexts.map((n) => (n.kind === 'retry' ? [n.delayMs, n.conditions.isolated] : n.kind))).toEqual([
      [1_000, false],
      [3_000, false],
      'decide',
    ]);
  });

  it('without an answer, does not count against the attempts a failing test may have', () => {
    expect(nextAttempt([away(1), attempt(2, 'failed'), attempt(3, 'failed')], limits).kind).toBe('retry');
  });

  it('that failed on the network although the system answers, counts as a failure', () => {
    const refused = { class: 'network' as const, probe: { url: 'http://shop', reachable: true } };
    expect(nextAttempt([attempt(1, 'failed', refused)], limits)).toMatchObject({
      kind: 'retry',
      delayMs: 0,
      conditions: { isolated: true },
    });
  });

  it('that was lost with its machine, is made again under the same conditions', () => {
    const lost = { ...attempt(2, 'lost'), isolated: true };
    expect(nextAttempt([attempt(1, 'failed'), lost], limits)).toMatchObject({
      kind: 'retry',
      conditions: { isolated: true },
      delayMs: 1_000,
    });
  });
});
