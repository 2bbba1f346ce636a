import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import type { ExecutionProgress } from '@testimony/execution';
import { strategyOf, testCase } from '../testing/in-memory-backend';
import { canRedraw, painter, wantsColour } from '../terminal/world';
import type { Terminal } from '../terminal/world';
import { lineProgress, liveProgress } from './progress';

const ESCAPE = '\u001b';
const strategy = strategyOf('all', '', [testCase('a'), testCase('b\u001b[2J')]);

function terminal(columns = 80): Terminal & { text: () => string } {
  const chunks: string[] = [];
  const stream = new PassThrough({ encoding: 'utf8' });
  stream.on('data', (chunk: string) => chunks.push(chunk));
  return Object.assign(stream, { isTTY: true, columns, text: () => chunks.join('') });
}

function decided(testId: string, verdict: 'passed' | 'failed'): ExecutionProgress {
  return {
    kind: 'decided',
    data: {
      executionId: 'exe_1',
      testId,
      verdict,
      reason: 'failed in 2 attempts',
      runs: 2,
      failed: 2,
      attempts: 2,
      durationMs: 12,
      decidedAt: '2026-11-24T12:00:00.000Z',
    },
  };
}

test('elsewhere than at a terminal each decided test is one line, with its cause and no control characters', () => {
  const out = terminal();
  const progress = lineProgress(strategy, out, painter(false));
  progress.see({
    kind: 'attempted',
    data: {
      executionId: 'exe_1',
      testId: 'id-b-2J',
      attempt: 1,
      outcome: 'failed',
      conditions: { isolated: false },
      workerId: 'w',
      startedAt: '',
      durationMs: 1,
      requests: [],
      logs: [],
      artifacts: [],
      failure: { class: 'assertion', message: 'expected 1\nbut got 2' },
    },
  });
  progress.see(decided('id-a', 'passed'));
  progress.see(decided('id-b-2J', 'failed'));
  expect(out.text()).toBe('✓ orders › a (12 ms)\n✗ orders › b (12 ms)  expected 1\n');
});

test('a test that was never tried is given no duration', () => {
  const out = terminal();
  const { data } = decided('id-a', 'passed') as Extract<ExecutionProgress, { kind: 'decided' }>;
  lineProgress(strategy, out, painter(false)).see({
    kind: 'decided',
    data: { ...data, verdict: 'skipped', reason: 'not yet', attempts: 0, runs: 0, failed: 0, durationMs: 0 },
  });
  expect(out.text()).toBe('- orders › a  not yet\n');
});

test('at a terminal two lines are redrawn, what is red stays above, and the end leaves nothing that moves', () => {
  const out = terminal(40);
  const progress = liveProgress(strategy, out, painter(false), () => 0);
  progress.see(decided('id-b-2J', 'failed'));
  progress.end();
  // Every upward move is followed by clearing, and goes exactly over what was drawn.
  expect(out.text().match(new RegExp(`${ESCAPE}\\[(\\d+)A${ESCAPE}\\[J`, 'g'))).toEqual(['\u001b[2A\u001b[J', '\u001b[2A\u001b[J']);
  expect(out.text()).toContain('✗ orders › b (12 ms)  failed in 2 attempts\n');
  expect(out.text().endsWith('\u001b[2A\u001b[J')).toBe(true);
  const bars = stripVTControlCharacters(out.text())
    .split('\n')
    .filter((line) => line.includes('/2'));
  expect(bars.length).toBeGreaterThan(0);
  for (const bar of bars) expect(bar.length).toBeLessThan(40);
});

test.each([
  [{}, true, true, true],
  [{}, false, false, false],
  [{ NO_COLOR: '1' }, true, false, true],
  [{ FORCE_COLOR: '1' }, false, true, false],
  [{ TERM: 'dumb' }, true, false, false],
  [{ CI: 'true' }, true, true, false],
])('with %j and a terminal: %s, colour is %s and redrawing %s', (environment, isTTY, colour, redraw) => {
  const out = Object.assign(new PassThrough(), { isTTY });
  expect([wantsColour(environment, out), canRedraw(environment, out)]).toEqual([colour, redraw]);
});
