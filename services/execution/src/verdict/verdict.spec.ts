import type { Outcome } from '@testimony/contracts';
import { attempt, away, SHOP } from '../testing/attempts';
import { isJudged, NOTHING_KNOWN, type Dossier, type PastAttempt } from './judged';
import { verdictOf } from './verdict';

const tries = (...outcomes: Outcome[]): PastAttempt[] => outcomes.map((o, i) => attempt(i + 1, o));
const knowing = (over: Partial<Dossier>): Dossier => ({ ...NOTHING_KNOWN, ...over });
const ran = (verdict: string, runs: number, failed: number, times: number) =>
  Array.from({ length: times }, () => ({ verdict, runs, failed }));
const onBase = (n: number, outcome: Outcome): PastAttempt => ({ ...attempt(n, outcome), base: true });

describe('the verdict', () => {
  it('is passed when the first attempt passed', () => {
    expect(verdictOf(tries('passed'))).toEqual({ verdict: 'passed', reason: 'passed in attempt 1', runs: 1, failed: 0 });
  });

  it('is healed when it passed at once after a fix, and only then', () => {
    expect(verdictOf(tries('passed'), NOTHING_KNOWN, 'fix_1')).toMatchObject({
      verdict: 'healed',
      reason: 'passed in attempt 1, after fix fix_1 was applied',
    });
    expect(verdictOf(tries('failed', 'passed'), NOTHING_KNOWN, 'fix_1').verdict).toBe('flaky');
    expect(verdictOf(tries('failed', 'failed'), NOTHING_KNOWN, 'fix_1').verdict).toBe('failed');
  });

  it('is flaky when a pass came after a failure and nothing speaks for the product, with numbers, conditions and evidence', () => {
    expect(verdictOf(tries('failed', 'failed', 'passed'))).toEqual({
      verdict: 'flaky',
      reason: expect.stringMatching(
        /^failed in 2 of 3 attempts: attempt 1 failed in a shared process, attempt 2 failed isolated, attempt 3 passed isolated; flaky with probability \d+ %, a product bug that shows now and then with \d+ %$/,
      ),
      runs: 3,
      failed: 2,
      label: 'flaky',
      flakiness: { probability: expect.closeTo(0.87, 1), rate: 2 / 3, low: expect.closeTo(0.208, 2), high: expect.closeTo(0.939, 2) },
      evidence: expect.arrayContaining([{ fact: 'attempt 3 passed isolated', weight: expect.any(Number) }]),
    });
  });

  it('does not take earlier red runs of the same commit for a test that never worked', () => {
    const again = ran('failed', 2, 2, 3).map((run) => ({ ...run, same: true }));
    const attempts = [...tries('failed', 'failed'), onBase(3, 'passed')];
    expect(verdictOf(attempts, knowing({ base: true, past: again }))).toMatchObject({ verdict: 'failed', label: 'regressed' });
    expect(verdictOf(tries('failed', 'failed'), knowing({ past: again })).label).toBeUndefined();
    expect(verdictOf(tries('failed', 'failed'), knowing({ past: ran('failed', 2, 2, 3) })).label).toBe('broken');
  });

  it('counts earlier runs of the same commit as attempts on it: what passed there is not broken for good', () => {
    const same = ran('passed', 1, 0, 8).map((run) => ({ ...run, same: true }));
    const { flakiness, evidence } = verdictOf(tries('failed', 'passed'), knowing({ past: same }));
    expect(flakiness).toMatchObject({ rate: 0.1 });
    expect(evidence).toContainEqual({ fact: 'in earlier runs of this commit it failed in 0 of 8 attempts', weight: expect.any(Number) });
  });

  it('is failed when every attempt failed', () => {
    expect(verdictOf(tries('failed', 'failed', 'failed'))).toMatchObject({
      verdict: 'failed',
      reason: expect.stringMatching(/^failed in all 3 attempts \(2 of them isolated\); a fault that is no flake with probability/),
      runs: 3,
      failed: 3,
    });
  });

  it('is failed after a pass when the test never failed before and the product changed: a bug that shows now and then', () => {
    const dossier = knowing({
      past: ran('passed', 1, 0, 20),
      prior: { patterns: [], changed: true },
      climate: { changed: 0.2 },
      base: true,
    });
    const history = [...tries('failed', 'failed', 'passed'), onBase(4, 'passed'), onBase(5, 'passed')];
    expect(verdictOf(history, dossier)).toMatchObject({
      verdict: 'failed',
      label: 'regressed',
      intermittent: true,
      runs: 3,
      failed: 2,
      base: { runs: 2, failed: 0 },
      reason: expect.stringContaining(
        'against the base it failed in 0 of 2; in its last 20 runs it never failed; product code that it reaches changed',
      ),
    });
  });

  it('is flaky on the same attempts when the base fails now and then as well', () => {
    const dossier = knowing({ prior: { patterns: [], changed: true }, climate: { changed: 0.2 }, base: true });
    const history = [...tries('failed', 'failed', 'passed'), onBase(4, 'failed'), onBase(5, 'passed')];
    expect(verdictOf(history, dossier)).toMatchObject({ verdict: 'flaky', base: { runs: 2, failed: 1 } });
  });

  it('is never made by the base alone: red there, green here is passed; green there, red here is failed', () => {
    expect(verdictOf([attempt(1, 'passed'), onBase(2, 'failed')])).toMatchObject({ verdict: 'passed', runs: 1 });
    expect(verdictOf([attempt(1, 'failed'), onBase(2, 'passed'), onBase(3, 'passed')])).toMatchObject({
      verdict: 'failed',
      runs: 1,
      failed: 1,
    });
    expect(verdictOf([onBase(1, 'passed')])).toMatchObject({ verdict: 'lost' });
  });

  it.each([
    ['regressed', [...tries('failed', 'failed'), onBase(3, 'passed')], {}],
    ['regressed', tries('failed', 'failed'), { past: ran('passed', 1, 0, 5) }],
    ['broken', [...tries('failed', 'failed'), onBase(3, 'failed'), onBase(4, 'failed')], {}],
    ['broken', tries('failed', 'failed'), { past: ran('failed', 3, 3, 2) }],
    [undefined, tries('failed', 'failed'), {}],
  ] as [string | undefined, PastAttempt[], Partial<Dossier>][])(
    'labels a red test %s by what is known of it elsewhere',
    (label, history, known) => {
      const decision = verdictOf(history, knowing({ base: true, ...known }));
      expect([decision.verdict, decision.label]).toEqual(['failed', label]);
    },
  );

  describe('of a test that fails by time each time, on the head and the base', () => {
    const slow = (n: number, outcome: Outcome = 'failed', base = false): PastAttempt => ({
      ...attempt(n, outcome, { class: 'timeout', message: 'no answer within 200 ms' }),
      ...(base ? { base } : {}),
    });
    const all = [slow(1), slow(2), slow(3, 'failed', true), slow(4, 'failed', true)];
    const worked = ran('passed', 1, 0, 4);
    const before = knowing({
      base: true,
      past: worked,
      prior: { patterns: [{ pattern: 'tight_timeout', probability: 0.8 }], changed: false },
    });

    it.each([
      ['nothing changed, and it passed in all earlier runs', all, before, undefined],
      ['it passed on the base', [...all.slice(0, 3), slow(4, 'passed', true)], before, 'regressed'],
      ['it never passed before', all, { ...before, past: [] }, 'broken'],
    ] as [string, PastAttempt[], Dossier, string | undefined][])(
      'is red, however likely a slow machine is, when %s',
      (_, attempts, dossier, label) => {
        const decision = verdictOf(attempts, dossier);
        expect(decision.verdict).toBe('failed');
        if (label) expect(decision.label).toBe(label);
      },
    );
  });

  it('gives evidence whose weights sum to the ln odds of what was concluded', () => {
    const dossier = knowing({
      past: [...ran('flaky', 2, 1, 3), ...ran('passed', 1, 0, 9)],
      prior: { patterns: [{ pattern: 'race_condition', probability: 0.6 }], changed: true },
      climate: { changed: 0.3, flaky: { tests: 80, flaky: 9 } },
      learned: { tried: 12, passed: 9 },
      seenBefore: 'seen',
      alike: { tests: 2, failedAgain: 1, passedLater: 0 },
    });
    for (const history of [tries('failed', 'failed', 'passed'), tries('failed', 'failed', 'failed', 'failed')]) {
      const { verdict, flakiness, evidence } = verdictOf(history, dossier);
      const sum = evidence!.reduce((total, { weight }) => total + weight, 0);
      const flaky = 1 / (1 + Math.exp(verdict === 'flaky' ? -sum : sum));
      expect(flaky).toBeCloseTo(flakiness!.probability, 3);
      expect(evidence!.map((e) => e.fact)).toEqual(
        expect.arrayContaining([
          'its source shows race_condition (60 %)',
          'in earlier runs it failed in 3 of 15 attempts',
          'it failed like this in earlier flakes',
          'failures of class assertion, after which 9 of 12 retries passed in this project',
          '2 other tests failed alike in this run, of which 1 failed again',
        ]),
      );
    }
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
      label: 'infrastructure',
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
      label: 'infrastructure',
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

  it('does not count what fell into an outage', () => {
    const fallen = { ...attempt(1, 'failed', { class: 'server' as const }), setAside: 'the system was unwell' };
    expect(verdictOf([fallen, attempt(2, 'passed')])).toMatchObject({ verdict: 'passed', runs: 1, failed: 0 });
  });

  it('is green for no history in which nothing passed, and passed for none in which something failed', () => {
    const pieces: PastAttempt[] = [
      ...tries('passed'),
      ...tries('failed'),
      ...tries('skipped'),
      ...tries('lost'),
      away(1),
      onBase(1, 'passed'),
      onBase(1, 'failed'),
    ];
    for (const a of pieces)
      for (const b of pieces)
        for (const c of pieces) {
          const history = [a, b, c];
          const { verdict } = verdictOf(history);
          const judged = history.filter((x) => isJudged(x) && !x.base).map((x) => x.outcome);
          if (verdict === 'passed' || verdict === 'flaky') expect(judged).toContain('passed');
          if (judged.includes('failed')) expect(verdict).not.toBe('passed');
          if (verdict === 'flaky') expect(judged).toContain('failed');
          if (judged.includes('failed')) expect(['flaky', 'failed']).toContain(verdict);
        }
  });
});
