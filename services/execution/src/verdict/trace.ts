import { requestShape, systemWasAway, type Attempt, type RequestRecord } from '@testimony/contracts';
import { createHash } from 'node:crypto';
import { certainty } from './certainty';

/** What a failure has in common with others: equal signatures look alike. */
export interface Trace {
  readonly signature: string;
  /** Of the request that failed, or the last one: `GET /orders/{} 500`. */
  readonly shape: string | null;
  /** Whom it asked. */
  readonly origin: string | null;
  /** `no-answer`: nobody was there, also for the probe. `unwell`: 5xx, or no answer in time. */
  readonly symptom: 'no-answer' | 'unwell' | null;
  readonly certain?: string;
  readonly rateLimit?: { readonly retryAfterMs?: number };
  /** A gateway said that what is behind it is not there (502, 503, 504). */
  readonly unavailable?: boolean;
}

type Failed = Pick<Attempt, 'outcome' | 'failure' | 'requests'> & { readonly failure: NonNullable<Attempt['failure']> };

const LONGEST_MESSAGE = 200;
const TOO_MANY_REQUESTS = 429;
const UNAVAILABLE = new Set([502, 503, 504]);

export function traceOf(attempt: Failed): Trace {
  const { failure, requests } = attempt;
  const request = requests.findLast(failedRequest) ?? requests.at(-1);
  const shape = request ? `${requestShape(request.method, request.url)} ${request.status ?? 'no answer'}` : null;
  const limited = requests.findLast((r) => r.status === TOO_MANY_REQUESTS);
  const seconds = limited?.retryAfterSeconds;
  const certain = certainty(failure, requests);
  return {
    signature: createHash('sha256')
      .update(`${failure.class}\n${withoutParticulars(failure.message)}\n${shape ?? ''}`)
      .digest('base64url')
      .slice(0, 22),
    shape,
    origin: originOf(failure.probe?.url ?? request?.url),
    symptom: systemWasAway(attempt) ? 'no-answer' : isUnwell(failure.class, request) ? 'unwell' : null,
    ...(certain === undefined ? {} : { certain }),
    ...(UNAVAILABLE.has(request?.status ?? 0) ? { unavailable: true } : {}),
    ...(limited ? { rateLimit: seconds === undefined ? {} : { retryAfterMs: seconds * 1_000 } } : {}),
  };
}

function failedRequest({ status }: RequestRecord): boolean {
  return status === null || status >= 400;
}

function isUnwell(failureClass: string, request: RequestRecord | undefined): boolean {
  if (failureClass === 'server' || failureClass === 'network') return true;
  return failureClass === 'timeout' && (request === undefined || request.status === null || request.status >= 500);
}

function originOf(url: string | undefined): string | null {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : null;
}

/** A message without what differs from one failure of a kind to the next: numbers, ids, times. */
function withoutParticulars(message: string): string {
  return message
    .slice(0, 4 * LONGEST_MESSAGE)
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\b(?=\w*\d)\w{12,}\b|\d+(?:[.,:T-]\d+)*/gi, '#')
    .slice(0, LONGEST_MESSAGE);
}
