import { attempt } from '../testing/attempts';
import { logBernoulli, logMarginal, logSum } from './beta';
import { NOTHING_KNOWN, type Dossier, type PastAttempt } from './judged';
import { afterOneMore, CAUSES, factsOf, posteriorOf, type Posterior } from './posterior';

const after = (outcomes: string, dossier: Partial<Dossier> = {}): Posterior => {
  const attempts: PastAttempt[] = outcomes.split('').map((o, i) => ({
    ...attempt(i + 1, o.toLowerCase() === 'f' ? 'failed' : 'passed'),
    base: o === 'f' || o === 'p',
  }));
  return posteriorOf(factsOf(attempts, { ...NOTHING_KNOWN, ...dossier }));
};
const ran = (verdict: string, runs: number, failed: number, times: number) =>
  Array.from({ length: times }, () => ({ verdict, runs, failed }));
const changed = { prior: { patterns: [], changed: true }, climate: { changed: 0.3 } };
const unchanged = { prior: { patterns: [], changed: false }, climate: { changed: 0.3 } };

describe('what is behind a failure', () => {
  it.each(['F', 'FF', 'FFP', 'FPfp', 'FPPPP'])('is some cause for certain (%s)', (outcomes) => {
    const p = after(outcomes, changed);
    expect(CAUSES.reduce((sum, cause) => sum + p[cause], 0)).toBeCloseTo(1, 9);
  });

  it('is as likely a flake without a look at the source as any test is, whatever else is known', () => {
    expect(after('F', { prior: { changed: false } }).flaky).toBeGreaterThan(after('F', { prior: { patterns: [], changed: false } }).flaky);
  });

  it('is less likely a flake with each failure, and no bug that shows each time after a pass', () => {
    const flaky = ['F', 'FF', 'FFF', 'FFFF'].map((o) => after(o).flaky);
    expect(flaky).toEqual(flaky.toSorted((a, b) => b - a));
    expect(after('FP').regressed).toBeLessThan(0.01);
  });

  it.each([
    ['code that changed', changed, {}, 'intermittent'],
    ['code that did not change', unchanged, {}, 'flaky'],
    ['a pattern in the source', { prior: { patterns: [{ pattern: 'race_condition', probability: 0.8 }] } }, {}, 'flaky'],
    ['runs in which it never failed', { past: ran('passed', 1, 0, 20) }, {}, 'intermittent'],
    ['runs in which it was flaky', { past: [...ran('flaky', 2, 1, 5), ...ran('passed', 1, 0, 15)] }, {}, 'flaky'],
    ['a failure seen in earlier flakes', { seenBefore: 'seen' }, {}, 'flaky'],
    ['another failure than in earlier flakes', { seenBefore: 'other' }, {}, 'intermittent'],
    ['others that failed alike', { alike: { tests: 4, failedAgain: 3, passedLater: 0 } }, {}, 'intermittent'],
    ['retries that passed before', { learned: { tried: 40, passed: 38 } }, {}, 'flaky'],
  ] as [string, Partial<Dossier>, object, 'flaky' | 'intermittent'][])('is moved by %s', (_, known, _none, towards) => {
    expect(after('FP', known)[towards]).toBeGreaterThan(after('FP')[towards]);
  });

  it('is a flake when the base fails as well, and rather not when it never does', () => {
    expect(after('FFPf', changed).flaky).toBeGreaterThan(after('FFP', changed).flaky);
    expect(after('FFPpppp', changed).flaky).toBeLessThan(after('FFP', changed).flaky);
  });

  it('is broken when it fails each time, on the base too, or was red before', () => {
    expect(after('FFff').broken).toBeGreaterThan(0.6);
    expect(after('FFfff').broken).toBeGreaterThan(after('FFff').broken);
    expect(after('F', { past: ran('failed', 4, 4, 1) }).broken).toBeGreaterThan(after('F').broken);
  });

  it('expects of the next attempt what its causes do', () => {
    const facts = factsOf([attempt(1, 'failed')], NOTHING_KNOWN);
    const { fails, failed, passed } = afterOneMore(facts, 'alone');
    // The posterior is the mean of what it will be.
    for (const cause of CAUSES) {
      expect(fails * posteriorOf(failed)[cause] + (1 - fails) * posteriorOf(passed)[cause]).toBeCloseTo(posteriorOf(facts)[cause], 9);
    }
    expect(
      afterOneMore(factsOf([attempt(1, 'failed'), attempt(2, 'failed'), attempt(3, 'failed')], NOTHING_KNOWN), 'alone').fails,
    ).toBeGreaterThan(fails);
  });
});

describe('an unknown rate', () => {
  it('is integrated: with an even prior, k of n in order has probability k!(n-k)!/(n+1)!', () => {
    expect(Math.exp(logMarginal({ failed: 1, passed: 1 }, 2, 3))).toBeCloseTo((2 * 6) / 720, 9);
    expect(Math.exp(logBernoulli(0.25, 1, 2))).toBeCloseTo(0.25 * 0.75 ** 2, 12);
    expect(Math.exp(logSum([Math.log(0.2), Math.log(0.3), -Infinity]))).toBeCloseTo(0.5, 12);
  });
});
