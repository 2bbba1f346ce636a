/** One exchange as reports show it: secrets masked, bodies cut. */
export interface RequestRecord {
  readonly method: string;
  readonly url: string;
  /** null when no answer came. */
  readonly status: number | null;
  readonly durationMs: number;
  /** Why no answer came: an errno such as ECONNREFUSED, or a sentence. */
  readonly error?: string;
  /** What a `Retry-After` header of the answer said, as seconds from then. */
  readonly retryAfterSeconds?: number;
  readonly requestBody?: string;
  readonly responseBody?: string;
}

/** Enough to see what a body was about; the whole of it would make reports of gigabytes. */
const BODY_SHOWN = 2048;
/** A polling test makes thousands of requests: the first and the latest ones are the evidence. */
const FIRST_KEPT = 50;
const LATEST_KEPT = 50;

/** Of a longer body only so much is searched for secrets; far more than is shown, so that none is cut in half and shown. */
const BODY_SEARCHED = 8 * BODY_SHOWN;

function cutBody(body: string | Uint8Array, mask: (text: string) => string): string {
  if (typeof body !== 'string') return `(${body.byteLength} bytes)`;
  const masked = mask(body.slice(0, BODY_SEARCHED));
  return body.length > BODY_SHOWN ? `${masked.slice(0, BODY_SHOWN)}... (${body.length} characters)` : masked;
}

interface ExchangeFacts {
  readonly method: string;
  readonly url: string;
  readonly status: number | null;
  readonly durationMs: number;
  readonly error?: string;
  readonly retryAfterSeconds?: number;
  readonly requestBody?: string | Uint8Array;
  readonly responseBody?: string;
}

export interface History {
  add(facts: ExchangeFacts): void;
  /** Oldest first; where some were left out, a record in their place says how many. */
  records(): RequestRecord[];
}

export function requestHistory(mask: (text: string) => string): History {
  const first: ExchangeFacts[] = [];
  const latest: ExchangeFacts[] = [];
  let left = 0;
  // A secret may become known after the exchange that carried it (a token from a login), so masking waits for the reading.
  const record = (facts: ExchangeFacts): RequestRecord => ({
    method: facts.method,
    url: cutBody(facts.url, mask),
    status: facts.status,
    durationMs: facts.durationMs,
    ...(facts.error !== undefined && { error: mask(facts.error) }),
    ...(facts.retryAfterSeconds !== undefined && { retryAfterSeconds: facts.retryAfterSeconds }),
    ...(facts.requestBody !== undefined && { requestBody: cutBody(facts.requestBody, mask) }),
    ...(facts.responseBody !== undefined && { responseBody: cutBody(facts.responseBody, mask) }),
  });
  return {
    add(facts) {
      if (first.length < FIRST_KEPT) return void first.push(facts);
      latest.push(facts);
      if (latest.length > LATEST_KEPT) {
        latest.shift();
        left += 1;
      }
    },
    records: () => [
      ...first.map(record),
      ...(left > 0 ? [{ method: '...', url: `${left} more requests`, status: null, durationMs: 0 }] : []),
      ...latest.map(record),
    ],
  };
}

/** A `Retry-After` header (RFC 9110, 10.2.3: seconds, or a date) as seconds from `now`; undefined for anything else. */
export function retryAfterSeconds(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  // Date.parse takes more than dates for a date: "-5" too.
  const at = /[A-Za-z]{3}/.test(header) ? Date.parse(header) : NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.round((at - now) / 1000));
}
