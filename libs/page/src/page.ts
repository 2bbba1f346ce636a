import { cookieJar, type CookieJar } from './cookies';
import { exchange, type Answer } from './exchange';
import { expect } from './expect';
import { AssertionError, classOfStatus, NetworkError, PageUsageError, RequestTimeoutError } from './failure';
import { requestHistory, retryAfterSeconds, type History, type RequestRecord } from './history';
import { secretMasker, type SecretMasker } from './masking';
import { checkOptions, isAbsolute, payloadOf, urlOf, type RequestOptions } from './request';
import { nameOf, pageResponse, shorten, shown, type PageResponse } from './response';
import { schemaViolations, type JsonSchema } from './schema';
import { mismatch } from './subset';
import { waitFor, type WaitOptions } from './wait-for';

/** A service as `services.<name>` of `e2e.conf` describes it. */
export interface PageService {
  readonly baseUrl?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the host of a test gives to its page. */
export interface PageSettings {
  /** The service that the test belongs to: paths are below its base URL. */
  readonly service: string;
  readonly services: Readonly<Record<string, PageService>>;
  /** Values that must not be readable in a report. */
  readonly secrets?: readonly string[];
  /** Used instead of one made of `secrets`: what the page learns to be secret (a token of `login`) is then masked wherever this masker is used. */
  readonly masker?: SecretMasker;
}

export interface LoginOptions extends RequestOptions {
  /** Where the token stands in the answer, as in `data.token`; without it the usual names are tried. */
  readonly tokenPath?: string;
}

/** Credentials that this page sends to the configured services, and to nobody else. */
export interface PageAuth {
  bearer(token: string): void;
  basic(user: string, password: string): void;
  /** Sends `value` in a header, `x-api-key` without a name. */
  apiKey(value: string, header?: string): void;
  header(name: string, value: string): void;
  /** Forgets credentials and cookies. */
  clear(): void;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MOST_REDIRECTS = 10;
const TOKEN_NAMES = ['access_token', 'accessToken', 'token', 'id_token', 'jwt'];

interface Shared {
  readonly services: Readonly<Record<string, PageService>>;
  readonly origins: ReadonlySet<string>;
  readonly cookies: CookieJar;
  readonly credentials: Map<string, string>;
  readonly history: History;
  readonly masker: SecretMasker;
  /** When each request without an answer was sent. */
  readonly underWay: Set<{ readonly since: number }>;
}

function originOf(url: string | undefined): string | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url).origin : undefined;
}

function sharedBy(settings: PageSettings): Shared {
  const masker = settings.masker ?? secretMasker(settings.secrets ?? []);
  return {
    services: settings.services,
    origins: new Set(Object.values(settings.services).flatMap((service) => originOf(service.baseUrl) ?? [])),
    cookies: cookieJar(),
    credentials: new Map(),
    history: requestHistory(masker.mask),
    masker,
    underWay: new Set(),
  };
}

function tokenIn(body: unknown, path: string | undefined): string | undefined {
  const read = (from: unknown, steps: readonly string[]): unknown =>
    steps.reduce<unknown>(
      (value, name) => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined),
      from,
    );
  const candidates =
    path !== undefined ? [path.split('.')] : [...TOKEN_NAMES.map((name) => [name]), ...TOKEN_NAMES.map((name) => ['data', name])];
  for (const steps of candidates) {
    const value = read(body, steps);
    if (typeof value === 'string' && value !== '') return value;
  }
  return undefined;
}

/** Of headers that differ in case only, the later one is sent. */
function mergeHeaders(...sets: readonly (Readonly<Record<string, string>> | undefined)[]): Record<string, string> {
  const merged: Record<string, string> = {};
  for (const set of sets) for (const name in set) merged[name.toLowerCase()] = set[name] ?? '';
  return merged;
}

/**
 * What a test is given: an HTTP client for the service it belongs to, and assertions.
 * Cookies, credentials and the request history live as long as the test and are shared with `page.service(...)`.
 */
export class Page {
  readonly #shared: Shared;
  readonly #service: string;
  /** Jest's `expect`. */
  readonly expect = expect;
  readonly auth: PageAuth;

  /** Tests are handed their page; only a host makes one. */
  constructor(settings: PageSettings, shared: Shared = sharedBy(settings)) {
    this.#shared = shared;
    this.#service = settings.service;
    const { credentials, masker, cookies } = shared;
    const keep = (name: string, value: string, secret: string): void => {
      masker.add(secret);
      credentials.set(name.toLowerCase(), value);
    };
    this.auth = Object.freeze({
      bearer: (token: string) => keep('authorization', `Bearer ${token}`, token),
      basic: (user: string, password: string) => {
        const pair = Buffer.from(`${user}:${password}`).toString('base64');
        masker.add(password);
        keep('authorization', `Basic ${pair}`, pair);
      },
      apiKey: (value: string, header = 'x-api-key') => keep(header, value, value),
      header: (name: string, value: string) => keep(name, value, value),
      clear: () => {
        credentials.clear();
        cookies.clear();
      },
    });
  }

  /** The base URL of this page's service. Throws a sentence that names the missing setting. */
  get baseUrl(): string {
    const baseUrl = this.#shared.services[this.#service]?.baseUrl;
    if (baseUrl !== undefined) return baseUrl;
    const error = new PageUsageError(
      `Service '${this.#service}' has no base URL: set services.${this.#service}.base_url in e2e.conf, or give a whole URL`,
    );
    throw Object.assign(error, { code: 'ERR_NO_BASE_URL' });
  }

  /** What was sent so far, oldest first: secrets masked, bodies cut. */
  get requests(): RequestRecord[] {
    return this.#shared.history.records();
  }

  /** Requests that have no answer yet. */
  get requestsUnderWay(): number {
    return this.#shared.underWay.size;
  }

  /** How long the oldest request without an answer waits for it, in ms; 0 without any. */
  get longestWaitMs(): number {
    const [oldest] = this.#shared.underWay;
    return oldest ? performance.now() - oldest.since : 0;
  }

  /** The same test's page for another service of `e2e.conf`. */
  service(name: string): Page {
    return new Page({ service: name, services: this.#shared.services }, this.#shared);
  }

  /** GET a path of this service, or a whole URL. An answer of any status is a response; no answer is a NetworkError. */
  get(path: string, options?: RequestOptions): Promise<PageResponse> {
    return this.#send('GET', path, options);
  }

  post(path: string, options?: RequestOptions): Promise<PageResponse> {
    return this.#send('POST', path, options);
  }

  put(path: string, options?: RequestOptions): Promise<PageResponse> {
    return this.#send('PUT', path, options);
  }

  patch(path: string, options?: RequestOptions): Promise<PageResponse> {
    return this.#send('PATCH', path, options);
  }

  delete(path: string, options?: RequestOptions): Promise<PageResponse> {
    return this.#send('DELETE', path, options);
  }

  /** Any other method, such as HEAD or OPTIONS. */
  request(method: string, path: string, options?: RequestOptions): Promise<PageResponse> {
    return this.#send(method.toUpperCase(), path, options);
  }

  /**
   * POSTs to a login endpoint, asserts success and sends the token it answered with from now on. An answer without a token is
   * fine when it set a cookie. `page.login('/login', { json: { user, password } })`
   */
  async login(path: string, { tokenPath, ...options }: LoginOptions = {}): Promise<PageResponse> {
    const response = await this.#send('POST', path, options);
    this.assertOk(response);
    let body: unknown;
    try {
      body = JSON.parse(response.text());
    } catch {
      body = undefined;
    }
    const token = tokenIn(body, tokenPath);
    if (token !== undefined) this.auth.bearer(token);
    else if (tokenPath !== undefined || response.headers['set-cookie'] === undefined) {
      throw new AssertionError(
        `${nameOf(response)} answered without a token${tokenPath === undefined ? '; say where it stands with tokenPath' : ` at ${tokenPath}`}`,
        {
          expected: tokenPath ?? TOKEN_NAMES.join(' or '),
          actual: shorten(response.text()),
          failureClass: 'authentication',
        },
      );
    }
    return response;
  }

  /** The status is the given one, or one of the given. The failure's class comes from the status that was observed. */
  assertStatus(response: PageResponse, status: number | readonly number[]): void {
    const wanted = typeof status === 'number' ? [status] : status;
    if (!wanted.includes(response.status)) this.#wrongStatus(response, wanted.join(' or '));
  }

  /** The status is 200 to 299. */
  assertOk(response: PageResponse): void {
    if (!response.ok) this.#wrongStatus(response, '200 to 299');
  }

  /**
   * The JSON body holds `expected`: objects may have further keys, arrays must have the same length, `expect.any(Number)` and its
   * kin work anywhere, a key given as `undefined` must be absent. `exact` forbids further keys.
   */
  assertJson(response: PageResponse, expected: unknown, options: { readonly exact?: boolean } = {}): void {
    const actual = response.json();
    const found = mismatch(actual, expected, options.exact);
    if (!found) return;
    throw new AssertionError(`${nameOf(response)}: ${found.path} is ${shown(found.actual)}, expected ${shown(found.expected)}`, {
      expected,
      actual,
      httpStatus: response.status,
      failureClass: response.status >= 500 ? 'server' : 'assertion',
    });
  }

  /** The header is there; with `expected`, equal to a text or matched by a pattern. */
  assertHeader(response: PageResponse, name: string, expected?: string | RegExp): void {
    const actual = response.headers[name.toLowerCase()];
    const holds =
      actual !== undefined && (expected === undefined || (typeof expected === 'string' ? actual === expected : expected.test(actual)));
    if (holds) return;
    const wanted = expected === undefined ? 'to be there' : `to be ${String(expected)}`;
    throw new AssertionError(
      `${nameOf(response)}: expected header ${name} ${wanted}, got ${actual === undefined ? 'none' : `'${actual}'`}`,
      {
        expected: expected === undefined ? name : String(expected),
        actual,
        httpStatus: response.status,
      },
    );
  }

  /** A response's JSON body, or any value, keeps a JSON Schema: draft-07 where its `$schema` says so, 2020-12 otherwise. */
  assertSchema(subject: unknown, schema: JsonSchema): void {
    const response = isResponse(subject) ? subject : undefined;
    const value = response ? response.json() : subject;
    const violations = schemaViolations(value, schema);
    if (violations.length === 0) return;
    const more = violations.length > 3 ? `; and ${violations.length - 3} more` : '';
    throw new AssertionError(
      `${response ? `${nameOf(response)}: ` : ''}the body breaks its schema: ${violations.slice(0, 3).join('; ')}${more}`,
      {
        expected: schema,
        actual: value,
        httpStatus: response?.status,
      },
    );
  }

  /** Tries again until `condition` gives something truthy, and gives that; see {@link WaitOptions}. */
  waitFor<T>(condition: () => T | Promise<T>, options?: WaitOptions): Promise<T> {
    return waitFor(condition, options);
  }

  #wrongStatus(response: PageResponse, wanted: string): never {
    const body = response.text();
    throw new AssertionError(
      `${nameOf(response)} answered ${response.status}, expected ${wanted}${body === '' ? '' : `: ${shorten(body)}`}`,
      {
        expected: wanted,
        actual: response.status,
        httpStatus: response.status,
        failureClass: classOfStatus(response.status),
      },
    );
  }

  async #send(method: string, path: string, options: RequestOptions = {}): Promise<PageResponse> {
    const shared = this.#shared;
    checkOptions(method, options);
    if (typeof path !== 'string') throw new PageUsageError(`page.${method.toLowerCase()} needs a path such as '/orders'`);
    const own = shared.services[this.#service];
    let url = urlOf(path, isAbsolute(path) ? undefined : this.baseUrl, options.query);
    let verb = method;
    let payload = payloadOf(options);
    const ownOrigin = originOf(own?.baseUrl);
    const started = performance.now();
    const waiting = { since: started };
    shared.underWay.add(waiting);
    try {
      for (let redirects = 0; ; redirects += 1) {
        const trusted = shared.origins.has(url.origin);
        const first = redirects === 0;
        const cookie = shared.cookies.headerFor(url);
        const headers = mergeHeaders(
          payload.contentType === undefined ? undefined : { 'content-type': payload.contentType },
          cookie === '' ? undefined : { cookie },
          url.origin === ownOrigin ? own?.headers : undefined,
          trusted ? Object.fromEntries(shared.credentials) : undefined,
          // Headers of the call may be credentials: a redirect to a foreign host does not get them.
          first || trusted ? options.headers : undefined,
        );
        const { body } = payload;
        if (body !== undefined) headers['content-length'] = String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength);
        else if (verb !== 'GET' && verb !== 'HEAD' && verb !== 'DELETE' && verb !== 'OPTIONS') headers['content-length'] = '0';
        const answer = await this.#exchange(verb, url, headers, body, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
        if (answer.setCookies.length > 0) shared.cookies.store(answer.setCookies, url);
        const { location } = answer.headers;
        if (options.redirect === 'manual' || location === undefined || ![301, 302, 303, 307, 308].includes(answer.status)) {
          return pageResponse(
            { method: verb, url: url.href, status: answer.status, headers: answer.headers, durationMs: performance.now() - started },
            answer.body,
          );
        }
        if (redirects === MOST_REDIRECTS)
          throw new AssertionError(`${method} ${path} was redirected more than ${MOST_REDIRECTS} times, at last to ${location}`);
        url = new URL(location, url);
        if (answer.status === 303 || (answer.status < 303 && verb === 'POST')) {
          verb = verb === 'HEAD' ? 'HEAD' : 'GET';
          payload = {};
        }
      }
    } finally {
      shared.underWay.delete(waiting);
    }
  }

  async #exchange(
    method: string,
    url: URL,
    headers: Record<string, string>,
    body: string | Uint8Array | undefined,
    timeoutMs: number,
  ): Promise<Answer> {
    const { history } = this.#shared;
    const started = performance.now();
    const base = { method, url: url.href, ...(body !== undefined && { requestBody: body }) };
    const elapsed = (): number => Math.round((performance.now() - started) * 100) / 100;
    try {
      const answer = await exchange({ method, url, headers, timeoutMs, ...(body !== undefined && { body }) }, () => {
        history.add({
          ...base,
          status: null,
          durationMs: elapsed(),
          error: 'the kept connection was closed by the server; sent again on a new one',
        });
      });
      const isText = /json|text|xml|javascript|urlencoded/i.test(answer.headers['content-type'] ?? 'text');
      const responseBody =
        answer.body.length === 0 ? undefined : isText ? answer.body.toString('utf8', 0, 16_384) : `(${answer.body.length} bytes)`;
      const retryAfter = retryAfterSeconds(answer.headers['retry-after'], Date.now());
      history.add({
        ...base,
        status: answer.status,
        durationMs: elapsed(),
        ...(retryAfter !== undefined && { retryAfterSeconds: retryAfter }),
        ...(responseBody !== undefined && { responseBody }),
      });
      return answer;
    } catch (error) {
      const said = error instanceof NetworkError || error instanceof RequestTimeoutError ? error.code : String(error);
      history.add({ ...base, status: null, durationMs: elapsed(), error: said });
      throw error;
    }
  }
}

function isResponse(value: unknown): value is PageResponse {
  return typeof value === 'object' && value !== null && typeof (value as Partial<PageResponse>).json === 'function' && 'status' in value;
}
