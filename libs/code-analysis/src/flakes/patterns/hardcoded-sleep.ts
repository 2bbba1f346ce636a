import type { AssertEvent, SleepEvent, TestTrace } from '../reading/trace';
import { markOf } from '../reading/value';
import { isWrite } from '../reading/requests';
import { assertsIn, named, ofKind, shownMs, type Found, type Rule } from './rule';

/** A wait of fixed length in place of a wait for what is awaited: it matters where an assertion then reads what the time was for. */
export const hardcodedSleep: Rule = (test) => {
  if (test.fakeClock) return [];
  const asserts = assertsIn(test);
  return ofKind(test.events, 'sleep').flatMap((sleep) => {
    if (sleep.polled || sleep.inHook || sleep.inTeardown || sleep.role === 'between' || sleep.ms < MOMENT_MS) return [];
    if (!somethingUnderWay(sleep, test)) return [];
    const next = asserts.find((assert) => reads(assert, sleep, test));
    return next ? [found(sleep, next)] : [];
  });
};

/** A time of one ms or none lets what is queued run; it waits for nothing. */
const MOMENT_MS = 2;

/** A wait or a further sleep stands between: the assertion depends on that one. */
function reads(assert: AssertEvent, sleep: SleepEvent, test: TestTrace): boolean {
  if (assert.seq < sleep.seq || assert.flow !== sleep.flow || assert.retries || assert.inHook) return false;
  // That nothing happened, in however long a time, cannot fail by slowness.
  if (assert.negated && (assert.relation === 'called' || assert.relation === 'holds')) return false;
  if (isNothing(assert) && !markOf(assert.subject, 'remote') && (assert.subject.live === true || assert.relation === 'count')) return false;
  if (assert.relation === 'less') return false;
  // It held before already: that it still does is what is asserted.
  if (test.events.some((event) => event.kind === 'assert' && event.seq < sleep.seq && event.place.text === assert.place.text)) return false;
  if (assert.relation === 'more' && markOf(assert.subject, 'elapsed')) return false;
  if (markOf(assert.subject, 'elapsed') || markOf(assert.subject, 'now')) return false;
  if (assert.relation === 'error' || assert.relation === 'shape') return false;
  if (
    test.events.some(
      (event) => event.kind === 'wait' && !event.vague && event.seq > sleep.seq && event.seq < assert.seq && event.flow === sleep.flow,
    )
  )
    return false;
  const isRead = assert.subject.readAt > sleep.seq || assert.relation === 'called' || assert.subject.live === true;
  if (!isRead) return false;
  // A lifetime that has passed has passed, however slow the machine is.
  if (test.lifetimes.some((ms) => sleep.ms > ms)) return false;
  // And one that is many times as long has not.
  if (!test.native && test.lifetimes.some((ms) => ms >= MARGIN * sleep.ms)) return false;
  const remote = markOf(assert.subject, 'remote');
  return !remote || remote.request.seq > sleep.seq;
}

/** None, no, nothing. */
function isNothing({ expected, relation }: AssertEvent): boolean {
  const value = expected?.literal?.value;
  return value === 0 || value === false || value === null || (relation !== 'holds' && expected?.items?.length === 0);
}

/** Something was started before, of which the time is given to end. */
function somethingUnderWay(sleep: SleepEvent, test: TestTrace): boolean {
  if (!test.native) return true;
  return (
    ofKind(test.events, 'request').some((request) => request.seq < sleep.seq && isWrite(request)) ||
    test.events.some((event) => event.kind === 'start' && event.seq < sleep.seq)
  );
}

function found(sleep: SleepEvent, assert: AssertEvent): Found {
  const remote = markOf(assert.subject, 'remote');
  const base = remote && remote.request.to === 'served' ? 0.75 : 0.5;
  return {
    pattern: 'hardcoded_sleep',
    place: sleep.place,
    probability: sleep.ms >= LONG_MS ? base * 0.75 : base,
    message: `\`${sleep.place.text}\` waits ${shownMs(sleep.ms)} and then ${named(assert)} reads what must have happened by then; on a slower machine it has not.`,
    suggestion: 'Wait for the state itself: ask again until it is there, with a deadline, and assert on that.',
  };
}

/** A pause of a busy machine does not use up three times a sleep. */
const MARGIN = 4;

/** Whoever waits seconds has left a margin. */
const LONG_MS = 2_000;
