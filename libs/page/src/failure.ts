/** What a failure says about the system under test; the words of Testimony's reports. */
export type FailureClass =
  | 'assertion'
  | 'timeout'
  | 'network'
  | 'authentication'
  | 'authorization'
  | 'not_found'
  | 'validation'
  | 'server'
  | 'other';

/** Refusals of how something was asked (wrong method, a state that forbids it, too often) say nothing of what it should have answered. */
const OTHER_STATUSES = new Set([405, 409, 429]);

/** The class that an observed HTTP status stands for when another one was expected. */
export function classOfStatus(status: number): FailureClass {
  if (status === 401) return 'authentication';
  if (status === 403) return 'authorization';
  if (status === 404) return 'not_found';
  if (status === 400 || status === 422) return 'validation';
  if (OTHER_STATUSES.has(status)) return 'other';
  return status >= 500 ? 'server' : 'assertion';
}

/** An expectation that did not hold. `expected` and `actual` are kept as values so that reports can show both. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
  readonly code = 'ERR_ASSERTION';
  readonly expected: unknown;
  readonly actual: unknown;
  readonly failureClass: FailureClass;
  /** The status of the response that was judged, where one was. */
  readonly httpStatus?: number;

  constructor(
    message: string,
    facts: {
      readonly expected?: unknown;
      readonly actual?: unknown;
      readonly httpStatus?: number;
      readonly failureClass?: FailureClass;
    } = {},
  ) {
    super(message);
    this.expected = facts.expected;
    this.actual = facts.actual;
    this.failureClass = facts.failureClass ?? 'assertion';
    if (facts.httpStatus !== undefined) this.httpStatus = facts.httpStatus;
  }
}

/** No answer came. `code` is the errno, such as ECONNREFUSED; `url` is what was asked. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly failureClass = 'network';

  constructor(
    message: string,
    readonly code: string,
    readonly url: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An answer did not come in time. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
  readonly failureClass = 'timeout';
  readonly code = 'ETIMEDOUT';

  constructor(
    message: string,
    readonly url: string,
  ) {
    super(message);
  }
}

/** The call cannot be made as it was written, or `e2e.conf` lacks what it needs. */
export class PageUsageError extends Error {
  override readonly name = 'PageUsageError';
  readonly failureClass = 'other';
}
