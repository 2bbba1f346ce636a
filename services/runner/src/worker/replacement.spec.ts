import { MAX_LOSSES_IN_A_ROW, MAX_LOSSES_IN_ALL, replacement } from './replacement';

describe('a lost worker', () => {
  it('is replaced at once when it is the first', () => {
    expect(replacement({ inARow: 1, inAll: 1, livedMs: 5 })).toEqual({ replace: true, delayMs: 0 });
  });

  it('is replaced at once when it had lived, however many were lost with progress between', () => {
    expect(replacement({ inARow: 3, inAll: 100, livedMs: 1_000 })).toEqual({ replace: true, delayMs: 0 });
  });

  it('is replaced after growing pauses when workers die as they start', () => {
    const delays = [2, 3, 4, 5].map((inARow) => replacement({ inARow, inAll: inARow, livedMs: 10 }));
    expect(delays.map((d) => d.replace && d.delayMs)).toEqual([100, 200, 400, 800]);
  });

  it.each([
    [{ inARow: MAX_LOSSES_IN_A_ROW, inAll: 9, livedMs: 5_000 }, /8 workers were lost in a row/],
    [{ inARow: 1, inAll: MAX_LOSSES_IN_ALL, livedMs: 5_000 }, /200 workers were lost/],
  ])('is given up on at %j', (losses, why) => {
    expect(replacement(losses)).toEqual({ replace: false, why: expect.stringMatching(why) });
  });
});
