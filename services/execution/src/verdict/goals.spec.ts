import { add, matthews, simulate, type Lab, type Score } from '../testing/simulation';

// Seeds of the 9000s are for measuring; the model's numbers were set on others. A level alone has some 500 flakes here, so its bound lies below the
// goal of 85 % by what chance does to so few; the goal itself is asked of all of them together.
const measured = (over: Partial<Lab>): Score =>
  add(
    [
      { flaky: 0.3, regressed: 0.04, intermittent: 0.02 },
      { flaky: 0.15, regressed: 0.05, intermittent: 0.01 },
      { flaky: 0.06, regressed: 0.05, intermittent: 0.01 },
    ].flatMap((mix) =>
      Array.from({ length: 12 }, (_, i) =>
        simulate({
          ...mix,
          seed: 9_000 + i,
          tests: 200,
          history: 0,
          staticPrior: false,
          changes: false,
          base: false,
          maxAttempts: 4,
          ...over,
        }),
      ),
    ),
  );
const scores: Readonly<Record<string, Score>> = {
  'nothing known before': measured({}),
  'source, changes and a base': measured({ staticPrior: true, changes: true, base: true }),
  'twenty earlier runs': measured({ history: 20 }),
  'all of it': measured({ history: 20, staticPrior: true, changes: true, base: true }),
};

describe('runs in which a tenth of the tests fails at first', () => {
  it.each(Object.entries(scores))(
    'with %s: no regression is called flaky, few flakes are red, 1.15 attempts a test are enough',
    (_, score) => {
      expect(score.regressions).toBeGreaterThan(100);
      expect(score.missed / score.regressions).toBeLessThanOrEqual(0.04);
      expect(score.flakesKeptOut / score.flakes).toBeGreaterThanOrEqual(0.78);
      expect(score.attempts / score.planned).toBeLessThanOrEqual(1.15);
      expect(matthews(score)).toBeGreaterThanOrEqual(0.75);
    },
  );

  it('over all of them: at least 85 % of the flaky noise is kept out of the red', () => {
    const all = add(Object.values(scores));
    expect(all.flakesKeptOut / all.flakes).toBeGreaterThanOrEqual(0.85);
    expect(matthews(all)).toBeGreaterThanOrEqual(0.85);
  });

  it('what never worked is red', () => {
    const { broken, brokenMissed } = measured({ history: 2, staticPrior: true, changes: true, base: true, broken: 0.01 });
    expect(broken).toBeGreaterThan(30);
    expect(brokenMissed).toBe(0);
  });

  it('red tests are labelled, and rightly, where there are earlier runs', () => {
    const { reds, labelledRight } = scores['all of it']!;
    expect(reds).toBeGreaterThan(100);
    expect(labelledRight / reds).toBeGreaterThanOrEqual(0.97);
    expect(scores['source, changes and a base']!.labelledRight).toBeGreaterThan(0.4 * scores['source, changes and a base']!.reds);
  });

  it('what is known of changes and of earlier runs finds more of the bugs that show now and then', () => {
    const found = ({ intermittentsFound, intermittents }: Score): number => intermittentsFound / intermittents;
    expect(found(scores['all of it']!)).toBeGreaterThan(Math.max(0.5, found(scores['nothing known before']!)));
  });
});
