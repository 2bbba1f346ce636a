import type { LimitEvent, TestTrace, TraceEvent } from '../reading/trace';
import { literalNumber } from './reading-marks';
import { markOf, type Value } from '../reading/value';
import { assertsIn, named, ofKind, shownMs, type Found, type Rule } from './rule';

/**
 * Below these an ordinary pause of a busy machine is longer. A process that shares its core with three others stands still for some 10 to
 * 100 ms at a time, a major garbage collection takes as long, and a new connection or a first query several times that.
 */
const TIGHT_MS: Readonly<Record<LimitEvent['what'], number>> = { request: 500, wait: 500, promise: 250, test: 1_000 };
const TIGHT_DURATION_MS = 500;

const SUGGESTION = 'Give it a multiple of what it takes on a slow day: a limit only has to end a test that hangs.';

/** A limit that a busy machine does not keep. */
export const tightTimeout: Rule = (test, file) => {
  if (test.fakeClock) return [];
  return [...limits(test.events, test), ...limits(file.around, test), ...durations(test)];
};

function limits(events: readonly TraceEvent[], test: TestTrace): Found[] {
  return ofKind(events, 'limit').flatMap((limit) => {
    if (limit.ms >= TIGHT_MS[limit.what] || limit.expectsError || limit.inTeardown || expectsTimeOut(limit, test)) return [];
    return [
      {
        pattern: 'tight_timeout' as const,
        place: limit.place,
        probability: closeness(limit.ms, TIGHT_MS[limit.what]),
        message: `\`${limit.place.text}\` gives ${WHAT[limit.what]} ${shownMs(limit.ms)}, which is less than a busy machine may pause.`,
        suggestion: SUGGESTION,
      },
    ];
  });
}

const WHAT: Readonly<Record<LimitEvent['what'], string>> = {
  request: 'a request',
  wait: 'what it waits for',
  promise: 'what it runs',
  test: 'the test',
};

const ABOUT_LIMITS = /time[ds]?[\s_-]?out|abort|cancel|deadline|expire/i;

/** The test is about the limit: it expects it to be exceeded. */
function expectsTimeOut(limit: LimitEvent, test: TestTrace): boolean {
  if (ABOUT_LIMITS.test(test.title) && limit.what !== 'test') return true;
  if (ofKind(test.events, 'request').some(({ place, task }) => task?.caught && place.line === limit.place.line)) return true;
  return ofKind(test.events, 'assert').some((assert) => assert.relation === 'error' && Math.abs(assert.seq - limit.seq) < 40);
}

/** Nearly certain at a tenth of the threshold, one in three at the threshold. */
function closeness(ms: number, threshold: number): number {
  return Math.round((0.85 - 0.5 * Math.min(1, ms / threshold)) * 100) / 100;
}

function durations(test: TestTrace): Found[] {
  return assertsIn(test).flatMap((assert) => {
    const { relation, subject, expected } = assert;
    const isBelow = relation === 'less' ? subject : relation === 'more' ? expected : undefined;
    const bound = relation === 'less' ? expected : subject;
    if (!isBelow || !isDuration(isBelow)) return [];
    const ms = inMs(bound, isBelow, assert.place.text);
    if (ms === undefined || ms <= 0 || ms >= TIGHT_DURATION_MS) return [];
    return [
      {
        pattern: 'tight_timeout' as const,
        place: assert.place,
        probability: closeness(ms, TIGHT_DURATION_MS),
        message: `${named(assert).replace(/^t/, 'T')} wants a measured time below ${shownMs(ms)}, which is less than a busy machine may pause.`,
        suggestion: 'Measure performance where nothing else runs, over many samples; here, assert on the outcome alone.',
      },
    ];
  });
}

function isDuration(value: Value): boolean {
  if (markOf(value, 'elapsed')) return true;
  const remote = markOf(value, 'remote');
  return /^(durationMs|duration_ms|elapsed|total_seconds)$/.test(remote?.path.at(-1) ?? '');
}

/** Clocks of Python tell seconds; a bound below 20 is none in ms. */
function inMs(bound: Value | undefined, measured: Value, text: string): number | undefined {
  const number = literalNumber(bound);
  if (number === undefined) return undefined;
  const elapsed = markOf(measured, 'elapsed');
  const remote = markOf(measured, 'remote');
  const isSeconds =
    /time\.(time|monotonic|perf_counter)\(\)|total_seconds|elapsed/.test(
      `${elapsed?.place.text ?? ''}${remote?.path.at(-1) ?? ''}${/total_seconds/.exec(text)?.[0] ?? ''}`,
    ) ||
    (!Number.isInteger(number) && number < 20);
  return isSeconds ? number * 1000 : number;
}
