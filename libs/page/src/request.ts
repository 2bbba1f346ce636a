import { PageUsageError } from './failure';

type Scalar = string | number | boolean;

export interface RequestOptions {
  /** Added to the URL; `null` and `undefined` are left out, an array repeats its name. */
  readonly query?: Readonly<Record<string, Scalar | null | undefined | readonly Scalar[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. At most one of `json`, `form` and `body`. */
  readonly json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  readonly form?: Readonly<Record<string, Scalar>>;
  /** Sent as it is. */
  readonly body?: string | Uint8Array;
  /** For the whole answer; 30,000 without it. */
  readonly timeoutMs?: number;
  /** `follow` (the default) goes along up to 10 redirects, `manual` gives the 3xx response. */
  readonly redirect?: 'follow' | 'manual';
}

const KNOWN = new Set<string>(['query', 'headers', 'json', 'form', 'body', 'timeoutMs', 'redirect']);

/** Refuses what would be ignored in silence: an unknown option, two bodies. */
export function checkOptions(method: string, options: RequestOptions): void {
  const call = `page.${method.toLowerCase()}`;
  const keys = Object.keys(options);
  const unknown = keys.find((key) => !KNOWN.has(key));
  if (unknown !== undefined) {
    throw new PageUsageError(
      `${call} knows no option '${unknown}'; it takes ${[...KNOWN].join(', ')}. A JSON body is given as ${call}(path, { json: ... })`,
    );
  }
  const bodies = keys.filter((key) => key === 'json' || key === 'form' || key === 'body');
  if (bodies.length > 1) throw new PageUsageError(`${call} was given ${bodies.join(' and ')}: only one body can be sent`);
}

export interface Payload {
  readonly body?: string | Uint8Array;
  readonly contentType?: string;
}

export function payloadOf(options: RequestOptions): Payload {
  if (options.json !== undefined) return { body: JSON.stringify(options.json), contentType: 'application/json' };
  if (options.form !== undefined) {
    const pairs = Object.entries(options.form).map(([name, value]): [string, string] => [name, String(value)]);
    return { body: new URLSearchParams(pairs).toString(), contentType: 'application/x-www-form-urlencoded' };
  }
  return options.body === undefined ? {} : { body: options.body };
}

export function isAbsolute(path: string): boolean {
  return /^https?:\/\//i.test(path);
}

/** `path` below the base URL's own path, with the query added. */
export function urlOf(path: string, baseUrl: string | undefined, query: RequestOptions['query']): URL {
  const joined =
    isAbsolute(path) || baseUrl === undefined
      ? path
      : `${baseUrl.replace(/\/+$/, '')}${path.startsWith('/') || path.startsWith('?') || path === '' ? '' : '/'}${path}`;
  let url: URL;
  try {
    url = new URL(joined);
  } catch {
    throw new PageUsageError(`'${joined}' is no URL: give a path such as '/orders' or an address that begins with http:// or https://`);
  }
  for (const name in query) {
    const value = query[name];
    if (value === null || value === undefined) continue;
    for (const one of Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar]) url.searchParams.append(name, String(one));
  }
  return url;
}
