import type { AssertEvent, RequestEvent, TestTrace } from '../reading/trace';
import { isWrite, sentBy } from '../reading/requests';
import { literalNumber, marksIn, markedRequests } from './reading-marks';
import type { Mark, Value } from '../reading/value';
import { assertsIn, called, named, ofKind, type Found, type Rule } from './rule';

type Random = Extract<Mark, { kind: 'random' }>;

/** Data from a generator without a seed, where the outcome depends on what it is. */
export const randomData: Rule = (test) => {
  const asserts = assertsIn(test);
  return [...asserted(asserts), ...sent(test, asserts), ...decided(test, asserts)];
};

const SUGGESTION = 'Choose the value, or take it from a generator with a seed that the test prints.';

function asserted(asserts: readonly AssertEvent[]): Found[] {
  return asserts.flatMap((assert) => {
    if (assert.relation === 'shape' || assert.tolerant) return [];
    const mine = marksIn(assert.subject, 'random');
    const theirs = marksIn(assert.expected, 'random');
    // What was sent comes back, or both sides are made of the same.
    const sentThere = markedRequests(assert.subject).flatMap(sentRandoms);
    // Nothing can be said where the other side is not known.
    const isKnown = (side: Value | undefined): boolean =>
      side?.fixed === true || (side !== undefined && marksIn(side, 'random').length > 0);
    const mineMatters = assert.expected === undefined || isKnown(assert.expected) ? mine : [];
    const theirsMatters = isKnown(assert.subject) || markedRequests(assert.subject).length > 0 ? theirs : [];
    const alone = [
      ...mineMatters.filter((each) => !has(theirs, each)),
      ...theirsMatters.filter((each) => !has(mine, each) && !has(sentThere, each)),
    ];
    const decisive = alone.find((each) => !each.text);
    if (!decisive) return [];
    // A length or a type of something random is known.
    if (assert.relation === 'count' || assert.relation === 'error' || assert.relation === 'status') return [];
    if (decisive.range === Infinity && assert.relation === 'equal' && assert.negated) return [];
    // Two draws out of many are told apart.
    if (assert.negated && decisive.range > MANY) return [];
    if (assert.relation === 'holds' && decisive.range > 2 && !assert.subject.comparison) return [];
    if ((assert.relation === 'less' || assert.relation === 'more') && isWithinBounds(assert, decisive)) return [];
    return [
      {
        pattern: 'random_data' as const,
        place: decisive.place,
        probability: 0.75,
        message: `\`${decisive.place.text}\` has another value in each run, and it reaches ${named(assert)}.`,
        suggestion: SUGGESTION,
      },
    ];
  });
}

/** `expect(random).toBeLessThan(1)` holds for every fraction. */
function isWithinBounds(assert: AssertEvent, random: Random): boolean {
  const bound = literalNumber(assert.expected);
  const most = random.scale ?? (random.range === Infinity ? 1 : random.range);
  return bound !== undefined && (assert.relation === 'less' ? bound >= most : bound <= 0);
}

function has(list: readonly Random[], one: Random): boolean {
  return list.some((each) => each.place.line === one.place.line && each.place.text === one.place.text);
}

function sentRandoms(request: RequestEvent): Random[] {
  return [...sentBy(request)].flatMap(([, value]) => marksIn(value, 'random'));
}

/** With fewer possible values than this, two tests of a few hundred draw the same one with a chance of some percent (birthday bound: n^2 / 2N). */
const MANY = 100_000;
/** Fields that are taken once. */
const UNIQUE =
  /e?mail|user_?name|login|sku|slug|code|handle|phone|isbn|iban|reference|external_?id|^id$|key|number|name|title|coupon|serial|port/i;

/** A number that the product judges, or a name that may be taken. */
function sent(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  return ofKind(test.events, 'request').flatMap((request) => {
    if (request.to !== 'served' || request.inTeardown) return [];
    for (const [key, value] of [...sentBy(request), ['path', request.url] as const]) {
      const random = value.marks.find((mark): mark is Random => mark.kind === 'random');
      if (!random) continue;
      const isName = random.text || (UNIQUE.test(key) && !value.comparison);
      // That the same value comes back holds for each; that it is not taken does not.
      const later = asserts.filter((assert) => assert.seq > request.seq && (isName || !has(marksIn(assert.expected, 'random'), random)));
      const next = later.find((assert) => markedRequests(assert.subject).includes(request)) ?? later[0];
      if (!next) continue;
      const manySources =
        new Set(value.marks.filter((mark) => mark.kind === 'random').map((mark) => `${mark.kind}${'place' in mark ? mark.place.text : ''}`))
          .size > 1;
      if (isName) {
        if (random.range > MANY || manySources || value.marks.some((mark) => mark.kind === 'now') || !isWrite(request)) continue;
        return [
          {
            pattern: 'random_data' as const,
            place: random.place,
            probability: 0.55,
            message: `\`${random.place.text}\` can take ${random.range} values only, and ${called(request)} needs one that is not taken yet: sooner or later two runs draw the same.`,
            suggestion: 'Use a UUID for what must be unique.',
          },
        ];
      }
      return [
        {
          pattern: 'random_data' as const,
          place: random.place,
          probability: 0.55,
          message: `\`${random.place.text}\` has another value in each run; ${called(request)} sends it as ${key === '' ? 'its body' : key}, and ${named(next)} depends on the answer.`,
          suggestion: SUGGESTION,
        },
      ];
    }
    return [];
  });
}

/** Which way the test goes. */
function decided(test: TestTrace, asserts: readonly AssertEvent[]): Found[] {
  return ofKind(test.events, 'branch').flatMap((branch) => {
    const random = branch.test.marks.find((mark): mark is Random => mark.kind === 'random' && !mark.text);
    const next = asserts.find((assert) => assert.seq > branch.seq);
    if (!random || !next || branch.polled) return [];
    return [
      {
        pattern: 'random_data' as const,
        place: random.place,
        probability: 0.6,
        message: `\`${random.place.text}\` decides which way the test goes before ${named(next)}: runs test different things.`,
        suggestion: 'Write a test for each way.',
      },
    ];
  });
}
