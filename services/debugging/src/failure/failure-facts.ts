import { requestShape, type Attempt, type FailureClass, type RequestRecord, type TestCase, type TestResult } from '@testimony/contracts';
import { wordsOf } from './words';

/** A kind of request that the failing attempt made. */
interface AskedShape {
  /** `POST /orders/{}/refund` */
  readonly shape: string;
  /** Natural log of how much less likely than the failing request it is what went wrong; 0 for that one. */
  readonly weight: number;
}

/** What is looked at to explain one failure. */
export interface FailureFacts {
  readonly result: TestResult;
  readonly test: TestCase | undefined;
  /** The failed attempt that is explained; undefined when none was made. */
  readonly attempt: Attempt | undefined;
  readonly message: string;
  readonly class: FailureClass;
  /** The request whose answer was wrong, as far as can be told. */
  readonly request: RequestRecord | undefined;
  readonly asked: readonly AskedShape[];
  /** Words of the failure -> how closely they belong to it, 0..1. */
  readonly words: ReadonlyMap<string, number>;
}

const CLOSENESS = { message: 1, assertionLine: 1, testName: 0.6, path: 0.5, body: 0.4, class: 0.3 } as const;

/** Where code that gives such failures is usually about. */
const CLASS_WORDS: Readonly<Partial<Record<FailureClass, string>>> = {
  authentication: 'token auth authenticate session expire expiry bearer login password signature verify jwt unauthorized',
  authorization: 'role permission admin owner forbidden allow authorize access scope guard',
  validation: 'min max length required pattern schema dto validate valid optional invalid parse',
  not_found: 'find route path param lookup exists missing id',
  database: 'query sql column table migration insert update select transaction constraint unique index',
  timeout: 'timeout delay sleep loop retry poll wait lock queue interval',
  network: 'url port host fetch connect socket agent',
};

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
/** What was written before decides what is read after it, the last write most. */
const WRITE_BEFORE = -0.4;
const EACH_WRITE_FURTHER = -0.35;
const READ_BEFORE = -1.2;
/** The author, or the plan, says that the test is about this endpoint. */
const IS_ITS_SUBJECT = 0.5;
const MAX_BODY = 4_000;

/** `assertionLine`: the source around the line that failed. */
export function failureFacts(result: TestResult, test: TestCase | undefined, assertionLine: string): FailureFacts {
  const failed = result.attempts.filter(({ outcome }) => outcome === 'failed');
  const attempt =
    failed.find(({ failure }) => failure?.class !== 'network') ?? failed[0] ?? result.attempts.find(({ outcome }) => outcome === 'lost');
  const failure = attempt?.failure;
  const message = failure?.message ?? attempt?.reason ?? result.errorMessage ?? result.reason;
  const requests = attempt?.requests ?? [];
  const request = failingRequest(requests, message, failure?.actual);
  const words = new Map<string, number>();
  const add = (text: string | undefined, closeness: number): void => {
    for (const word of wordsOf(text ?? '')) words.set(word, Math.max(words.get(word) ?? 0, closeness));
  };
  add([message, failure?.expected, failure?.actual, failure?.code].filter((text) => text !== undefined).join('\n'), CLOSENESS.message);
  add(assertionLine, CLOSENESS.assertionLine);
  add(`${test?.name ?? ''} ${test?.description ?? ''} ${test?.module.split('/').at(-1) ?? ''}`, CLOSENESS.testName);
  const asked = askedShapes(requests, request, test);
  add(
    asked
      .slice(0, 3)
      .map(({ shape }) => shape)
      .join(' '),
    CLOSENESS.path,
  );
  add(`${request?.requestBody?.slice(0, MAX_BODY) ?? ''} ${request?.responseBody?.slice(0, MAX_BODY) ?? ''}`, CLOSENESS.body);
  const kind = failure?.class ?? 'other';
  add(CLASS_WORDS[kind], CLOSENESS.class);
  return { result, test, attempt, message, class: kind, request, asked, words };
}

/** The last one that the message names by its path or status; else the last. */
function failingRequest(requests: readonly RequestRecord[], message: string, actual: string | undefined): RequestRecord | undefined {
  const named = requests.findLast(({ method, url }) => message.includes(`${method} ${pathOf(url)}`));
  if (named) return named;
  const status =
    /^\s*([1-5]\d\d)\s*$/.exec(actual ?? '')?.[1] ?? /\b(?:got|received|was|returned|is)\D{0,12}([1-5]\d\d)\b/i.exec(message)?.[1];
  return (status === undefined ? undefined : requests.findLast((request) => request.status === Number(status))) ?? requests.at(-1);
}

function pathOf(url: string): string {
  return URL.canParse(url) ? new URL(url).pathname : (url.split('?', 1)[0] ?? '');
}

/** The shapes of requests that a test makes, as its attempts show or, without any, as its source does. */
export function shapesOf(result: TestResult, test: TestCase | undefined): string[] {
  const made = new Set(result.attempts.flatMap(({ requests }) => requests.map(({ method, url }) => requestShape(method, url))));
  return made.size > 0 ? [...made] : (test?.metadata.endpoints ?? []);
}

/** Each shape once, with its best weight, the likeliest first. A framework that records no requests leaves what the source shows. */
function askedShapes(requests: readonly RequestRecord[], failing: RequestRecord | undefined, test: TestCase | undefined): AskedShape[] {
  const best = new Map<string, number>();
  const offer = (shape: string, weight: number): void =>
    void best.set(shape, Math.max(best.get(shape) ?? Number.NEGATIVE_INFINITY, weight));
  const subject =
    test?.endpoint !== undefined && test.httpMethod !== undefined
      ? requestShape(test.httpMethod, test.endpoint.replace(/\{[^}]*\}|:\w+/g, '{}'))
      : undefined;
  let writes = 0;
  const until = failing === undefined ? requests.length : requests.lastIndexOf(failing) + 1;
  for (const request of requests.slice(0, until).toReversed()) {
    const shape = requestShape(request.method, request.url);
    const isWrite = WRITES.has(request.method.toUpperCase());
    const weight = request === failing ? 0 : isWrite ? WRITE_BEFORE + EACH_WRITE_FURTHER * writes : READ_BEFORE;
    if (isWrite && request !== failing) writes++;
    offer(shape, weight + (shape === subject ? IS_ITS_SUBJECT : 0));
  }
  if (requests.length === 0)
    for (const [at, shape] of (test?.metadata.endpoints ?? []).toReversed().entries())
      offer(shape, -Math.min(at, 4) * 0.25 + (shape === subject ? IS_ITS_SUBJECT : 0));
  return [...best].map(([shape, weight]) => ({ shape, weight })).sort((a, b) => b.weight - a.weight);
}
