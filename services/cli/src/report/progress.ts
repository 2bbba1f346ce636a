import type { ExecutionProgress } from '@testimony/execution';
import { systemWasAway } from '@testimony/contracts';
import type { TestStrategy, Verdict } from '@testimony/contracts';
import type { Paint, Style, Terminal } from '../terminal/world';
import { count, cut, duration, firstLine, plainText } from '../terminal/plain-text';
import { testNames } from './test-names';

/** Shows a run while it runs. */
export interface Progress {
  see(progress: ExecutionProgress): void;
  /** A line from elsewhere, printed without tearing what is shown. */
  say(line: string): void;
  /** Takes away what moves. */
  end(): void;
}

const SYMBOLS: Readonly<Record<Verdict, readonly [string, Style]>> = {
  passed: ['✓', 'green'],
  failed: ['✗', 'red'],
  flaky: ['~', 'yellow'],
  healed: ['+', 'cyan'],
  skipped: ['-', 'dim'],
  lost: ['?', 'magenta'],
};

/** One line for each decided test: for logs, pipes and dumb terminals. */
export function lineProgress(strategy: TestStrategy, out: Terminal, paint: Paint): Progress {
  const board = scoreboard(strategy);
  return {
    see: (progress) => {
      const line = board.take(progress);
      if (line) out.write(`${paintLine(line, paint)}\n`);
    },
    say: (line) => void out.write(`${line}\n`),
    end: () => undefined,
  };
}

/** Redraws are for eyes: faster than this nobody sees, slower looks stuck. */
const REDRAW_MS = 80;
const BAR = 24;

/** Two lines that are redrawn, with what is not green printed above them as it comes. */
export function liveProgress(strategy: TestStrategy, out: Terminal, paint: Paint, now: () => number = Date.now): Progress {
  const board = scoreboard(strategy);
  const begun = now();
  let drawn = 0;
  let last = '';
  let dirty = true;
  const clear = (): string => (drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '');
  const above = (line: string): void => {
    out.write(`${clear()}${line}\n`);
    drawn = 0;
    draw();
  };
  const draw = (): void => {
    const width = (out.columns || 80) - 1;
    const lines = [barLine(board, now() - begun, paint, width), paint('dim', cut(last, width))];
    out.write(`${clear()}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`);
    drawn = lines.length;
    dirty = false;
  };
  const timer = setInterval(() => {
    if (dirty || board.decided() < strategy.testCases.length) draw();
  }, REDRAW_MS);
  timer.unref();
  draw();
  return {
    see: (progress) => {
      const line = board.take(progress);
      if (!line) return;
      last = `${line.symbol} ${line.text}`;
      dirty = true;
      if (line.important) above(paintLine(line, paint));
    },
    say: above,
    end: () => {
      clearInterval(timer);
      out.write(clear());
      drawn = 0;
    },
  };
}

interface Line {
  readonly symbol: string;
  readonly style: Style;
  readonly text: string;
  /** Worth keeping on the screen. */
  readonly important: boolean;
}

interface Scoreboard {
  take(progress: ExecutionProgress): Line | undefined;
  decided(): number;
  counts(): Readonly<Partial<Record<Verdict, number>>>;
  total: number;
}

function scoreboard(strategy: TestStrategy): Scoreboard {
  const plans = new Map(strategy.testCases.map((plan) => [plan.id, plan]));
  const names = testNames(strategy.testCases);
  const counts: Partial<Record<Verdict, number>> = {};
  const causes = new Map<string, string>();
  let decided = 0;
  return {
    total: strategy.testCases.length,
    decided: () => decided,
    counts: () => counts,
    take: (progress) => {
      if (progress.kind === 'worker-lost') {
        return { symbol: '!', style: 'magenta', text: `a worker was lost: ${firstLine(progress.reason)}`, important: true };
      }
      if (progress.kind === 'outage') return { symbol: '!', style: 'magenta', text: outageLine(progress), important: true };
      if (progress.kind === 'attempted') {
        const { failure, testId } = progress.data;
        if (failure && !systemWasAway(progress.data) && !causes.has(testId)) causes.set(testId, firstLine(failure.message, 160));
        return undefined;
      }
      if (progress.kind !== 'decided') return undefined;
      const { testId, verdict, durationMs, runs, failed, attempts, reason } = progress.data;
      decided += 1;
      counts[verdict] = (counts[verdict] ?? 0) + 1;
      const cause = causes.get(testId);
      causes.delete(testId);
      const [symbol, style] = SYMBOLS[verdict];
      const more: Partial<Record<Verdict, string>> = {
        failed: cause ?? firstLine(reason),
        flaky: `failed ${failed} of ${runs}${cause ? `: ${cause}` : ''}`,
        lost: firstLine(reason),
        skipped: firstLine(reason),
        healed: firstLine(reason),
      };
      return {
        symbol,
        style,
        // What was never tried took no time.
        text: [
          `${titleOf(plans.get(testId)?.service, names.get(testId) ?? testId)}${attempts > 0 ? ` (${duration(durationMs)})` : ''}`,
          more[verdict],
        ]
          .filter(Boolean)
          .join('  '),
        important: verdict !== 'passed' && verdict !== 'skipped',
      };
    },
  };
}

function outageLine(outage: ExecutionProgress & { readonly kind: 'outage' }): string {
  if (outage.state === 'began')
    return `${plainText(outage.url)} stopped answering (${count(outage.tests, 'test')} met nobody); its tests wait`;
  const after = `after ${duration(outage.durationMs)}`;
  return outage.recovered
    ? `${plainText(outage.url)} answers again ${after}; its tests go on`
    : `${plainText(outage.url)} did not come back ${after}; its tests are lost`;
}

function titleOf(service: string | undefined, name: string): string {
  return plainText(service === undefined ? name : `${service} › ${name}`).replace(/\s+/g, ' ');
}

function paintLine(line: Line, paint: Paint): string {
  return `${paint(line.style, line.symbol)} ${line.text}`;
}

function barLine(board: Scoreboard, elapsedMs: number, paint: Paint, width: number): string {
  const { total } = board;
  const decided = board.decided();
  const filled = total === 0 ? BAR : Math.min(BAR, Math.round((decided / total) * BAR));
  const counts = (Object.entries(board.counts()) as [Verdict, number][]).map(([verdict, n]) =>
    paint(SYMBOLS[verdict][1], `${n} ${verdict}`),
  );
  const bar = `${paint('green', '█'.repeat(filled))}${paint('dim', '░'.repeat(BAR - filled))}`;
  const progress = `${decided}/${total}`;
  const clock = paint('dim', duration(elapsedMs));
  // A line that wraps cannot be redrawn: a narrow terminal sees less.
  const choices = [[bar, progress, ...counts, clock], [progress, ...counts], [progress]].map((parts) => parts.join('  '));
  return choices.find((line) => plainText(line).length <= width) ?? '';
}
