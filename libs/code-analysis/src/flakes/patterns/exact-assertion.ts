import type { AssertEvent, RequestEvent } from '../reading/trace';
import { isWrite, sentBy } from '../reading/requests';
import { literalNumber, marksIn } from './reading-marks';
import { FILTERED, markOf, textOf, type Mark, type Value } from '../reading/value';
import { assertsIn, called, hasOwnServer, ofKind, segmentsOf, type Found, type Rule } from './rule';

type Remote = Extract<Mark, { kind: 'remote' }>;

/** Measured values, by the names that services give them. */
const MEASURED =
  /latency|elapsed|duration|took|uptime|_ms$|[a-z]Ms$|millis|load|cpu|memory|heap|rss|temperature|score|average|^avg|mean|median|percentile|^p\d\d$|ratio|rate$|distance|throughput|bytes|response_?time|age$|speed|usage|utili[sz]ation|weight|confidence|similarity/i;
const TIMESTAMP =
  /(^|_)(created|updated|modified|deleted|started|finished|completed|expires|issued|last\w*)_?(at|on|time)$|[a-z](At|Time|Timestamp)$|^timestamp$|^(iat|exp|now|server_?time|generated_?at|date_?time)$/;
const COUNTING = /^(total|count|size|length|total_?(count|items|results)|n|num_\w+|quantity_total|items_?count)$/i;

const SUGGESTION = 'Assert what the test itself made: a range or a tolerance for what is measured, the own records for what is counted.';

/** Equality where the value is inexact by nature or belongs to everybody. */
export const exactAssertion: Rule = (test, file) => {
  const own = hasOwnServer(file);
  const sums = ofKind(test.events, 'request').filter(
    (request) => isWrite(request) && [...sentBy(request)].some(([, value]) => marksIn(value, 'float').length > 0),
  );
  return assertsIn(test).flatMap((assert) => {
    if (assert.negated || assert.tolerant || assert.retries || (assert.relation !== 'equal' && assert.relation !== 'count')) return [];
    if (assert.expected?.name === 'tolerance' || assert.expected?.name?.startsWith('expect.')) return [];
    return elapsed(assert) ?? (own ? [] : (answered(assert, sums) ?? []));
  });
};

function finding(assert: AssertEvent, probability: number, message: string): Found[] {
  return [{ pattern: 'exact_assertion', place: assert.place, probability, message, suggestion: SUGGESTION }];
}

function elapsed(assert: AssertEvent): Found[] | undefined {
  if (assert.relation !== 'equal') return undefined;
  const measured = markOf(assert.subject, 'elapsed') ?? markOf(assert.expected, 'elapsed');
  // Two times that were measured may be one.
  if (!measured || !(assert.expected?.literal || markOf(assert.subject, 'remote') || markOf(assert.expected, 'remote'))) return undefined;
  const isRounded = /round|floor|trunc|int\(/.test(`${assert.place.text}`);
  return finding(
    assert,
    isRounded ? 0.6 : 0.85,
    `\`${measured.place.text}\` is a time that was measured, and \`${assert.place.text}\` expects it to the last digit.`,
  );
}

function answered(assert: AssertEvent, sums: readonly RequestEvent[]): Found[] | undefined {
  const { subject, expected } = assert;
  const remote = subject.marks.filter((mark): mark is Remote => mark.kind === 'remote');
  const [first] = remote;
  if (!first || remote.some((mark) => mark.request.to !== 'served') || !expected) return undefined;
  const { request } = first;
  const field = first.path.findLast((step) => !step.startsWith('[')) ?? '';
  if (isDurationOfAnswer(field) && assert.relation === 'equal')
    return finding(
      assert,
      0.8,
      `${field} of ${called(request)} is a time that was measured, and \`${assert.place.text}\` expects it to the last digit.`,
    );
  const number = literalNumber(expected);
  if (wasSent(request, field, expected)) return undefined;
  if (isCount(assert, first, field)) return counted(assert, first, number);
  if (assert.relation !== 'equal') return undefined;
  if (TIMESTAMP.test(field) && (number !== undefined || /^\d{4}-\d\d-\d\d/.test(textOf(expected) ?? '')) && expected.fixed)
    return finding(
      assert,
      0.5,
      `${field} of ${called(request)} is a time that the service reads from its clock, and \`${assert.place.text}\` expects one that is written down.`,
    );
  if (number !== undefined && request.method === 'GET' && /expires_?in|remaining|ttl|time_?left|seconds_?left|countdown/i.test(field))
    return finding(
      assert,
      0.55,
      `${field} of ${called(request)} counts down while the test runs, and \`${assert.place.text}\` expects it as it was at first.`,
    );
  if (number !== undefined && MEASURED.test(field) && (!Number.isInteger(number) || number > 1))
    return finding(
      assert,
      Number.isInteger(number) ? 0.4 : 0.6,
      `${field} of ${called(request)} is measured or computed, and \`${assert.place.text}\` expects it to the last digit.`,
    );
  const text = textOf(expected) ?? '';
  if (number === undefined && /\b\d+(\.\d+)? ?(ms|milliseconds|s|sec|seconds)\b/.test(text))
    return finding(
      assert,
      0.6,
      `${field} of ${called(request)} holds a time that was measured, and \`${assert.place.text}\` expects '${text}' to the letter.`,
    );
  const summed = sums.find((each) => each.seq < request.seq);
  if (summed && number !== undefined && !Number.isInteger(number))
    return finding(
      assert,
      0.5,
      `${field} of ${called(request)} is computed from the fractions that ${called(summed)} sent, and a sum of fractions depends on its order; \`${assert.place.text}\` expects it to the last digit.`,
    );
  const float = markOf(expected, 'float') ?? markOf(subject, 'float');
  if (float)
    return finding(
      assert,
      0.45,
      `\`${float.place.text}\` is computed with fractions, which are not exact, and \`${assert.place.text}\` expects them to the last digit.`,
    );
  if (
    number !== undefined &&
    number > 0 &&
    Number.isInteger(number) &&
    /^(id|number|sequence|seq|position|serial|version)$/i.test(field) &&
    request.method === 'POST'
  )
    return finding(
      assert,
      0.55,
      `${field} of ${called(request)} is given by the service, and \`${assert.place.text}\` expects the one that comes next when nobody else has made anything.`,
    );
  return undefined;
}

function isDurationOfAnswer(field: string): boolean {
  return /^(durationMs|duration_ms|elapsed)$/.test(field);
}

function isCount(assert: AssertEvent, remote: Remote, field: string): boolean {
  return remote.counted || assert.relation === 'count' || COUNTING.test(field);
}

/** How many there are of what everybody makes. */
function counted(assert: AssertEvent, remote: Remote, number: number | undefined): Found[] | undefined {
  const { request } = remote;
  const segments = segmentsOf(request.path);
  // Records under one that the test made, or that match what it asked for, are its own.
  const isNarrowed =
    segments.some((segment) => segment.includes('{}')) ||
    /(^|&)(?!limit|page|size|per_?page|offset|sort|order|count|take|skip)\w+=/i.test(request.query) ||
    request.query.includes('{}');
  if (request.method !== 'GET' || isNarrowed || segments.length === 0) return undefined;
  if (segments.some((segment) => /^(me|cart|basket|profile|session|mine|my)$/i.test(segment))) return undefined;
  if (/(^|&)(limit|size|per_?page|take|count|page_?size)=/i.test(request.query) && remote.counted) return undefined;
  if (remote.path.includes(FILTERED)) return undefined;
  const baseline =
    assert.expected && marksIn(assert.expected, 'remote').some((mark) => mark.request.path === request.path && mark.request !== request);
  if (number === undefined && !baseline) return undefined;
  if (number === 0 && !assert.subject.marks.some((mark) => mark.kind === 'remote' && COUNTING.test(mark.path.at(-1) ?? '')))
    return undefined;
  return finding(
    assert,
    baseline ? 0.45 : 0.55,
    baseline
      ? `\`${assert.place.text}\` expects ${called(request)} to have changed by what this test made alone; another test that writes there changes it too.`
      : `\`${assert.place.text}\` expects exactly ${String(number)} in ${called(request)}, where everybody's records are.`,
  );
}

/** The test gave the value itself. */
function wasSent(request: Remote['request'], field: string, expected: Value): boolean {
  for (const [key, value] of sentBy(request)) {
    if (key === field) return true;
    const text = textOf(value);
    if (text !== undefined && text !== '' && text === textOf(expected)) return true;
    for (const name of value.fields?.keys() ?? []) if (name === field) return true;
  }
  return false;
}
