import type { PlannedTest } from '@testimony/contracts';
import { planned } from '../testing/planned';
import { decide, statusOf, type ExecutionCommand } from './decide';
import { dependencyCycle } from './dependency-cycle';
import { evolve, EXECUTION_EVENTS, NO_EXECUTION, type Execution, type ExecutionEvent } from './execution';

const now = new Date('2026-01-02T03:04:05.000Z');
const counts = { total: 2, passed: 2, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0 };
const request = (tests: PlannedTest[] = [planned('a')], parallel = 4): ExecutionCommand => ({
  kind: 'request',
  executionId: 'exe_1',
  projectId: 'shop',
  strategyId: 'str_1',
  strategyName: 'nightly',
  tests,
  parallel,
  maxAttempts: 3,
  now,
});
const start: ExecutionCommand = { kind: 'start', now };
const complete: ExecutionCommand = { kind: 'complete', summary: counts, now };
const cancel: ExecutionCommand = { kind: 'cancel', reason: 'Ctrl-C', now };
const again: ExecutionCommand = { kind: 'admit-again' };
const loss: ExecutionCommand = { kind: 'note-lost-worker', workerId: 'wrk_1', reason: 'SIGKILL', replaced: true };

function given(...commands: ExecutionCommand[]): { last: ExecutionEvent[]; state: Execution } {
  let state = NO_EXECUTION;
  let last: ExecutionEvent[] = [];
  for (const command of commands) {
    last = decide(state, command);
    state = last.reduce(evolve, state);
  }
  return { last, state };
}
const names = (events: ExecutionEvent[]): string[] => events.map((e) => e.type.replace('io.testimony.execution.', ''));

describe('an execution', () => {
  it.each([
    ['requested is admitted at once', [request()], ['requested', 'admitted'], 'admitted'],
    ['starts with its first lease', [request(), start], ['started'], 'started'],
    ['completes', [request(), start, complete], ['completed'], 'ended'],
    ['completes without having started, when nothing had to run', [request(), complete], ['completed'], 'ended'],
    ['is cancelled', [request(), start, cancel], ['cancelled'], 'ended'],
    ['is admitted again after a crash and stays started', [request(), start, again], ['admitted'], 'started'],
    ['notes a lost worker', [request(), start, loss], ['execution.worker-lost'], 'started'],
  ] as [string, ExecutionCommand[], string[], string][])('%s', (_, commands, events, status) => {
    const { last, state } = given(...commands);
    expect(names(last)).toEqual(events);
    expect(state.status).toBe(status);
    for (const event of last) EXECUTION_EVENTS.find((d) => d.type === event.type)!.schema.parse(event.data);
  });

  it.each([
    ['a second start', [request(), start, start]],
    ['a second completion', [request(), start, complete, complete]],
    ['a completion after a cancel', [request(), cancel, complete]],
    ['a cancel after the end', [request(), start, complete, cancel]],
    ['a start after the end', [request(), cancel, start]],
    ['a worker lost after the end', [request(), cancel, loss]],
  ] as [string, ExecutionCommand[]][])('says nothing on %s', (_, commands) => {
    expect(given(...commands).last).toEqual([]);
  });

  it.each([
    ['no slot', [request([planned('a')], 0)], /at least one slot/],
    ['half a slot', [request([planned('a')], 1.5)], /at least one slot/],
    ['no test', [request([])], /holds no test/],
    ['a test that is there twice', [request([planned('a'), planned('b'), planned('a')])], /the test a twice/],
    ['tests that wait for one another', [request([planned('a', ['b']), planned('b', ['a'])])], /a -> b -> a/],
    ['resuming what has ended', [request(), complete, again], /has ended \(passed\)/],
    ['resuming what never was', [again], /no such execution/],
    ['an id that is taken', [request(), request()], /exists already/],
  ] as [string, ExecutionCommand[], RegExp][])('refuses %s in one sentence', (_, commands, message) => {
    expect(() => given(...commands)).toThrow(message);
  });
});

describe('the status of a completed execution', () => {
  const of = (part: Partial<typeof counts>) =>
    statusOf({ total: 9, passed: 0, failed: 0, flaky: 0, skipped: 0, healed: 0, lost: 0, ...part });

  it.each([
    [{ passed: 1 }, 'passed'],
    [{ flaky: 1 }, 'passed'],
    [{ passed: 1, skipped: 3 }, 'passed'],
    [{ passed: 5, failed: 1, lost: 1 }, 'failed'],
    [{ passed: 5, lost: 1 }, 'lost'],
    [{ skipped: 3 }, 'empty'],
    [{}, 'empty'],
  ])('of %j is %s', (part, status) => {
    expect(of(part)).toBe(status);
  });
});

describe('a cycle of dependencies', () => {
  it('is not seen where two ways lead to one test', () => {
    expect(dependencyCycle([planned('a', ['b', 'c']), planned('b', ['d']), planned('c', ['d']), planned('d')])).toBeUndefined();
  });

  it('is found behind a long chain', () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => planned(`t${i}`, [`t${i + 1}`]));
    expect(dependencyCycle([...chain, planned('t20000', ['t19999'])])).toEqual(['t19999', 't20000', 't19999']);
  });
});
