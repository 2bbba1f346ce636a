import { GUARDS, type GuardResult } from '@testimony/contracts';
import { decide, type FixCommand } from './decide';
import { evolve, NO_FIX, type FixEvent, type FixState, type KnownFix } from './fix';
import { confidenceOf, heldOf, statsOf } from './track-record';

const now = new Date('2026-01-02T03:04:05.000Z');
const PROOF = GUARDS.filter((guard) => guard !== 'apply');
const result = (guard: GuardResult['guard'], ok = true): GuardResult => ({ guard, ok, evidence: '', numbers: {} });
type Step = FixCommand extends infer C ? (C extends FixCommand ? Omit<C, 'now'> : never) : never;

const PROPOSE: Step = {
  kind: 'propose',
  fix: {
    id: 'fix_1',
    projectId: 'p',
    testId: 't',
    testName: 'order',
    file: 'a.ts',
    pattern: 'hardcoded_sleep',
    title: 'waits',
    patch: '',
    before: 'b',
    after: 'a',
    confidence: 0.7,
  },
};
const PROVEN: Step[] = [PROPOSE, ...PROOF.map((guard): Step => ({ kind: 'check-guard', result: result(guard) })), { kind: 'prove' }];

function given(...steps: Step[]): { readonly state: FixState; readonly when: (step: Step) => FixEvent[] } {
  let state: FixState = NO_FIX;
  for (const step of steps) for (const event of decide(state, { ...step, now })) state = evolve(state, event);
  return { state, when: (step) => decide(state, { ...step, now }) };
}

const known = (...steps: Step[]): KnownFix => {
  const { state } = given(...steps);
  if (state.status === 'none') throw new Error('no fix');
  return state;
};

describe('a fix', () => {
  it('is proven by all guards in their order, and only by them', () => {
    expect(given(...PROVEN).state.status).toBe('proven');
    for (let missing = 0; missing < PROOF.length; missing++) {
      const some = PROOF.slice(0, missing).map((guard): Step => ({ kind: 'check-guard', result: result(guard) }));
      expect(() => given(PROPOSE, ...some).when({ kind: 'prove' })).toThrow(/not proven/);
    }
    expect(() => given(PROPOSE).when({ kind: 'check-guard', result: result('assertions') })).toThrow(/cannot be checked/);
    expect(() =>
      given(PROPOSE, { kind: 'check-guard', result: result('reproduced', false) }).when({
        kind: 'check-guard',
        result: result('allowed_edit'),
      }),
    ).toThrow(/cannot be checked/);
  });

  it('that was refused or not proven is never applied', () => {
    expect(() => given(PROPOSE).when({ kind: 'intend-apply', actor: 'a' })).toThrow(/not proven/);
    const rejected = given(PROPOSE, { kind: 'check-guard', result: result('reproduced', false) }, { kind: 'reject', reason: 'r' });
    expect(rejected.state.status).toBe('rejected');
    expect(() => rejected.when({ kind: 'intend-apply', actor: 'a' })).toThrow(/not proven/);
    expect(rejected.when({ kind: 'prove' })).toEqual([]);
  });

  it('is applied by intent and confirmation, and abandoned back to proven', () => {
    const intended: Step[] = [...PROVEN, { kind: 'intend-apply', actor: 'somebody' }];
    expect(given(...intended).state).toMatchObject({ status: 'proven', touching: { what: 'apply', actor: 'somebody' } });
    expect(given(...intended, { kind: 'abandon-apply', reason: 'crash' }).state).toMatchObject({ status: 'proven' });
    expect(given(...intended, { kind: 'abandon-apply', reason: 'crash' }).state).not.toHaveProperty('touching');
    const applied = given(...intended, { kind: 'confirm-apply', evidence: 'read back' });
    expect(applied.state).toMatchObject({
      status: 'applied',
      fix: { guards: expect.arrayContaining([expect.objectContaining({ guard: 'apply', ok: true })]) },
    });
    expect(applied.when({ kind: 'intend-apply', actor: 'b' })).toEqual([]);
    expect(given(...PROVEN).when({ kind: 'confirm-apply', evidence: '' })).toEqual([]);
  });

  it('that was put back by hand is proven again, says why, and may be applied anew or found again', () => {
    const applied: Step[] = [...PROVEN, { kind: 'intend-apply', actor: 'a' }, { kind: 'confirm-apply', evidence: '' }];
    const undone: Step[] = [...applied, { kind: 'see', executionId: 'e', held: true }, { kind: 'find-undone', reason: 'put back' }];
    expect(given(...undone).state).toMatchObject({ status: 'proven', fix: { undone: { at: now.toISOString(), reason: 'put back' } } });
    expect([heldOf(known(...undone)), statsOf([known(...undone)]).patterns[0]?.applied]).toEqual([true, 1]);
    expect(given(...PROVEN).when({ kind: 'find-undone', reason: 'r' })).toEqual([]);
    expect(given(...PROVEN).when({ kind: 'find-standing', evidence: 'e' })).toEqual([]);
    for (const again of [applied.slice(-2), [{ kind: 'find-standing', evidence: 'e' } as const]]) {
      const { state } = given(...undone, ...again);
      expect(state.status).toBe('applied');
      expect(state).not.toHaveProperty('fix.undone');
      expect(state).toMatchObject({ fix: { guards: { length: GUARDS.length } } });
    }
  });

  it('says in which executions it was used, and in which its test then ran again', () => {
    const { fix } = known(
      ...PROVEN,
      { kind: 'reuse', executionId: 'e2' },
      { kind: 'recheck', executionId: 'r2', of: 'e2' },
      { kind: 'reuse', executionId: 'e3' },
    );
    expect(fix).toMatchObject({ recheck: 'r2', usedIn: [{ executionId: 'e2', recheck: 'r2' }, { executionId: 'e3' }] });
    expect(given(...PROVEN, { kind: 'reuse', executionId: 'e2' }).when({ kind: 'reuse', executionId: 'e2' })).toEqual([]);
  });

  it('counts an execution once', () => {
    const applied: Step[] = [
      ...PROVEN,
      { kind: 'intend-apply', actor: 'a' },
      { kind: 'confirm-apply', evidence: '' },
      { kind: 'see', executionId: 'e', held: true },
    ];
    expect(given(...applied).when({ kind: 'see', executionId: 'e', held: true })).toEqual([]);
    expect(known(...applied, { kind: 'see', executionId: 'f', held: true }).held).toBe(2);
  });
});

describe('the record of a pattern', () => {
  const applied: Step[] = [
    ...PROVEN,
    { kind: 'weigh', confidence: 0.9, evidence: '' },
    { kind: 'intend-apply', actor: 'a' },
    { kind: 'confirm-apply', evidence: '' },
  ];
  const good = known(...applied, { kind: 'see', executionId: 'e', held: true });
  const bad = known(
    ...applied,
    { kind: 'see', executionId: 'e', held: false },
    { kind: 'intend-revert', reason: 'r' },
    { kind: 'confirm-revert' },
  );

  it('moves the next confidence', () => {
    expect(confidenceOf(0.7, 'hardcoded_sleep', [])).toBeCloseTo(0.7, 9);
    expect(confidenceOf(0.7, 'hardcoded_sleep', [good, good, good, good])).toBeCloseTo(0.85, 9);
    expect(confidenceOf(0.7, 'hardcoded_sleep', [bad, bad, bad, bad])).toBeCloseTo(0.35, 9);
    expect(confidenceOf(0.7, 'random_data', [bad, bad])).toBeCloseTo(0.7, 9);
  });

  it('tells what was said from what held', () => {
    expect([heldOf(good), heldOf(bad), heldOf(known(...applied))]).toEqual([true, false, undefined]);
    expect(statsOf([good, bad, known(PROPOSE)]).patterns).toEqual([
      { pattern: 'hardcoded_sleep', proposed: 3, proven: 2, rejected: 0, applied: 2, reverted: 1, saidConfidence: 0.9, held: 0.5 },
    ]);
  });
});
