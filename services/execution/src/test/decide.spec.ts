import type { Attempt } from '@testimony/contracts';
import { decide, MAX_LOSSES, satisfiesDependants, type TestCommand } from './decide';
import { evolve, TEST_EVENTS, undecided, type Test, type TestEvent } from './test';

const now = new Date('2026-01-02T03:04:05.000Z');
const made = (attempt: number, outcome: Attempt['outcome']): Attempt => ({
  attempt,
  outcome,
  conditions: { isolated: attempt > 1 },
  workerId: 'wrk_1',
  startedAt: now.toISOString(),
  durationMs: 12,
  ...(outcome === 'failed' ? { failure: { class: 'assertion' as const, message: 'expected 1, got 2', stack: 'at a.ts:1' } } : {}),
  requests: [],
  logs: ['hello'],
  artifacts: [],
});
const report = (n: number, outcome: Attempt['outcome']): TestCommand => ({
  kind: 'report',
  attempt: made(n, outcome),
  limits: { maxAttempts: 3, price: 0.03, seed: 'exe_1 a' },
  now,
});
const lose: TestCommand = { kind: 'return', workerId: 'wrk_1', reason: 'SIGKILL', now };
const giveUp: TestCommand = { kind: 'give-up', reason: 'cancelled: Ctrl-C', now };

function given(...commands: TestCommand[]): { last: TestEvent[]; state: Test } {
  let state: Test = undecided('exe_1', 'a');
  let last: TestEvent[] = [];
  for (const command of commands) {
    last = decide(state, command);
    state = last.reduce(evolve, state);
  }
  return { last, state };
}
const names = (events: TestEvent[]): string[] => events.map((e) => e.type.replace('io.testimony.', ''));

describe('a test', () => {
  it.each([
    ['that passed is decided', [report(1, 'passed')], ['test.attempted', 'test.decided']],
    ['that failed is tried again', [report(1, 'failed')], ['test.attempted', 'test.retry-planned']],
    ['that failed and passed is decided', [report(1, 'failed'), report(2, 'passed')], ['test.attempted', 'test.decided']],
    ['whose worker was lost is returned', [lose], ['test.returned']],
    ['that a rule excludes is decided', [{ kind: 'skip', reason: 'needs "login"', now }], ['test.decided']],
    ['that nobody will run is decided', [giveUp], ['test.decided']],
  ] as [string, TestCommand[], string[]][])('%s', (_, commands, events) => {
    const { last } = given(...commands);
    expect(names(last)).toEqual(events);
    for (const event of last) TEST_EVENTS.find((d) => d.type === event.type)!.schema.parse(event.data);
  });

  it.each([report(2, 'failed'), lose, giveUp, { kind: 'skip', reason: 'x', now } as TestCommand])(
    'gets no second verdict from %j',
    (command) => {
      expect(given(report(1, 'passed'), command).last).toEqual([]);
    },
  );

  it('that outlives its workers too often is lost, with the reason', () => {
    const losses = Array.from({ length: MAX_LOSSES }, () => lose);
    expect(names(given(...losses.slice(1)).last)).toEqual(['test.returned']);
    const { last, state } = given(...losses);
    expect(names(last)).toEqual(['test.returned', 'test.decided']);
    expect(state).toMatchObject({ decision: { verdict: 'lost', reason: 'its worker was lost 5 times, last: SIGKILL' } });
  });

  it('that was given up after a failure is lost, and its failure is not forgotten', () => {
    expect(given(report(1, 'failed'), giveUp).state).toMatchObject({
      decision: { verdict: 'lost', reason: 'cancelled: Ctrl-C; it had failed in 1 of 1 attempts', runs: 1, failed: 1 },
    });
  });

  it('that fell into an outage, in this report and before, is tried again at once; what was no part of it counts', () => {
    const network = { class: 'network' as const, message: 'fetch failed', stack: '', probe: { url: 'http://shop', reachable: false } };
    const away = (n: number): Attempt => ({ ...made(n, 'failed'), failure: network });
    const first: TestCommand = { kind: 'report', attempt: away(1), limits: { maxAttempts: 3, price: 0.03, seed: 'exe_1 a' }, now };
    const both: TestCommand = { ...first, attempt: away(2), fallen: { attempts: [1, 2], reason: 'the system was away' } };
    const { last, state } = given(first, both);
    expect(names(last)).toEqual(['test.attempted', 'test.attempt-set-aside', 'test.attempt-set-aside', 'test.retry-planned']);
    expect(last.at(-1)!.data).toMatchObject({ attempt: 3, policy: 'same', delayMs: 0 });
    expect(state.status === 'undecided' && state.attempts.map((a) => a.setAside)).toEqual(['the system was away', 'the system was away']);
    const passed: TestCommand = { ...first, attempt: made(2, 'passed'), fallen: { attempts: [1], reason: 'the system was away' } };
    expect(given(first, passed).state).toMatchObject({ decision: { verdict: 'passed', runs: 1 } });
  });

  it.each([
    ['passed', true],
    ['flaky', true],
    ['healed', true],
    ['failed', false],
    ['lost', false],
  ] as const)('that is %s lets its dependants run: %s', (verdict, may) => {
    expect(satisfiesDependants({ verdict })).toBe(may);
  });

  it('says with its verdict how many attempts it took and how long the last one was', () => {
    const { last } = given(report(1, 'failed'), report(2, 'failed'), report(3, 'failed'));
    expect(last.at(-1)!.data).toMatchObject({ verdict: 'failed', attempts: 3, durationMs: 12, runs: 3, failed: 3 });
  });
});
