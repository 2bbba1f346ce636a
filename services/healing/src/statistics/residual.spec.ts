import { chanceAbove, chanceRight, cleanRunsNeeded } from './residual';
import { chanceOfExcess } from './fisher';
import { median, medianExcess } from './median';
import { shuffled } from './seeded';

describe('clean runs that prove a fix', () => {
  it('are more, the rarer the failure was', () => {
    const needed = [0.5, 0.3, 0.1, 0.05].map((rate) =>
      cleanRunsNeeded({ right: 0.6, stressed: { runs: 100, failed: rate * 100 }, normal: { runs: 100, failed: rate * 100 } }),
    );
    expect(needed).toEqual([...needed].sort((a, b) => a - b));
    expect(needed[0]).toBeGreaterThanOrEqual(17);
    expect(needed[3]).toBeGreaterThanOrEqual(179);
  });

  it('are fewer where the conditions magnify the failure', () => {
    const stressed = { runs: 40, failed: 20 };
    const magnified = cleanRunsNeeded({ right: 0.5, stressed, normal: { runs: 100, failed: 1 } });
    const ordinary = cleanRunsNeeded({ right: 0.5, stressed, normal: stressed });
    expect(magnified).toBeLessThan(ordinary);
  });

  it('never exceed what bounds the rate at 1 % without any belief', () => {
    expect(cleanRunsNeeded({ right: 0.01, stressed: { runs: 300, failed: 6 }, normal: { runs: 300, failed: 6 } })).toBe(299);
  });

  it('are refused for a failure that was never seen', () => {
    expect(() => cleanRunsNeeded({ right: 0.5, stressed: { runs: 9, failed: 0 }, normal: { runs: 9, failed: 0 } })).toThrow(RangeError);
  });

  it('agree with a simulation of wrong and right fixes', () => {
    // Of 200,000 fixes, 60 % right, the others with a rate left evenly in [0, .3]: the share above 1 % among those that ran 40 times cleanly.
    let kept = 0;
    let above = 0;
    const random = (
      (state: number) => () =>
        (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    )(7);
    for (let i = 0; i < 200_000; i++) {
      const left = random() < 0.6 ? 0 : random() * 0.3;
      if (random() > (1 - left) ** 40) continue;
      kept += 1;
      if (left > 0.01) above += 1;
    }
    expect(Math.abs(above / kept - chanceAbove(0.01, 40, 0.6, 0.3))).toBeLessThan(0.004);
  });

  it('move the belief in the fix', () => {
    expect(chanceRight(0, 0.6, 0.5)).toBeCloseTo(0.6, 5);
    expect(chanceRight(40, 0.6, 0.5)).toBeGreaterThan(0.95);
  });
});

describe('comparisons', () => {
  it('know an excess of failures from chance', () => {
    expect(chanceOfExcess({ runs: 10, failed: 8 }, { runs: 10, failed: 0 })).toBeLessThan(0.001);
    expect(chanceOfExcess({ runs: 10, failed: 2 }, { runs: 10, failed: 1 })).toBeCloseTo(0.5, 1);
  });

  it('bound the difference of two medians', () => {
    const slow = [120, 125, 118, 130, 122, 127];
    const quick = [50, 52, 49, 51, 53, 50];
    expect(median(slow)).toBe(123.5);
    expect(medianExcess(slow, quick, 1.1).low).toBeGreaterThan(0);
    expect(medianExcess(quick, slow, 1.1).high).toBeLessThan(0);
  });

  it('shuffle by seed', () => {
    const items = Array.from({ length: 20 }, (_, i) => i);
    expect(shuffled(items, 4)).toEqual(shuffled(items, 4));
    expect(shuffled(items, 4)).not.toEqual(shuffled(items, 5));
    expect(shuffled(items, 4).toSorted((a, b) => a - b)).toEqual(items);
  });
});
