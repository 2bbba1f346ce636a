import { AssertionError } from './failure';

/** An answer, read to its end. */
export interface PageResponse {
  readonly method: string;
  /** The address that answered, after redirects. */
  readonly url: string;
  readonly status: number;
  /** True for 200 to 299. */
  readonly ok: boolean;
  /** By lower-case name; repeated headers are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds from sending to the last byte. */
  readonly durationMs: number;
  text(): string;
  /** The body as JSON. A body that is no JSON fails the test with the beginning of that body. `await` is allowed and not needed. */
  json<T = unknown>(): T;
  bytes(): Uint8Array;
}

/** How much of a body a message shows. */
const SHOWN = 300;

export function shorten(text: string, most = SHOWN): string {
  return text.length > most ? `${text.slice(0, most)}... (${text.length} characters)` : text;
}

/** A value as a message shows it, `Any<Number>` and its kin by their names. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    const matcher = value as { readonly toAsymmetricMatcher?: () => string } | null;
    if (typeof matcher?.toAsymmetricMatcher === 'function') return matcher.toAsymmetricMatcher();
    return shorten(JSON.stringify(value) ?? typeof value);
  } catch {
    // Circular, or a hostile getter.
    return Object.prototype.toString.call(value);
  }
}

/** `GET http://...`: how messages name a response. */
export function nameOf(response: PageResponse): string {
  return `${response.method} ${response.url}`;
}

export function pageResponse(
  facts: Pick<PageResponse, 'method' | 'url' | 'status' | 'headers' | 'durationMs'>,
  body: Buffer,
): PageResponse {
  let text: string | undefined;
  const read = (): string => (text ??= body.toString('utf8'));
  return {
    ...facts,
    ok: facts.status >= 200 && facts.status < 300,
    text: read,
    bytes: () => new Uint8Array(body),
    json<T>(): T {
      try {
        return JSON.parse(read()) as T;
      } catch {
        throw new AssertionError(
          `${facts.method} ${facts.url} answered ${facts.status} with a body that is no JSON: ${read() === '' ? '(empty)' : shorten(read())}`,
          { expected: 'a JSON body', actual: shorten(read()), httpStatus: facts.status },
        );
      }
    },
  };
}
