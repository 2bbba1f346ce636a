import type { FailureClass } from '@testimony/contracts';

/** The class that an observed status stands for (issue 4, item 6): 405, 409 and 429 say nothing of the ones that have a class, other statuses below 500 only that an assertion did not hold. */
export function classOfObserved(status: number): FailureClass {
  if (status === 401) return 'authentication';
  if (status === 403) return 'authorization';
  if (status === 404) return 'not_found';
  if (status === 400 || status === 422) return 'validation';
  if (status === 405 || status === 409 || status === 429) return 'other';
  return status >= 500 ? 'server' : 'assertion';
}

const REASONS: Readonly<Record<string, number>> = {
  ok: 200,
  created: 201,
  accepted: 202,
  nocontent: 204,
  movedpermanently: 301,
  found: 302,
  notmodified: 304,
  badrequest: 400,
  unauthorized: 401,
  paymentrequired: 402,
  forbidden: 403,
  notfound: 404,
  methodnotallowed: 405,
  notacceptable: 406,
  conflict: 409,
  gone: 410,
  preconditionfailed: 412,
  unsupportedmediatype: 415,
  unprocessableentity: 422,
  unprocessablecontent: 422,
  toomanyrequests: 429,
  internalservererror: 500,
  notimplemented: 501,
  badgateway: 502,
  serviceunavailable: 503,
  serviceunavailableerror: 503,
  gatewaytimeout: 504,
};
const REASON =
  "(?:Bad ?Request|Unauthorized|Payment ?Required|Forbidden|Not ?Found|Method ?Not ?Allowed|Not ?Acceptable|Conflict|Gone|Unsupported ?Media ?Type|Unprocessable(?: ?Entity| ?Content)|Too ?Many ?Requests|Internal ?Server ?Error|Not ?Implemented|Bad ?Gateway|Service ?Unavailable|Gateway ?Time-?out|I'm a teapot)";

/** gRPC's codes with the status that they stand for (google.rpc.Code's own mapping to HTTP). */
const GRPC: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  ALREADY_EXISTS: 409,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  INTERNAL: 500,
  UNKNOWN: 500,
  DATA_LOSS: 500,
  UNIMPLEMENTED: 501,
};
/** What GraphQL servers put into `extensions.code` (Apollo's names). */
const GRAPHQL: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BAD_USER_INPUT: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  GRAPHQL_PARSE_FAILED: 400,
  INTERNAL_SERVER_ERROR: 500,
};

function squeezed(name: string): string {
  return name.toLowerCase().replace(/[^a-z]/g, '');
}

/** Two values of an assertion. `labelled` when the text says which is which; otherwise the first is usually what was observed. */
export interface Operands {
  readonly actual: string;
  readonly expected: string;
  readonly labelled: boolean;
  /** The words around them, that may say what they are. */
  readonly context: string;
}

const A_LABEL = '(?:received|actual|got|but was|was|found|observed|but got|to be)';
const OPERAND = '(.{1,200}?)';
type Role = 'actual' | 'expected';
const INLINE: readonly (readonly [RegExp, Role])[] = [
  // expected: <200> but was: <401> · expected 200 "OK", got 401 "Unauthorized" · Expected status code <200> but was <401>.
  [
    new RegExp(
      `expect(?:ed|ing)(?: [a-z]+){0,4}?:? ${OPERAND}[,;.]?\\s{1,40}(?:but |instead |and )?(?:it )?(?:was|got|found|received|returned|actual(?:ly)?|observed|had|answered)\\b(?: [a-z]+){0,3}? ?:? ?(.{1,200})`,
      'i',
    ),
    'expected',
  ],
  // Status expected:<200> but was:<401> (Spring)
  [/expected ?: ?<([^>\n]{1,80})> but was ?: ?<([^>\n]{1,80})>/i, 'expected'],
  // want 200, got 401 · wanted 200 from GET /x but got 401
  [/\bwant(?:ed)?:? ([^\n,;]{1,120}?)[,;]? (?:from .{1,120}? )?(?:but )?(?:got|have):? ([^\n]{1,120})/i, 'expected'],
  // got 401, want 200 · received 401, expected 200 · answered 401, expected 200
  [
    /\b(?:got|have|received|returned|answered|responded|was|is|found)(?: with| a| an)?(?: status)?(?: code)?:? ?([^\n]{1,120}?)[,;(]{0,2} ?(?:but |while |instead of )?(?:want(?:ed)?|expect(?:ed|ing)|instead of|should be|rather than)(?: was)?:? ?([^\n]{1,120})/i,
    'actual',
  ],
  // expected 401 to be 200 · Expected response.StatusCode to be X, but found Y is above
  [
    /expected (.{1,200}?) to (?:not )?(?:strictly |deeply |loosely |deep |be )?(?:be|equal|eql|eq|match|equal to|have value|include|have status(?: code)?)\b(?: object)?:? ?(.{1,200})/i,
    'actual',
  ],
  // Failed asserting that 401 matches expected 200 · ... is identical to 200
  [/asserting that (.{1,120}?) (?:matches expected|is identical to|equals|is equal to) (.{1,120})/i, 'actual'],
  // Total() = 4200; want 4300
  [/ = ([^\n;,]{1,80})[;,] want(?:ed)?:? ([^\n]{1,80})/, 'actual'],
  // left: 401, right: 200 (Rust; the observed one usually stands left)
  [/^ *left: ([^\n]{1,160})\n *right: ([^\n]{1,160})$/m, 'actual'],
  // node:assert, unittest, Robot, pytest
  [/^\W{0,6}(?:[\w. ]{0,60}: )?(?:assert )?([^\n]{1,160}?) (?:!==?|===?|<>|≠) ([^\n]{1,160})$/m, 'actual'],
  [/^(?:[\w. ]{0,60}: )?(?:assert )?([^\n]{1,160}?) not equal to ([^\n]{1,160})$/m, 'actual'],
];
const UNLABELLED = new Set([7, 8, 9]);

const EXPECTED_LINE =
  /^[ \t]*[-+]{0,2}[ \t]*(?:expected|want|\(expected\))(?: value| string| path| substring| length| status(?: ?code)?)?[ \t]*[:=][ \t]*(?:[|>]-?[ \t]*\n[ \t]*)?(.{1,300})$/im;
const ACTUAL_LINE = new RegExp(
  `^[ \\t]*[-+]{0,2}[ \\t]*${A_LABEL}(?: value| string| array| object| length| status(?: ?code)?)?[ \\t]*[:=][ \\t]*(?:[|>]-?[ \\t]*\\n[ \\t]*)?(.{1,300})$`,
  'im',
);

/** The first line of either sign below a diff's header; which sign is which, the header says. */
function diffOperands(said: string): Operands | undefined {
  const minusIsActual = /\+ expected\s+- actual|- actual,? ?\+ expected|\+ actual - expected/i.exec(said)?.[0];
  const plusActual = minusIsActual !== undefined && /\+ actual/i.test(minusIsActual);
  const uvu = /^\s*\+\+(.{1,200}?)\s+\(Expected\)\s*$/m.exec(said);
  const uvuActual = /^\s*--(.{1,200}?)\s+\(Actual\)\s*$/m.exec(said);
  if (uvu && uvuActual) return { expected: uvu[1] ?? '', actual: uvuActual[1] ?? '', labelled: true, context: '' };
  const minus = [...said.matchAll(/^\s*-(?!-) ?(?!\s*(?:expected|actual|received)\b)(.{1,200})$/gim)].map((match) => match[1] ?? '');
  const plus = [...said.matchAll(/^\s*\+(?!\+) ?(?!\s*(?:expected|actual|received|where)\b)(.{1,200})$/gim)].map((match) => match[1] ?? '');
  if (minus.length === 0 || plus.length === 0) return undefined;
  const actualIsMinus = minusIsActual !== undefined && !plusActual;
  const [actual, expected] = actualIsMinus ? [minus, plus] : [plus, minus];
  // In a diff of objects the status, where both sides have one, is the line that counts.
  const keyed = /["']?(?:http_?)?status(?:_?code)?["']?\s*[:=]/i;
  const at = (lines: readonly string[]): string => lines.find((line) => keyed.test(line)) ?? lines[0] ?? '';
  return { actual: at(actual), expected: at(expected), labelled: true, context: '' };
}

/** All pairs of values that the text sets against each other. */
export function operandsOf(said: string): Operands[] {
  const found: Operands[] = [];
  const expected = EXPECTED_LINE.exec(said);
  const actual = ACTUAL_LINE.exec(said);
  if (expected?.[1] !== undefined && actual?.[1] !== undefined)
    found.push({ expected: expected[1], actual: actual[1], labelled: true, context: `${expected[0]} ${actual[0]}` });
  const diff = diffOperands(said);
  if (diff) found.push(diff);
  INLINE.forEach(([pattern, first], i) => {
    const match = pattern.exec(said);
    if (match?.[1] === undefined || match[2] === undefined) return;
    const [one, two] = [match[1].trim(), match[2].trim()];
    found.push({
      ...(first === 'actual' ? { actual: one, expected: two } : { expected: one, actual: two }),
      labelled: !UNLABELLED.has(i),
      context: match[0],
    });
  });
  return found;
}

/** `401`, `<401>`, `401 "Unauthorized"`, `HttpStatusCode.Unauthorized {value: 401}`, `status: 401`, `Unauthorized`. */
function statusIn(value: string): { status: number; named: boolean } | undefined {
  // `response.StatusCode to be HttpStatusCode.OK {value: 200}`, `status code <200>`
  const text = value
    .trim()
    .replace(/^.{0,160}\bto (?:be|have|equal)\b /i, '')
    .replace(/^(?:a |the )?(?:http )?(?:response )?(?:status|code)(?:[ _]?code)?(?: of| is)? (?=\W{0,2}\d)/i, 'status: ');
  const number =
    /^[\s<"'`[({]*(?:["']?(?:http_?)?(?:status(?:_?code)?|code)["']?\s*[:=]\s*[<"'([]?)?(?:HttpStatusCode\.\w+ \{value: )?([1-5]\d\d)(?![\d.,]*\d)(?:[ "'(]{1,2}[A-Za-z' ]{2,30}["')]{0,2})?[\s>"'`\])},.;]*(?:$|[,;:(] |for\b|or\b|\||\/)/i.exec(
      text,
    );
  if (number?.[1] !== undefined)
    return {
      status: Number(number[1]),
      named:
        /status|HttpStatusCode|code["']?\s*[:=]/i.test(text) ||
        new RegExp(`${number[1]}[ "'(]+(?:${REASON}|OK|Created|No Content)`, 'i').test(text),
    };
  const name = REASONS[squeezed(text.replace(/^HttpStatus(?:Code)?\./, ''))];
  return name === undefined ? undefined : { status: name, named: false };
}

/** A status by its name alone. */
const isName = (value: string): boolean => !/\d/.test(value);

/** Two texts that are equal but for one number of three digits: `GET /x -> 200` and `GET /x -> 401`. */
function onlyNumberDiffers(one: string, two: string): readonly [number, number] | undefined {
  const shape = (text: string): { shape: string; numbers: number[] } => ({
    shape: text
      .replace(/\d+/g, '#')
      .replace(/[\s"'`,.·]+/g, ' ')
      .trim(),
    numbers: [...text.matchAll(/\d+/g)].map((match) => Number(match[0])),
  });
  const [a, b] = [shape(one), shape(two)];
  if (a.shape !== b.shape || a.shape === '#' || a.numbers.length !== b.numbers.length) return undefined;
  const different = a.numbers.flatMap((number, i) => (number === b.numbers[i] ? [] : [[number, b.numbers[i] ?? 0] as const]));
  const [pair] = different;
  return different.length === 1 && pair && pair.every((number) => number >= 100 && number < 600) ? pair : undefined;
}

/** How sure it is that the numbers are statuses: 3 the text, the source or the history says so; 2 they look like it; 1 they could be. */
type Certainty = 1 | 2 | 3;
export interface Observed {
  readonly status: number;
  readonly certainty: Certainty;
}

const STATUS_WORD = /\bstatus|\bstatus_?code|\bhttp\b|response code|\bStatusCode\b/i;
const SOURCE_OF_STATUS = /status|\.code\b|\bok\b|is_success|raise_for_status|toBeOK|getcode/i;
const KNOWN_ERRORS = new Set([400, 401, 403, 404, 405, 409, 410, 415, 422, 429, 500, 501, 502, 503, 504]);
const isSuccess = (status: number): boolean => status >= 200 && status < 300;

function certaintyOf(
  actual: number,
  expected: number,
  facts: { words: string; source: string; named: boolean; lastStatus: number | undefined; path: boolean },
): Certainty {
  const history = facts.lastStatus !== undefined && (facts.lastStatus === actual || facts.lastStatus === expected);
  if (facts.source !== '' && SOURCE_OF_STATUS.test(facts.source)) return 3;
  if (facts.source !== '' && !facts.named && !history && /\b(?:toBe|toEqual|equal|is|assert\w*)\b/.test(facts.source)) return 1;
  if (facts.named || STATUS_WORD.test(facts.words) || facts.path) return 3;
  if (history) return 3;
  // The history knows of another status: the numbers are not that.
  if (facts.lastStatus !== undefined) return 1;
  return KNOWN_ERRORS.has(actual) && (isSuccess(expected) || KNOWN_ERRORS.has(expected)) ? 2 : 1;
}

/** The status that an assertion observed, with what it expected. */
export function assertedStatus(said: string, source: string, lastStatus: number | undefined): Observed | undefined {
  let best: Observed | undefined;
  const keep = (actual: number, expected: number, labelled: boolean, words: string, named: boolean, path = false): void => {
    if (actual === expected) return;
    // Where the history shows which of the two was answered, it decides; without labels a success is what one expects.
    const swap = lastStatus === expected || (!labelled && lastStatus !== actual && isSuccess(actual) && KNOWN_ERRORS.has(expected));
    // `expect(200).toBe(res.status)`: the roles are the other way round in the source.
    const reversed = labelled && new RegExp(`(?:expect|is|equal|strictEqual)\\(\\s*${actual}\\b`).test(source);
    const [observed, wanted] = swap || reversed ? [expected, actual] : [actual, expected];
    const found: Observed = { status: observed, certainty: certaintyOf(observed, wanted, { words, source, named, lastStatus, path }) };
    if (!best || found.certainty > best.certainty) best = found;
  };
  const where = /where ([1-5]\d\d) = .{0,300}?(?:status|code|Response \[)/.exec(said);
  if (where) return { status: Number(where[1]), certainty: 3 };
  const listed = amongOrBelow(said, source, lastStatus);
  if (listed) return listed;
  for (const { actual, expected, labelled, context } of operandsOf(said)) {
    const [a, e] = [statusIn(actual), statusIn(expected)];
    const firstLines = said.slice(0, 300);
    if (
      a &&
      e &&
      isName(actual) &&
      isName(expected) &&
      !isSuccess(e.status) &&
      !SOURCE_OF_STATUS.test(source) &&
      !STATUS_WORD.test(context)
    )
      continue;
    if (a && e)
      keep(a.status, e.status, labelled, `${context} ${firstLines}`, (a.named && e.named) || (isName(actual) && isSuccess(e.status)));
    else {
      const pair = onlyNumberDiffers(actual, expected);
      if (pair) keep(pair[0], pair[1], labelled, `${context} ${firstLines}`, false, /\/|->|status|http/i.test(actual));
    }
  }
  return best;
}

/** `401 not found in (200, 201)`, `expected 401 to be one of [ 200, 201 ]`, `expected 401 to be less than 400`. */
function amongOrBelow(said: string, source: string, lastStatus: number | undefined): Observed | undefined {
  const list = '[\\[({]\\s*2\\d\\d(?:,?\\s*[1-5]\\d\\d)*';
  const match =
    new RegExp(
      `\\b([1-5]\\d\\d)\\b (?:not found in|not in|in|to be (?:one of|in)|is not (?:one of|in|contained in)|to be among)[: ]{1,2}${list}`,
      'i',
    ).exec(said) ??
    new RegExp(`(?:expected )?${list}\\s*[\\])}]? to (?:include|contain) ([1-5]\\d\\d)\\b`, 'i').exec(said) ??
    new RegExp(`Expected(?: value)?: ([1-5]\\d\\d)\\s+Received(?: array)?:\\s+${list}`, 'i').exec(said) ??
    /\b([1-5]\d\d) (?:to be (?:less than|below|under)|not less than|<=?|to be less than or equal to) (?:299|300|399|400|500)\b/i.exec(
      said,
    ) ??
    /Expected: <=? (?:299|300|399|400|500)\s+Received:\s+([1-5]\d\d)\b/i.exec(said);
  if (match?.[1] === undefined) return undefined;
  const status = Number(match[1]);
  const sure = SOURCE_OF_STATUS.test(source) || STATUS_WORD.test(said.slice(0, 400)) || lastStatus === status;
  return { status, certainty: sure ? 3 : KNOWN_ERRORS.has(status) ? 2 : 1 };
}

const STATUS = '([1-5]\\d\\d)(?![\\d.]*\\d)';
/** What clients, wrappers and runners say of a status that made them throw. Surest first. */
const THROWN: readonly (readonly [RegExp, Certainty])[] = [
  [new RegExp(`\\b([45]\\d\\d) (?:Client|Server) Error\\b`), 3],
  [/(?:Client|Server|Redirect) error '([345]\d\d) /, 3],
  [new RegExp(`\\bHTTP Error ${STATUS}`, 'i'), 3],
  [new RegExp(`\\bstatus ?code(?: of)?(?: is| was|:| =|=)? ?['"(<[]?${STATUS}`, 'i'), 3],
  [new RegExp(`\\bstatus_?code["']?\\s*[:=]\\s*["']?${STATUS}`, 'i'), 3],
  [/[\u2190<]-?-? ?([1-5]\d\d) [A-Z]/, 3],
  [new RegExp(`> ${STATUS}: [A-Z]`), 3],
  [new RegExp(`\\bHTTP(?:/\\d(?:\\.\\d)?)? ?(?:error|status|response)?(?: code)?!?[:,]? ?(?:status)?[:=]? ?\\(?${STATUS}`, 'i'), 3],
  [
    new RegExp(
      `\\b(?:response|return(?:ed)?|answer(?:ed)?|respond(?:ed)?|fail(?:ed|s)?|request|error|status|got|code|said|says|rejected|replied|gave|saw)(?: with)?(?: an?)?(?: http)?(?: error)?(?: status)?(?: code)?[:=]? ?\\(?\\[?["']?${STATUS}`,
      'i',
    ),
    3,
  ],
  [new RegExp(`(?<!\\w)\\(${STATUS}(?:[ :,-]+${REASON})?\\)`, 'i'), 3],
  [new RegExp(`\\b([45]\\d\\d)[ :,\\-"'(\u2013]{1,4}(?:message=['"])?${REASON}\\b`, 'i'), 3],
  [new RegExp(`\\b${REASON}[ :,(\\[]{1,3}([45]\\d\\d)\\b`, 'i'), 3],
  [new RegExp(`["']?status["']?\\s*[:=]\\s*["']?([45]\\d\\d)\\b`, 'i'), 3],
  [/(?:->|=>|→) ?([45]\d\d)\b/, 3],
  [/\bstatus[\s\S]{1,300}actual value is <([1-5]\d\d)>/i, 3],
  [/\[([45]\d\d)(?: [A-Za-z ]+)?\]/, 2],
  [/^(?:[\w.]*(?:Error|Exception)?: )?([45]\d\d)\b/m, 2],
];
const NAMED_ERROR =
  /\b(?:Http(?:Client|Server)ErrorException\$|HttpException|HTTPException|RestClient::|Faraday::|werkzeug\.exceptions\.|Api|Http|HTTP|Client|FeignException\$|Octokit::|Nest)?(BadRequest|Unauthorized|Forbidden|NotFound|MethodNotAllowed|Conflict|UnprocessableEntity|UnprocessableContent|TooManyRequests|InternalServerError|BadGateway|ServiceUnavailable|GatewayTimeout)(?:Error|Exception)?\b/;
const ONLY_REASON = new RegExp(
  `^\\s*(?:not ok \\d+ |.{0,80}?Message:\\s+)?(?:(?!expected|actual|received|got)[\\w. ]{1,40}: )?(?:error: )?'?${REASON}(?: Error)?'?\\.?$`,
  'im',
);

/** The status that a client threw for, or that a text tells in passing. */
export function thrownStatus(said: string): Observed | undefined {
  let success: Observed | undefined;
  for (const [pattern, certainty] of THROWN) {
    const match = pattern.exec(said);
    const status = Number(match?.[1]);
    if (match && status >= 300) return { status, certainty };
    if (match && status >= 200) success ??= { status, certainty: 1 };
  }
  const grpc =
    /\b(?:rpc error: code = |(?:status = )?StatusCode\.|status(?:Code)?[:=] ?|StatusRuntimeException: |^\d+ |code[:=] ?"?|Error: \d+ )["']?([A-Za-z_]+)\b/m.exec(
      said,
    )?.[1];
  if (grpc !== undefined) {
    const status = GRPC[grpc.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()];
    if (status !== undefined) return { status, certainty: 3 };
  }
  const graphql = /["']?code["']?\s*:\s*["'](\w+)["']/.exec(said)?.[1];
  if (graphql !== undefined) {
    const status = GRAPHQL[graphql] ?? REASONS[squeezed(graphql)];
    if (status !== undefined) return { status, certainty: 3 };
  }
  const named = NAMED_ERROR.exec(said)?.[1];
  if (named !== undefined && /Exception|Error|::/.test(said.slice(0, 2000))) {
    const status = REASONS[squeezed(named)];
    if (status !== undefined) return { status, certainty: 2 };
  }
  const reason = ONLY_REASON.exec(said)?.[0];
  if (reason !== undefined) {
    const name = new RegExp(REASON, 'i').exec(reason)?.[0] ?? '';
    const status = REASONS[squeezed(name)];
    if (status !== undefined) return { status, certainty: 3 };
  }
  return success;
}
