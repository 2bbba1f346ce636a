import type { FlakePattern } from '@testimony/contracts';
import { NETWORK_MOCKS } from '../reading/words';
import type { AssertEvent, FileTrace, RequestEvent, TestTrace, TraceEvent } from '../reading/trace';
import { textOf, type Place, type Value } from '../reading/value';

export interface Found {
  readonly pattern: FlakePattern;
  readonly place: Place;
  readonly probability: number;
  readonly message: string;
  readonly suggestion: string;
}

/** What the other test files that were read together with one do to what is there for all. */
export interface Neighbours {
  /** Files that change it. */
  writersOf(key: string): readonly string[];
  /** Files that change it or look at it. */
  usersOf(key: string): readonly string[];
}

/** What one pattern makes of one test of a file. */
export type Rule = (test: TestTrace, file: FileTrace, neighbours: Neighbours) => Found[];

export function ofKind<K extends TraceEvent['kind']>(events: readonly TraceEvent[], kind: K): Extract<TraceEvent, { kind: K }>[] {
  return events.filter((event): event is Extract<TraceEvent, { kind: K }> => event.kind === kind);
}

/** Assertions that are made once and in the course of the test. */
export function assertsIn(test: TestTrace): AssertEvent[] {
  return ofKind(test.events, 'assert').filter(({ polled }) => !polled);
}

/** An assertion as a sentence names it. */
export function named(assert: AssertEvent): string {
  return `the assertion on \`${assert.place.text}\` in line ${assert.place.line}`;
}

/** A request as a sentence names it. */
export function called(request: RequestEvent): string {
  return `${request.method} ${request.path}`;
}

export function segmentsOf(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

/** The test starts the server that it asks, or stands in for it: what it sends there is gone with it. */
export function hasOwnServer(file: FileTrace): boolean {
  return OWN_SERVER.some((word) => file.mentions.has(word)) || NETWORK_MOCKS.some((word) => file.mentions.has(word));
}

const OWN_SERVER = [
  'createServer',
  'listen',
  'serve',
  'express',
  'Fastify',
  'fastify',
  'Hono',
  'koa',
  'createTestServer',
  'withServer',
  'startServer',
  'start_server',
  'TestServer',
  'test_server',
  'aiohttp_client',
  'aiohttp_server',
  'httpbin',
  'HTTPServer',
  'Flask',
  'FastAPI',
  'TestClient',
  'Starlette',
  'inject',
  'supertest',
  'httpserver',
  'setupServer',
  'createApp',
  'buildApp',
  'Server',
  'server',
] as const;

/** Whether two values say the same as far as can be read. */
export function sameText(left: Value | undefined, right: Value | undefined): boolean {
  const text = textOf(left);
  return text !== undefined && text === textOf(right);
}

export function shownMs(ms: number): string {
  return Number.isNaN(ms) ? 'a fixed time' : ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`;
}
