import { Agent, request as httpRequest, type IncomingMessage, type RequestOptions as NodeRequestOptions } from 'node:http';
import type * as Https from 'node:https';
import type * as Zlib from 'node:zlib';
import { NetworkError, RequestTimeoutError } from './failure';

// node:http rather than the built-in fetch: measured on Node 24, 1,000 small requests cost 0.30 CPU seconds and 80 MB
// instead of 0.68 and 130 MB, and the first request costs the same.

/** A larger answer is cut off and fails: a test that needs it should ask for less. */
const LARGEST_BODY = 10 * 1024 * 1024;

/**
 * Idle connections are closed by us after this, because servers close theirs too (Node's after 5 s) and a request that
 * meets the closing one fails for no fault of the service.
 */
const IDLE_MS = 1500;

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body?: string | Uint8Array;
  readonly timeoutMs: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly setCookies: readonly string[];
  readonly body: Buffer;
}

/** `retriable`: nothing of an answer had come over a connection that was kept from an earlier request. */
type Failed = Error & { retriable?: boolean };

const agents = new Map<string, Agent>();

function transport(protocol: string): { request: typeof httpRequest; agent: Agent } {
  if (protocol === 'http:') {
    const agent = agents.get(protocol) ?? new Agent({ keepAlive: true, timeout: IDLE_MS });
    agents.set(protocol, agent);
    return { request: httpRequest, agent };
  }
  const https = require('node:https') as typeof Https;
  const agent = agents.get(protocol) ?? new https.Agent({ keepAlive: true, timeout: IDLE_MS });
  agents.set(protocol, agent);
  return { request: https.request, agent };
}

function decoded(body: Buffer, encoding: string | undefined): Buffer {
  if (!encoding || encoding === 'identity' || body.length === 0) return body;
  const zlib = require('node:zlib') as typeof Zlib;
  const bound = { maxOutputLength: LARGEST_BODY };
  if (encoding === 'gzip' || encoding === 'x-gzip') return zlib.gunzipSync(body, bound);
  if (encoding === 'deflate') return zlib.inflateSync(body, bound);
  return encoding === 'br' ? zlib.brotliDecompressSync(body, bound) : body;
}

function plainHeaders(message: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in message.headers) {
    const value = message.headers[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}

/** An error of several addresses (localhost as ::1 and 127.0.0.1) says nothing itself: its first part does. */
function cause(error: NodeJS.ErrnoException | AggregateError): NodeJS.ErrnoException {
  return error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
}

function once(exchange: Exchange): Promise<Answer> {
  const { method, url, timeoutMs } = exchange;
  const { request, agent } = transport(url.protocol);
  return new Promise<Answer>((resolve, reject) => {
    const options: NodeRequestOptions = {
      agent,
      method,
      protocol: url.protocol,
      hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
      port: url.port,
      path: url.pathname + url.search,
      headers: exchange.headers,
    };
    let answered = false;
    const fail = (error: Failed): void => {
      clearTimeout(timer);
      reject(error);
    };
    const sent = request(options, (message) => {
      answered = true;
      const chunks: Buffer[] = [];
      let size = 0;
      message.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= LARGEST_BODY) return;
        fail(
          new NetworkError(
            `${method} ${url.href} answered with more than ${LARGEST_BODY / 1024 / 1024} MiB; ask for less`,
            'ERR_BODY_TOO_LARGE',
            url.href,
          ),
        );
        sent.destroy();
      });
      message.on('error', (error: NodeJS.ErrnoException) => {
        fail(
          new NetworkError(
            `${method} ${url.href}: the connection broke in the middle of the answer (${error.code ?? error.message})`,
            error.code ?? 'ECONNRESET',
            url.href,
          ),
        );
      });
      message.on('end', () => {
        clearTimeout(timer);
        try {
          const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
          resolve({
            status: message.statusCode ?? 0,
            headers: plainHeaders(message),
            setCookies: message.headers['set-cookie'] ?? [],
            body: decoded(body, message.headers['content-encoding']),
          });
        } catch (error) {
          fail(new NetworkError(`${method} ${url.href}: the body cannot be decompressed`, 'ERR_BODY_ENCODING', url.href, { cause: error }));
        }
      });
    });
    const timer = setTimeout(() => {
      fail(new RequestTimeoutError(`${method} ${url.href} gave no full answer within ${timeoutMs} ms`, url.href));
      sent.destroy();
    }, timeoutMs);
    sent.on('error', (raw: NodeJS.ErrnoException) => {
      const error = cause(raw);
      const code = error.code ?? 'ERR_NETWORK';
      const failure: Failed = new NetworkError(`${method} ${url.href} got no answer: ${code} (${error.message})`, code, url.href);
      if (sent.reusedSocket && !answered && (code === 'ECONNRESET' || code === 'EPIPE')) failure.retriable = true;
      fail(failure);
    });
    sent.end(exchange.body);
  });
}

/**
 * Sends one request and reads the whole answer. A GET, HEAD or OPTIONS that met a connection which the server was just
 * closing is sent once more, on a new one; `onRetry` is told, so that it stays visible. Nothing else is ever sent twice.
 */
export async function exchange(asked: Exchange, onRetry: (error: Error) => void): Promise<Answer> {
  try {
    return await once(asked);
  } catch (error) {
    const safe = asked.method === 'GET' || asked.method === 'HEAD' || asked.method === 'OPTIONS';
    if (!safe || !(error as Failed).retriable) throw error;
    onRetry(error as Error);
    return once({ ...asked, headers: { ...asked.headers, connection: 'close' } });
  }
}

/** Closes idle connections; requests under way end by themselves. */
export function closeConnections(): void {
  for (const agent of agents.values()) agent.destroy();
  agents.clear();
}
