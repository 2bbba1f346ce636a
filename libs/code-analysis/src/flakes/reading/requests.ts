import type { Expression } from '../syntax/program';
import { limit } from './assertions';
import type { Interpretation } from './interpretation';
import type { RequestEvent, Task } from './trace';
import { numberOf, textOf, type Value } from './value';
import { HTTP_VERBS } from './words';

const CLIENTS =
  /^(axios|got|ky|superagent|needle|requests|httpx|undici|node-fetch|cross-fetch|request|urllib\.request|urllib3|http|https|supertest|fixtures\.request|fixtures\.page\.request|fixtures\.page|fixtures\.context|aiohttp)(\.default)?(\.(create|extend|Session|Client|AsyncClient|ClientSession|session|PoolManager|newContext|request|instance))?(\(\))?$/;
/** Talk to the application in this process. */
const IN_PROCESS = /supertest|TestClient|test_client|inject|request\(\)|chai/;
const WRITES = /^(POST|PUT|PATCH|DELETE)$/;

export function isWrite(request: RequestEvent): boolean {
  return WRITES.test(request.method);
}

interface Asked {
  readonly method: string;
  readonly url: Value;
  readonly options: readonly Value[];
  readonly to: RequestEvent['to'];
  /** Comes with a promise. */
  readonly later: boolean;
}

/** The request that a call makes, if it makes one. */
export function requestOf(
  self: Interpretation,
  e: Extract<Expression, { k: 'call' }>,
  name: string,
  receiver: Value | undefined,
  args: readonly Value[],
): Value | undefined {
  const asked = askedBy(self, name, receiver, args);
  if (!asked) return undefined;
  // `fetch('queue')` of something else: an address has a slash, or a part that is not known.
  if (!name.startsWith('native.') && !/[/{]/.test(textOf(asked.url) ?? '{}')) return undefined;
  const place = self.placeOf(e);
  const task: Task | undefined = asked.later
    ? { place, what: `${asked.method} ${textOf(asked.url) ?? ''}`.trim(), seq: self.now(), flow: self.course.flow }
    : undefined;
  const { host, path, query } = partsOf(textOf(asked.url) ?? '{}');
  for (const option of asked.options) limitsIn(self, option, e);
  const request = self.note({
    what: {
      kind: 'request',
      method: asked.method,
      path,
      query: [query, ...queryKeys(asked.options)].join('&'),
      to: asked.to,
      url: asked.url,
      options: asked.options,
      ...(host !== undefined && { host }),
      ...(task && { task }),
    },
    at: e,
  }) as RequestEvent;
  const marks: Value['marks'] = [{ kind: 'remote', request, path: [], counted: false, position: undefined, sorted: false }];
  return { marks: task ? [...marks, { kind: 'promise', task }] : marks, readAt: request.seq };
}

function askedBy(self: Interpretation, name: string, receiver: Value | undefined, args: readonly Value[]): Asked | undefined {
  const method = name.slice(name.lastIndexOf('.') + 1);
  const owner = name.slice(0, Math.max(0, name.lastIndexOf('.')));
  const [first, ...rest] = args;
  const js = self.course.program?.language === 'js';
  if (owner === 'native') {
    if (HTTP_VERBS.test(method) && first) return { method: method.toUpperCase(), url: first, options: rest, to: 'served', later: js };
    if (method === 'login' && first) return { method: 'POST', url: first, options: rest, to: 'served', later: js };
    const [url, ...options] = rest;
    if (method === 'request' && first && url)
      return { method: textOf(first)?.toUpperCase() ?? '{}', url, options, to: 'served', later: js };
    return undefined;
  }
  if (!first) return undefined;
  const option = (key: string): Value | undefined => args.map((arg) => arg.fields?.get(key)).find((each) => each !== undefined);
  if (
    /^(fetch|(undici|node-fetch|cross-fetch|globalThis|window|fixtures\.request)\.fetch|node-fetch|cross-fetch|undici\.(request|stream))$/.test(
      name,
    )
  )
    return {
      method: textOf(option('method'))?.toUpperCase() ?? 'GET',
      url: first,
      options: rest,
      to: (option('dispatcher') ?? option('agent')) ? 'unknown' : 'served',
      later: true,
    };
  if (/^(axios|got|ky|superagent|request)$/.test(name))
    return {
      method: textOf(option('method'))?.toUpperCase() ?? 'GET',
      url: option('url') ?? first,
      options: args,
      to: 'served',
      later: true,
    };
  if (/^(urllib\.request\.urlopen|https?\.(get|request))$/.test(name))
    return { method: 'GET', url: first, options: rest, to: 'served', later: false };
  if (name === 'fixtures.page.goto') return { method: 'GET', url: first, options: rest, to: 'served', later: true };
  if (!HTTP_VERBS.test(method) || owner === '') return undefined;
  if (IN_PROCESS.test(owner)) return { method: method.toUpperCase(), url: first, options: rest, to: 'unknown', later: false };
  if (CLIENTS.test(owner) && !/^fixtures\.(page|context)$/.test(owner))
    return { method: method.toUpperCase(), url: first, options: rest, to: 'served', later: js || /Async|aiohttp/.test(owner) };
  // A client of which nothing is known but that it is asked for a path. A map has keys without a slash.
  const url = textOf(first);
  if (receiver && url !== undefined && /^(\/|https?:)/.test(url) && args.every((arg) => !arg.closure))
    return { method: method.toUpperCase(), url: first, options: rest, to: 'unknown', later: false };
  return undefined;
}

function partsOf(url: string): { host?: string; path: string; query: string } {
  const match = /^(?:(?:https?|wss?):\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/i.exec(url);
  const host = match?.[1];
  const path = (match?.[2] ?? '').replace(/^(\{\})+(?=\/)/, '');
  return { path, query: match?.[3] ?? '', ...(host !== undefined && host !== '' && !host.includes('{}') && { host }) };
}

function queryKeys(options: readonly Value[]): string[] {
  return options.flatMap((option) =>
    ['query', 'params', 'searchParams', 'search'].flatMap((key) => {
      const value = option.fields?.get(key);
      return [...(value?.fields?.entries() ?? [])].map(([name, each]) => `${name}=${textOf(each) ?? ''}`).concat(value?.text ?? []);
    }),
  );
}

/** `{ timeoutMs: 50 }` of a request, in whatever unit its client has. */
export function limitsIn(self: Interpretation, option: Value, at: Expression, what: 'request' | 'wait' = 'request'): void {
  const perSecond = self.course.program?.language === 'py' ? 1000 : 1;
  for (const [key, value] of option.fields ?? []) {
    if (/^(timeoutMs|timeout_ms)$/.test(key)) limit(self, what, numberOf(value), at);
    else if (key === 'timeout')
      limit(self, what, value.fields ? numberOf(value.fields.get('request')) : (numberOf(value) ?? Number.NaN) * perSecond, at);
  }
}

/** What is sent: body, form and query. */
export function* sentBy(request: RequestEvent): Generator<readonly [string, Value]> {
  for (const option of request.options) {
    const parts = ['json', 'data', 'form', 'body', 'query', 'params'].flatMap((key) => option.fields?.get(key) ?? []);
    // Clients that take the body itself.
    const all = parts.length > 0 ? parts : [option];
    for (const part of all) {
      for (const [key, value] of part.fields ?? []) yield [key, value];
      if (!part.fields) yield ['', part];
    }
  }
}
