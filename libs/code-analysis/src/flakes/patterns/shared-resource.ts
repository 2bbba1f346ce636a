import type { AssertEvent, RequestEvent, TestTrace } from '../reading/trace';
import { isWrite, sentBy } from '../reading/requests';
import { literalNumber, markedRequests } from './reading-marks';
import { textOf, type Value } from '../reading/value';
import { isIdLike, PERSONAL, recordOf } from './project';
import { assertsIn, called, hasOwnServer, named, ofKind, segmentsOf, type Found, type Neighbours, type Rule } from './rule';

/** Fields of which two records may not have the same value. */
const UNIQUE =
  /^(e_?mail|e?mail_?address|user_?name|login|sku|slug|code|handle|phone|isbn|iban|reference|external_?id|id|uuid|key|idempotency_?key|coupon|serial|serial_?number|alias|domain|host_?name|vat_?id|account(_?number)?)$/i;
/** There is one of these for all. */
export const SINGLETON =
  /^(settings?|config(uration)?|flags?|features?|feature-flags?|toggles?|maintenance|mode|limits?|preferences|global|defaults?|currency|rates?|system|admin|clock|time|seed|state|reset|theme|locale)$/i;

/** Names, ports, files and records that every test and every run uses alike. */
export const sharedResource: Rule = (test, file, neighbours) => [
  ...claims(test),
  ...(hasOwnServer(file) ? [] : [...fixedNames(test), ...commonRecords(test, neighbours)]),
];

function claims(test: TestTrace): Found[] {
  return ofKind(test.events, 'claim').flatMap((claim) => {
    if (claim.expectsError || claim.inTeardown || claim.what === 'removal') return [];
    if (claim.what === 'port')
      return [
        {
          pattern: 'shared_resource' as const,
          place: claim.place,
          probability: 0.55,
          message: `\`${claim.place.text}\` takes port ${claim.name}, which another test, another run or another program may have.`,
          suggestion: 'Listen on port 0 and ask which one was given.',
        },
      ];
    if (!isCommonPlace(claim.name)) return [];
    return [
      {
        pattern: 'shared_resource' as const,
        place: claim.place,
        probability: 0.5,
        message: `\`${claim.place.text}\` writes ${claim.name}, the same file in every test and every run.`,
        suggestion: 'Make a folder of its own for each test (mkdtemp, tmp_path) and write there.',
      },
    ];
  });
}

/** A place that other tests know too: the folder for temporary files, or the working directory. */
function isCommonPlace(path: string): boolean {
  return /^(\/tmp\/|\/var\/tmp\/|\.?\/?[\w-]+(\/[\w.-]+)*\.\w+$)/.test(path);
}

function taken(request: RequestEvent, asserts: readonly AssertEvent[]): AssertEvent | undefined {
  return asserts.find((assert) => assert.relation === 'status' && markedRequests(assert.subject).includes(request));
}

function fixedNames(test: TestTrace): Found[] {
  const asserts = assertsIn(test);
  const requests = ofKind(test.events, 'request');
  const seen = new Set<string>();
  return requests.flatMap((request) => {
    if (request.method !== 'POST' && request.method !== 'PUT') return [];
    const segments = segmentsOf(request.path);
    if (
      request.to !== 'served' ||
      request.inTeardown ||
      request.expectsError ||
      segments.some((segment) =>
        /^(login|log-?in|sign-?in|auth|sessions?|tokens?|oauth|search|query|graphql|validate|refresh|logout|quote|preview)$/i.test(segment),
      )
    )
      return [];
    // Records under one that the test made.
    if (segments.some((segment) => segment.includes('{}'))) return [];
    const judged = taken(request, asserts);
    const status = literalNumber(judged?.expected);
    if ((status !== undefined && status >= 400) || seen.has(request.path)) return [];
    const sent = [...sentBy(request), ...headers(request)];
    const isUnique = sent.some(([key, value]) => UNIQUE.test(key) && !value.fixed);
    const fixed = sent.find(
      ([key, value]) => UNIQUE.test(key) && value.fixed && typeof value.literal?.value === 'string' && value.literal.value !== '',
    );
    if (!fixed || isUnique) return [];
    const [key, value] = fixed;
    const removed = requests.some((other) => other.method === 'DELETE' && other.inTeardown);
    seen.add(request.path);
    return [
      {
        pattern: 'shared_resource' as const,
        place: request.place,
        probability: removed ? 0.35 : 0.6,
        message: `${called(request)} makes a record whose ${key} is always '${textOf(value) ?? ''}'${judged ? `, and ${named(judged)} expects it to be new` : ''}: a second run, or another test with the same ${key}, meets it.`,
        suggestion: `Give each run its own ${key}, with a UUID in it.`,
      },
    ];
  });
}

function headers(request: RequestEvent): (readonly [string, NonNullable<RequestEvent['options'][number]>])[] {
  return request.options.flatMap((option) =>
    [...(option.fields?.get('headers')?.fields ?? [])]
      .filter(([name]) => /idempotency/i.test(name))
      .map(([, value]) => ['idempotency_key', value] as const),
  );
}

/** A record that was there before the test is changed. */
function commonRecords(test: TestTrace, neighbours: Neighbours): Found[] {
  const asserts = assertsIn(test);
  const requests = ofKind(test.events, 'request');
  const seen = new Set<string>();
  return requests.flatMap((request) => {
    if (!isWrite(request) || request.to !== 'served' || request.inTeardown || request.expectsError) return [];
    const segments = segmentsOf(request.path);
    if (segments.length === 0 || segments.some((segment) => segment.includes('{}') || PERSONAL.test(segment)) || seen.has(request.path))
      return [];
    const status = statusOf(taken(request, asserts)?.expected);
    if (status !== undefined && status >= 400) return [];
    const isSingle = segments.some((segment) => SINGLETON.test(segment));
    const record = segments.find((segment, index) => index > 0 && isIdLike(segment));
    if (!isSingle && (record === undefined || (request.method === 'POST' && segments.length < 3))) return [];
    // A later or earlier look at it depends on who else wrote there.
    const next = asserts.find((assert) => assert.seq > request.seq);
    if (!next) return [];
    seen.add(request.path);
    const users = neighbours.usersOf(recordOf(request) ?? request.path);
    return [
      {
        pattern: 'shared_resource' as const,
        place: request.place,
        probability: users.length > 0 ? 0.65 : 0.45,
        message: `${called(request)} changes ${isSingle ? 'what there is one of for all tests' : `record ${record ?? ''}, which ${users.length > 0 ? `${users[0] ?? ''} uses too` : 'this test did not make'}`}, and ${named(next)} counts on nobody else doing so.`,
        suggestion: isSingle
          ? 'Put it back in a finally block and keep such tests from running beside others, or give the test an instance of its own.'
          : 'Let the test make its own record and change that.',
      },
    ];
  });
}

/** The status, or the first of those that are allowed. */
function statusOf(expected: Value | undefined): number | undefined {
  return literalNumber(expected) ?? literalNumber(expected?.items?.[0]);
}
