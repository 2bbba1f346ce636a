import type { AssertEvent, TestTrace } from '../reading/trace';
import { sentBy } from '../reading/requests';
import { literalNumber, marksIn, markedRequests } from './reading-marks';
import { textOf, type Mark, type Value } from '../reading/value';
import { assertsIn, called, named, ofKind, type Found, type Rule } from './rule';

type Now = Extract<Mark, { kind: 'now' }>;

const SUGGESTION = 'Give the clock to the code under test and let the test choose it, or assert on a date that the test chose itself.';

/** The outcome depends on the day, the hour, the time zone or the length of a month. */
export const timeDependent: Rule = (test) => {
  if (test.fakeClock) return [];
  const asserts = assertsIn(test);
  return [...asserts.flatMap((assert) => asserted(assert, test.given)), ...decided(test, asserts), ...sentDates(test, asserts)];
};

function finding(place: Found['place'], probability: number, message: string): Found[] {
  return [{ pattern: 'time_dependent', place, probability, message, suggestion: SUGGESTION }];
}

function asserted(assert: AssertEvent, given: ReadonlySet<string>): Found[] {
  const { relation, subject, expected } = assert;
  if (relation === 'shape' || relation === 'error' || relation === 'called' || relation === 'count' || assert.tolerant) return [];
  // A range that holds the present, and the like.
  if (typeof expected?.literal?.value === 'boolean') return [];
  const zoned = [...marksIn(subject, 'zoned'), ...marksIn(expected, 'zoned')][0];
  const bothZoned = marksIn(subject, 'zoned').length > 0 && marksIn(expected, 'zoned').length > 0;
  if (zoned && !bothZoned && relation === 'equal' && isWritten(subject, expected))
    return finding(
      zoned.place,
      0.45,
      `\`${zoned.place.text}\` shows a date in the machine's time zone or locale, and ${named(assert)} expects what it is on one machine.`,
    );
  const mine = marksIn(subject, 'now');
  const theirs = marksIn(expected, 'now');
  if (mine.length === 0 && theirs.length === 0) return [];
  // Both sides come from one reading of the clock.
  if (mine.some((each) => theirs.some((other) => same(each, other)))) return [];
  const alone = [...theirs, ...mine];
  // What was sent comes back.
  const sent = markedRequests(subject).flatMap((request) => [...sentBy(request)].flatMap(([, value]) => marksIn(value, 'now')));
  if (theirs.length > 0 && theirs.every((each) => !each.stepped && sent.some((other) => same(each, other)))) return [];
  // Somebody else had it first, and may give it back.
  if (
    markedRequests(subject).every(({ to }) => to === 'unknown') &&
    alone.every((each) => given.has(`${each.place.line} ${each.place.text}`))
  )
    return [];
  const calendar = alone.find((each) => each.calendar);
  if (calendar && relation !== 'holds') {
    // In UTC it is midnight alone.
    return finding(
      calendar.place,
      /utc|toISO/i.test(`${calendar.place.text}${assert.place.text}`) ? 0.4 : 0.65,
      `\`${calendar.place.text}\` is another day or hour when it is read again, and ${named(assert)} compares it: it fails around midnight, in another time zone or at another date.`,
    );
  }
  const dated = [...marksIn(subject, 'dated'), ...marksIn(expected, 'dated')][0];
  const [now] = alone;
  if (!now) return [];
  const other = mine.length > 0 ? expected : subject;
  if (relation === 'less' || relation === 'more') {
    const isWrittenDate =
      dated !== undefined || /^\d{4}-\d\d/.test(textOf(other) ?? '') || (literalNumber(other) ?? 0) > WRITTEN_EPOCH || writtenYear(other);
    return isWrittenDate
      ? finding(now.place, 0.6, `\`${now.place.text}\` is compared with a date that is written down: from then on ${named(assert)} fails.`)
      : [];
  }
  if (relation !== 'equal' && relation !== 'contains') return [];
  if (assert.negated) return [];
  if (mine.length > 0 && theirs.length > 0)
    return finding(
      now.place,
      0.7,
      `${named(assert)} compares two readings of the clock for equality: they differ by what passes between them.`.replace(/^t/, 'T'),
    );
  if (markedRequests(subject).length > 0 || markedRequests(expected ?? subject).length > 0)
    return finding(
      now.place,
      0.7,
      `\`${now.place.text}\` is the present of the test, and ${named(assert)} expects it to equal a time that was read elsewhere.`,
    );
  return other?.literal !== undefined && typeof other.literal.value !== 'boolean'
    ? finding(now.place, 0.6, `\`${now.place.text}\` is the present, and ${named(assert)} compares it with a value that is written down.`)
    : [];
}

/** Seconds since 1970 in the year 2001, and more in ms: a smaller number is no date. */
const WRITTEN_EPOCH = 1_000_000_000;

function writtenYear(value: Value | undefined): boolean {
  const number = literalNumber(value);
  return number !== undefined && number >= 2020 && number <= 2100;
}

function same(left: Now, right: Now): boolean {
  return left.place.line === right.place.line && left.place.text === right.place.text;
}

/** One of the sides is written down. */
function isWritten(subject: Value, expected: Value | undefined): boolean {
  return [subject, expected].some((side) => side?.fixed === true && marksIn(side, 'zoned').length === 0);
}

function decided(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  return ofKind(test.events, 'branch').flatMap((branch) => {
    const now = branch.test.marks.find((mark): mark is Now => mark.kind === 'now' && mark.calendar);
    const next = asserts.find((assert) => assert.seq > branch.seq);
    if (!now || !next || branch.polled) return [];
    return finding(
      now.place,
      0.55,
      `\`${now.place.text}\` decides which way the test goes before ${named(next)}: what it tests depends on the day or the hour.`,
    );
  });
}

/** A day, or a moment just ahead, that the product judges. */
function sentDates(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  return ofKind(test.events, 'request').flatMap((request) => {
    if (request.to !== 'served' || request.inTeardown) return [];
    const next = asserts.find(
      (assert) => markedRequests(assert.subject).includes(request) && assert.expected && marksIn(assert.expected, 'now').length === 0,
    );
    if (!next) return [];
    for (const [key, value] of sentBy(request)) {
      const now = value.marks.find((mark): mark is Now => mark.kind === 'now' && (mark.calendar || isSoon(mark)));
      if (!now || /name|title|email|sku|slug|reference|key|^id$/i.test(key)) continue;
      if (next.relation === 'status' && now.calendar && !isSoon(now)) continue;
      return finding(
        now.place,
        0.45,
        now.calendar
          ? `${called(request)} sends a day made of \`${now.place.text}\` as ${key}, and ${named(next)} expects the same answer on every day.`
          : `${called(request)} sends a moment just after \`${now.place.text}\` as ${key}, and ${named(next)} counts on it being still ahead.`,
      );
    }
    return [];
  });
}

/** A slow request takes longer. */
function isSoon(now: Now): boolean {
  return now.shift !== undefined && now.shift > 0 && now.shift < 3_000;
}
