import type { Quarantine } from '@testimony/contracts';
import { decide, DEFAULT_BUDGET, runsToRelease, standing } from './decide';
import { evolve, NOTHING_QUARANTINED, type Quarantined } from './quarantine';

const now = new Date('2026-01-02T03:04:05.000Z');
const entry = (testId: string, changes: Partial<Quarantine> = {}): Quarantine => ({
  testId,
  testName: `test ${testId}`,
  owner: 'mona',
  reason: 'waits for the payment provider',
  since: now.toISOString(),
  until: '2026-01-12T00:00:00.000Z',
  ...changes,
});
const put = (state: Quarantined, one: Quarantine, tests: number | undefined = 100) =>
  decide(state, { kind: 'quarantine', projectId: 'p', entry: one, tests, budget: DEFAULT_BUDGET, now });
const holding = (...ids: string[]): Quarantined =>
  ids.reduce((state, id) => put(state, entry(id)).reduce(evolve, state), NOTHING_QUARANTINED);
const release = (state: Quarantined, evidence: { runs: number; failed: number }, rate: number | undefined) =>
  decide(state, { kind: 'release', projectId: 'p', testId: 'a', reason: 'healed', evidence, rate, now });

describe('quarantine', () => {
  it('has an owner, a reason and an end that is near', () => {
    expect(() => put(NOTHING_QUARANTINED, entry('a', { owner: ' ' }))).toThrow(/owner/);
    expect(() => put(NOTHING_QUARANTINED, entry('a', { reason: '' }))).toThrow(/reason/);
    expect(() => put(NOTHING_QUARANTINED, entry('a', { until: '2026-03-02T00:00:00.000Z' }))).toThrow(/within 30 days/);
    expect(() => put(NOTHING_QUARANTINED, entry('a', { until: '2025-12-02T00:00:00.000Z' }))).toThrow(/in the future/);
    expect(put(NOTHING_QUARANTINED, entry('a'))).toMatchObject([
      { type: 'io.testimony.test.quarantined', data: { projectId: 'p', owner: 'mona' } },
    ]);
  });

  it('has a budget', () => {
    const full = holding('a', 'b', 'c', 'd', 'e');
    expect(() => put(full, entry('f'))).toThrow(/5 may be/);
    expect(put(full, entry('a', { reason: 'again' }))).toHaveLength(1);
    expect(() => put(holding('a'), entry('b'), 10)).toThrow(/1 may be/);
    expect(put(holding('a', 'b'), entry('c'), undefined)).toHaveLength(1);
  });

  it('ends by itself, and then counts neither as quarantined nor against the budget', () => {
    const state = holding('a', 'b', 'c', 'd', 'e');
    const later = new Date('2026-01-13T00:00:00.000Z');
    expect(standing(state, now)).toHaveLength(5);
    expect(standing(state, later)).toHaveLength(0);
    const command = {
      kind: 'quarantine',
      projectId: 'p',
      entry: entry('f', { until: '2026-01-20T00:00:00.000Z' }),
      tests: 100,
      budget: DEFAULT_BUDGET,
      now: later,
    } as const;
    expect(decide(state, command)).toHaveLength(1);
  });

  it('is left with clean runs, more of them the rarer the test failed', () => {
    expect([runsToRelease(0.5), runsToRelease(0.1), runsToRelease(undefined), runsToRelease(0.001)]).toEqual([5, 29, 59, 299]);
    expect(() => release(holding('a'), { runs: 28, failed: 0 }, 0.1)).toThrow(/needs 29 runs/);
    expect(() => release(holding('a'), { runs: 200, failed: 1 }, 0.1)).toThrow(/failed in 1 of 200/);
    const released = release(holding('a'), { runs: 29, failed: 0 }, 0.1);
    expect(released).toMatchObject([{ type: 'io.testimony.test.released' }]);
    expect(standing(released.reduce(evolve, holding('a')), now)).toEqual([]);
    expect(() => release(NOTHING_QUARANTINED, { runs: 400, failed: 0 }, 0.1)).toThrow(/not in quarantine/);
  });
});
