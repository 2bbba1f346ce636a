import { MAX_LOSSES_IN_A_ROW, MAX_LOSSES_IN_ALL, replacement, SHORTEST_TRIAL_MS } from './replacement';

describe('a lost worker', () => {
  it('is replaced at once when it is the first', () => {
    expect(replacement({ inARow: 1, inARowMs: 100, inAll: 1, livedMs: 5 })).toEqual({ replace: true, delayMs: 0 });
  });

  it('is replaced at once when it had lived, however many were lost with progress between', () => {
    expect(replacement({ inARow: 3, inARowMs: 100, inAll: 100, livedMs: 1_000 })).toEqual({ replace: true, delayMs: 0 });
  });

  it('is replaced after growing pauses when workers die as they start', () => {
    const delays = [2, 3, 4, 5].map((inARow) => replacement({ inARow, inARowMs: 100, inAll: inARow, livedMs: 10 }));
    expect(delays.map((d) => d.replace && d.delayMs)).toEqual([100, 200, 400, 800]);
  });

  it('is replaced while there was hardly time for progress, however many were lost', () => {
    expect(replacement({ inARow: 20, inARowMs: SHORTEST_TRIAL_MS - 1, inAll: 20, livedMs: 1_500 })).toEqual({ replace: true, delayMs: 0 });
  });

  it.each([
    [{ inARow: MAX_LOSSES_IN_A_ROW, inARowMs: SHORTEST_TRIAL_MS, inAll: 9, livedMs: 5_000 }, /8 workers were lost in a row/],
    [{ inARow: 1, inARowMs: 0, inAll: MAX_LOSSES_IN_ALL, livedMs: 5_000 }, /200 workers were lost/],
  ])('is given up on at %j', (losses, why) => {
    expect(replacement(losses)).toEqual({ replace: false, why: expect.stringMatching(why) });
  });
});
