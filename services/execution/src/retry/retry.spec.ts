import { attempt, away } from '../testing/attempts';
import { NOTHING_KNOWN, type Dossier, type PastAttempt } from '../verdict/judged';
import { nextAttempt, type NextAttempt } from './retry';

const limits = { maxAttempts: 4, price: 0.04, seed: 'exe_1 a' };
const next = (history: PastAttempt[], dossier: Partial<Dossier> = {}, over: Partial<typeof limits> = {}): NextAttempt =>
  nextAttempt(history, { ...NOTHING_KNOWN, ...dossier }, { ...limits, ...over });
const failures = (n: number): PastAttempt[] => Array.from({ length: n }, (_, i) => attempt(i + 1, 'failed'));
const onBase = (n: number, outcome: 'passed' | 'failed' | 'lost'): PastAttempt => ({ ...attempt(n, outcome), base: true });
const ran = (verdict: string, runs: number, failed: number, times: number) =>
  Array.from({ length: times }, () => ({ verdict, runs, failed }));

describe('after an attempt', () => {
  it.each(['passed', 'skipped'] as const)('that %s, decides', (outcome) => {
    expect(next([attempt(1, outcome)])).toEqual({ kind: 'decide' });
  });

  it('that failed, tries again isolated and says what it expects of it', () => {
    expect(next([attempt(1, 'failed')])).toEqual({
      kind: 'retry',
      policy: 'isolated',
      conditions: { isolated: true },
      delayMs: 0,
      reason: expect.stringMatching(/failed in 1 of 1 \(last: assertion\); trying isolated, which fails with probability 0\.\d+/),
    });
  });

  it('that passed after a failure, decides where no product bug is likely', () => {
    expect(
      next([attempt(1, 'failed'), attempt(2, 'passed')], { prior: { patterns: [], changed: false }, climate: { changed: 0.5 } }),
    ).toEqual({ kind: 'decide' });
  });

  it('decides when the limit is reached, when the run has no attempt left, and when attempts cost too much', () => {
    expect(next(failures(4))).toEqual({ kind: 'decide' });
    expect(next(failures(1), {}, { maxAttempts: 1 })).toEqual({ kind: 'decide' });
    expect(next(failures(1), {}, { price: Infinity })).toEqual({ kind: 'decide' });
    expect(next(failures(1), {}, { price: 0.6 })).toEqual({ kind: 'decide' });
  });

  it('tries a test longer that was flaky before than one that never was', () => {
    const stable = { past: ran('passed', 1, 0, 20), prior: { patterns: [], changed: true }, climate: { changed: 0.3 } };
    const shaky = {
      past: [...ran('flaky', 2, 1, 8), ...ran('passed', 1, 0, 12)],
      prior: { patterns: [], changed: false },
      climate: { changed: 0.3 },
    };
    expect(next(failures(2), stable)).toEqual({ kind: 'decide' });
    expect(next(failures(2), shaky)).toMatchObject({ kind: 'retry', policy: 'isolated' });
  });

  it('costs more when it takes long: what two minutes would tell is not worth them', () => {
    const slow = failures(1).map((a) => ({ ...a, durationMs: 300_000 }));
    expect(next(slow, {}, { price: 0.04 })).toEqual({ kind: 'decide' });
    expect(next(failures(1), {}, { price: 0.04 }).kind).toBe('retry');
  });
});

describe('the base', () => {
  it('is asked once about a red test, so that its label is known, while the run can afford it', () => {
    const red = { base: true, past: ran('passed', 1, 0, 20) };
    expect(next(failures(3), red, { price: 0.03 })).toMatchObject({ kind: 'retry', policy: 'base', conditions: { revision: 'base' } });
    expect(next([...failures(3), onBase(4, 'passed')], red)).toEqual({ kind: 'decide' });
    expect(next(failures(3), red, { price: 0.2 })).toEqual({ kind: 'decide' });
    expect(next(failures(3), { ...red, base: false })).toEqual({ kind: 'decide' });
    // Earlier runs say of this one that it worked; of one without any nothing is known, which is worth more.
    expect(next(failures(3), red, { price: 0.06 })).toEqual({ kind: 'decide' });
    expect(next(failures(3), { base: true }, { price: 0.06 })).toMatchObject({ kind: 'retry', policy: 'base' });
  });

  const changed = { base: true, prior: { patterns: [], changed: true }, climate: { changed: 0.4 } };

  const shaky = [...failures(2), attempt(3, 'passed')];

  it('is asked when a pass leaves a product bug likely that shows now and then', () => {
    expect(next(shaky, changed)).toMatchObject({ kind: 'retry', policy: 'base', conditions: { isolated: true, revision: 'base' } });
  });

  it('is not asked where there is none', () => {
    expect(next(shaky, { ...changed, base: false })).not.toMatchObject({ policy: 'base' });
  });

  it('is asked no more when it gave no answer, and that does not count against the test', () => {
    const after = next([...shaky, onBase(4, 'lost')], changed);
    expect(after).not.toMatchObject({ policy: 'base' });
    expect(after).not.toMatchObject({ policy: 'same' });
  });
});

describe('a failure that must come again', () => {
  const certain = [attempt(1, 'failed', { class: 'other', certain: 'the test has an error in its own code' })];

  it('is not tried again on the head', () => expect(next(certain)).toEqual({ kind: 'decide' }));
  it('is tried once on the base, to see whether it is new', () => {
    expect(next(certain, { base: true })).toMatchObject({
      kind: 'retry',
      policy: 'base',
      reason: expect.stringContaining('an error in its own code'),
    });
    expect(next([...certain, onBase(2, 'failed')], { base: true })).toEqual({ kind: 'decide' });
  });
});

describe('an attempt without an answer', () => {
  it('that met no system under test, waits 1 s, then 3 s, then decides', () => {
    const history = [away(1), away(2), away(3)];
    const nexts = [1, 2, 3].map((n) => next(history.slice(0, n)));
    expect(nexts.map((n) => (n.kind === 'retry' ? [n.policy, n.delayMs, n.conditions.isolated] : n.kind))).toEqual([
      ['same', 1_000, false],
      ['same', 3_000, false],
      'decide',
    ]);
  });

  it('does not count against the attempts a failing test may have', () => {
    expect(next([away(1), attempt(2, 'failed'), attempt(3, 'failed')], {}, { maxAttempts: 3 }).kind).toBe('retry');
  });

  it('that failed on the network although the system answers, counts as a failure', () => {
    const refused = { class: 'network' as const, probe: { url: 'http://shop', reachable: true } };
    expect(next([attempt(1, 'failed', refused)])).toMatchObject({ kind: 'retry', conditions: { isolated: true } });
  });

  it('that was lost with its machine, is made again under the same conditions, also when the run has no attempt left', () => {
    const lost = { ...attempt(2, 'lost'), isolated: true };
    expect(next([attempt(1, 'failed'), lost], {}, { price: Infinity })).toMatchObject({
      kind: 'retry',
      policy: 'same',
      conditions: { isolated: true },
      delayMs: 1_000,
    });
  });

  it('that fell into an outage, is made again at once and as often as it takes', () => {
    const fallen = [1, 2, 3, 4, 5].map((n) => ({ ...away(n), setAside: 'the system was away' }));
    expect(next(fallen)).toMatchObject({ kind: 'retry', policy: 'same', delayMs: 0 });
  });
});
