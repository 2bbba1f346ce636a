import type { AssertEvent, TestTrace } from '../reading/trace';
import { isWrite } from '../reading/requests';
import { literalNumber } from './reading-marks';
import { textOf, type Mark } from '../reading/value';
import { assertsIn, called, hasOwnServer, named, ofKind, segmentsOf, type Found, type Rule } from './rule';

type Remote = Extract<Mark, { kind: 'remote' }>;
type Unordered = Extract<Mark, { kind: 'unordered' }>;

const SUGGESTION =
  'Sort both sides, or compare regardless of order (expect.arrayContaining with the length, assertCountEqual); or ask for an order.';

/** A list in no promised order, compared place by place. */
export const unorderedCollection: Rule = (test, file) => {
  const own = hasOwnServer(file);
  return assertsIn(test).flatMap((assert) => {
    if (assert.retries || assert.negated || (assert.relation !== 'equal' && assert.relation !== 'contains')) return [];
    if (assert.expected?.isSet || assert.expected?.name?.startsWith('expect.')) return [];
    return local(assert, test) ?? (own ? undefined : answered(assert, test)) ?? [];
  });
};

function local(assert: AssertEvent, test: TestTrace): Found[] | undefined {
  const unordered = [...assert.subject.marks, ...(assert.expected?.marks ?? [])].find(
    (mark): mark is Unordered => mark.kind === 'unordered',
  );
  if (!unordered || assert.relation !== 'equal') return undefined;
  const items = assert.expected?.items;
  const isWhole = items !== undefined && items.length > 1;
  const isSingle = items?.length === 1 || saysOne(assert, test);
  if (assert.expected?.marks.includes(unordered) && assert.subject.marks.includes(unordered)) return undefined;
  if (isSingle || (!isWhole && unordered.position === undefined)) return undefined;
  return [
    {
      pattern: 'unordered_collection',
      place: assert.place,
      probability: 0.65,
      message: `What \`${unordered.place.text}\` (line ${unordered.place.line}) gives ${unordered.why}, and ${named(assert)} compares it place by place.`,
      suggestion: SUGGESTION,
    },
  ];
}

/** An order is asked for, or paging implies one. */
const ASKS_ORDER = /sort|order|asc\b|desc\b|rank|cursor|after=|since=|latest|newest|oldest|top=|direction|\bq=|search=/i;
const HAS_ORDER =
  /^(latest|recent|newest|oldest|top|timeline|history|ranking|leaderboard|sorted|steps|log|logs|trending|feed|queue|lines|entries|ledger|audit|versions|revisions)$/i;

function answered(assert: AssertEvent, test: TestTrace): Found[] | undefined {
  const remote = assert.subject.marks.filter((mark): mark is Remote => mark.kind === 'remote');
  const mark = remote.find(({ position }) => position !== undefined) ?? remote[0];
  if (
    !mark ||
    remote.some(({ request: other, sorted, counted }) => other !== mark.request || sorted || counted) ||
    mark.request.to !== 'served' ||
    mark.request.method !== 'GET'
  )
    return undefined;
  const { request } = mark;
  if (ASKS_ORDER.test(request.query) || segmentsOf(request.path).some((segment) => HAS_ORDER.test(segment))) return undefined;
  if (assert.relation !== 'equal') return undefined;
  const items = assert.expected?.items;
  const { joined } = assert.subject;
  const isText = joined !== undefined && joined !== '' && textOf(assert.expected)?.includes(joined) === true;
  const isWhole = isText || (items !== undefined && items.length > 1);
  // One place of several, where the list is not known to have one item.
  const isPlace = mark.position !== undefined && !isEmptyOrOne(assert, test, mark);
  const expectsFew = items !== undefined && items.length < 2;
  if (expectsFew || (!isWhole && !isPlace)) return undefined;
  if (isPlace && isOnlyOne(test, request)) return undefined;
  const made = ofKind(test.events, 'request').filter(
    (each) => each.seq < request.seq && isWrite(each) && segmentsOf(each.path)[0] === segmentsOf(request.path)[0],
  ).length;
  return [
    {
      pattern: 'unordered_collection',
      place: assert.place,
      probability: isWhole ? 0.6 : made > 0 ? 0.5 : 0.4,
      message: `${called(request)} asks for no order, and ${named(assert)} ${isWhole ? 'compares its list place by place' : `reads the item at place ${String(mark.position)}`}.`,
      suggestion: SUGGESTION,
    },
  ];
}

/** The test made one record below what it made itself. */
function isOnlyOne(test: TestTrace, read: Remote['request']): boolean {
  const made = ofKind(test.events, 'request').filter((each) => each.seq < read.seq && each.method === 'POST' && each.path === read.path);
  return read.path.includes('{}') && made.length === 1 && made[0]?.repeated === false;
}

function isEmptyOrOne(assert: AssertEvent, test: TestTrace, mark: Remote): boolean {
  return (
    saysOne(assert, test) ||
    ofKind(test.events, 'assert').some(
      (other) =>
        (other.relation === 'count' || other.relation === 'equal') &&
        literalNumber(other.expected) === 1 &&
        other.subject.marks.some(
          (each) =>
            each.kind === 'remote' &&
            each.request === mark.request &&
            (each.counted || other.relation === 'count' || /total|count/i.test(each.path.at(-1) ?? '')),
        ),
    )
  );
}

/** Another assertion says that there is one. */
function saysOne(assert: AssertEvent, test: TestTrace): boolean {
  const place = assert.subject.marks.find((mark): mark is Unordered => mark.kind === 'unordered')?.place;
  return ofKind(test.events, 'assert').some(
    (other) =>
      other !== assert &&
      place !== undefined &&
      (other.relation === 'count' || other.relation === 'equal') &&
      literalNumber(other.expected) === 1 &&
      /len|size|Length/.test(other.place.text),
  );
}
