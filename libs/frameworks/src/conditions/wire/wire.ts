import { readFileSync } from 'node:fs';
import {
  Agent,
  createServer,
  request as httpRequest,
  STATUS_CODES,
  type ClientRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';
import { connect as connectPlainly, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect as connectSecurely, rootCertificates } from 'node:tls';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Conditions } from '@testimony/contracts';
import type { ServiceTarget } from '../../framework';
import { seededRandom } from '../seeded-random';
import { addressesOf, type Addresses } from './addresses';
import { answerMutator, type AnswerMutator } from './answer-mutator';

// A reverse proxy of node:http, in the worker's process. A proxy library forwards bytes well and leaves to its user all that matters
// here (holding answers back, reading and changing them within bounds, breaking off as the system broke off); what it would save is
// the copying of headers.

type Services = Readonly<Record<string, ServiceTarget>>;

/** Between tests and the system under test, on loopback ports that only these tests are told. */
export interface Wire {
  /** The services as a test reaches them through the wire. */
  readonly services: Services;
  /** A text of the test's process with the addresses that were really asked. */
  readonly shown: (text: string) => string;
  /** The next test begins: what was counted, remembered and drawn for the last one is forgotten. */
  begin(): void;
  /** Answers that were changed since `begin`. */
  readonly mutated: number;
  close(): Promise<void>;
}

export interface WireOptions {
  readonly services: Services;
  readonly conditions: Pick<Conditions, 'latencyMs' | 'mutation' | 'randomSeed'>;
  /** Of the test's process: it may name certificates that the system's are checked with. */
  readonly environment: Readonly<Record<string, string>>;
  /** Browsers keep a cookie marked Secure from an address without TLS: the mark is taken off where the system has TLS and the wire has not. */
  readonly plainCookies: boolean;
}

/** A test opens a handful of connections; one that opens more than this has lost count. */
const MOST_CONNECTIONS = 256;
/** Answers up to this size are read whole to be changed; the page itself takes no larger ones. */
const LARGEST_CHANGED = 10 * 1024 * 1024;
/** Texts up to this size are searched for addresses of the system; larger ones pass as they are. */
const LARGEST_SEARCHED = 1024 * 1024;

/** Of one connection, not of the message: RFC 9110, section 7.6.1. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade']);

/** Methods of which Node sends no length where there is no body. */
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

interface Origin {
  /** Scheme, host and port of the system. */
  readonly url: URL;
  readonly server: Server;
  /** Fills as the server listens. */
  seen: string;
}

/** Name and value by turns, as `rawHeaders` has them. */
type RawHeaders = string[];

function mapHeaders(raw: readonly string[], map: (name: string, value: string) => string | undefined): RawHeaders {
  const mapped: RawHeaders = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = map(name.toLowerCase(), raw[i + 1] ?? '');
    if (value !== undefined) mapped.push(name, value);
  }
  return mapped;
}

/** Ends a connection as the other side's ended: with a reset where that one was reset. */
function breakOff(socket: Duplex, reset: boolean): void {
  if (reset && 'resetAndDestroy' in socket) (socket as Socket).resetAndDestroy();
  else socket.destroy();
}

function wasReset(error: NodeJS.ErrnoException | null): boolean {
  // Node calls the plain end of a connection by the same code; only its message differs.
  return error?.code === 'ECONNRESET' && error.message !== 'socket hang up';
}

interface Outgoing {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Buffer;
}

interface Gathered {
  readonly body: Buffer;
  readonly end: 'whole' | 'larger' | 'broken';
}

/** All of it is still to come. */
const NOT_READ: Gathered = { body: Buffer.alloc(0), end: 'larger' };

/** All of a body, or what came of it before it grew too large or broke off. */
function gathered(message: IncomingMessage, most: number): Promise<Gathered> {
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve) => {
    const done = (end: Gathered['end']): void => {
      message.off('data', onData).off('end', onEnd).off('error', onError).off('close', onError);
      message.pause();
      resolve({ body: Buffer.concat(chunks), end });
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) done('larger');
    };
    const onEnd = (): void => done('whole');
    const onError = (): void => done('broken');
    message.on('data', onData).on('end', onEnd).on('error', onError).on('close', onError);
  });
}

/** Undefined when it cannot be read: then it passes as it is. */
function decoded(body: Buffer, encoding: string | undefined): Buffer | undefined {
  if (encoding === undefined || encoding === 'identity' || body.length === 0) return body;
  const bound = { maxOutputLength: LARGEST_CHANGED };
  try {
    if (encoding === 'gzip' || encoding === 'x-gzip') return gunzipSync(body, bound);
    if (encoding === 'deflate') return inflateSync(body, bound);
    return encoding === 'br' ? brotliDecompressSync(body, bound) : undefined;
  } catch {
    return undefined;
  }
}

/** Texts in which an address may stand. A stream of events has no end to wait for. */
function mayNameAddresses(contentType: string | undefined): boolean {
  return (
    contentType !== undefined &&
    /json|xml|html|javascript|urlencoded|^text\//i.test(contentType) &&
    !/event-stream|ndjson|json-seq|jsonl/i.test(contentType)
  );
}

/** Bytes that are no text survive: every byte is one character here, and addresses are ASCII. */
function translated(body: Buffer, translate: (text: string) => string): Buffer {
  const text = body.toString('latin1');
  const changed = translate(text);
  return changed === text ? body : Buffer.from(changed, 'latin1');
}

/** A cookie for the system's host is one for the wire's: without a domain it goes back to whoever set it. */
function cookieForTest(cookie: string, host: string, plain: boolean): string {
  return cookie
    .split(';')
    .filter((part, i) => {
      const [name = '', value = ''] = part.trim().toLowerCase().split('=');
      const domain = value.replace(/^\./, '');
      if (i === 0) return true;
      if (name === 'domain') return !(host === domain || host.endsWith(`.${domain}`));
      return !(plain && (name === 'secure' || (name === 'samesite' && value === 'none')));
    })
    .join(';');
}

/** Hosts of the system keep cookies apart, so do the wire's; but only Linux answers on all of 127.0.0.0/8. */
function loopbackFor(hosts: readonly string[], host: string): string {
  return process.platform === 'linux' ? `127.0.0.${Math.min(254, hosts.indexOf(host) + 1)}` : '127.0.0.1';
}

function tlsOptions(environment: WireOptions['environment']): { rejectUnauthorized?: boolean; ca?: string[] } {
  const extra = environment['NODE_EXTRA_CA_CERTS'];
  let certificates: string | undefined;
  try {
    certificates = extra === undefined || extra === '' ? undefined : readFileSync(extra, 'utf8');
  } catch {
    // As Node itself does: a file that is not there adds no certificate.
  }
  return {
    ...(environment['NODE_TLS_REJECT_UNAUTHORIZED'] === '0' && { rejectUnauthorized: false }),
    ...(certificates !== undefined && { ca: [...rootCertificates, certificates] }),
  };
}

/** Puts a wire between tests and the services that have a base URL. */
export async function openWire({ services, conditions, environment, plainCookies }: WireOptions): Promise<Wire> {
  const { latencyMs = 0, mutation, randomSeed = 0 } = conditions;
  const tls = tlsOptions(environment);
  let draw = seededRandom(randomSeed);
  let mutator: AnswerMutator | undefined = mutation && answerMutator(mutation);

  /** A connection to the system for each connection of a test: what the system does to one (keeps, closes, resets it) is done to the other. */
  const agents = new WeakMap<Duplex, Agent>();
  const openAgents = new Set<Agent>();
  const agentOf = (socket: Duplex, secure: boolean): Agent => {
    const known = agents.get(socket);
    if (known) return known;
    const agent = secure ? new SecureAgent({ keepAlive: true, maxSockets: 1, ...tls }) : new Agent({ keepAlive: true, maxSockets: 1 });
    agents.set(socket, agent);
    openAgents.add(agent);
    let watched: Socket | undefined;
    agent.on('free', (upstream: Socket) => {
      if (upstream === watched) return;
      watched = upstream;
      upstream.once('close', () => {
        // Nothing is under way on it: the test's connection is closed as idly as the system's was.
        if (!busy.has(socket)) socket.end();
      });
    });
    socket.once('close', () => {
      openAgents.delete(agent);
      agent.destroy();
    });
    return agent;
  };
  const busy = new Set<Duplex>();

  let addresses: Addresses;
  const requestHeaders = (message: IncomingMessage, { url }: Origin): RawHeaders => [
    'host',
    url.host,
    ...mapHeaders(message.rawHeaders, (name, value) =>
      OF_THE_CONNECTION.has(name) || name === 'host' || name === 'expect' || name === 'accept-encoding'
        ? undefined
        : addresses.toSystem(value),
    ),
    // What is to be read or changed should not come compressed.
    'accept-encoding',
    'identity',
  ];

  const send = (response: ServerResponse, answer: IncomingMessage, { status, headers }: Outgoing): void => {
    const reason = status === answer.statusCode ? answer.statusMessage : STATUS_CODES[status];
    response.sendDate = false;
    response.writeHead(status, reason ?? '', headers);
  };

  /** Headers for a body that is not the one that came. */
  const withBody = (headers: RawHeaders, body: Buffer, contentType: string | undefined): RawHeaders => {
    const rest = mapHeaders(headers, (name, value) =>
      ['content-length', 'content-encoding', 'content-md5', 'digest', 'content-digest', 'repr-digest'].includes(name) ||
      (name === 'content-type' && contentType !== undefined)
        ? undefined
        : value,
    );
    return [...rest, ...(contentType === undefined ? [] : ['content-type', contentType]), 'content-length', String(body.length)];
  };

  /** Passes one answer on, later and changed as far as the conditions ask for it. */
  const answerTest = async (
    origin: Origin,
    asked: IncomingMessage,
    answer: IncomingMessage,
    response: ServerResponse,
    delayMs: number,
  ): Promise<void> => {
    const method = asked.method ?? 'GET';
    const path = addresses.toSystem(asked.url ?? '/');
    const status = answer.statusCode ?? 502;
    const contentType = answer.headers['content-type'];
    const secure = origin.url.protocol === 'https:';
    const headers = mapHeaders(answer.rawHeaders, (name, value) => {
      if (OF_THE_CONNECTION.has(name)) return undefined;
      return name === 'set-cookie' ? cookieForTest(value, origin.url.hostname, plainCookies && secure) : addresses.toTest(value);
    });
    if (answer.headers.connection?.toLowerCase() === 'close') headers.push('connection', 'close');
    const mayHaveBody = method !== 'HEAD' && status !== 204 && status !== 304;
    const searched = mayHaveBody && mayNameAddresses(contentType);
    const current = mutator;
    const wanted = current?.wants(method, path) === true;
    const read = wanted ? LARGEST_CHANGED : searched ? LARGEST_SEARCHED : undefined;
    const { body, end } = read === undefined ? NOT_READ : await gathered(answer, read);
    const plain = end === 'whole' ? decoded(body, answer.headers['content-encoding']) : undefined;

    let outgoing: Outgoing = { status, headers, body };
    // An answer that broke off is none.
    const changed =
      wanted && end !== 'broken' ? current?.changed(method, path, { status, contentType, body: plain, mayHaveBody }) : undefined;
    if (changed) outgoing = { ...outgoing, status: changed.status };
    const said = changed?.body ?? plain;
    if (said !== undefined && method !== 'HEAD') {
      const typed = changed === undefined || changed.contentType === contentType ? undefined : changed.contentType;
      const seen = searched || changed ? translated(said, addresses.toTest) : said;
      if (seen !== plain || outgoing.status !== status) outgoing = { ...outgoing, headers: withBody(headers, seen, typed), body: seen };
    }

    if (delayMs > 0) await later(delayMs, response);
    if (response.destroyed) return void answer.destroy();
    send(response, answer, outgoing);
    if (end === 'whole') return void response.end(outgoing.body);
    if (outgoing.body.length > 0) response.write(outgoing.body);
    // What came before the break is passed on before the break is.
    const broke = (): void => void response.write('', () => breakOff(asked.socket, wasReset(answer.socket.errored)));
    if (end === 'broken' || (answer.destroyed && !answer.complete)) return broke();
    answer.on('error', broke);
    answer.pipe(response);
  };

  const forward = async (origin: Origin, asked: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { socket } = asked;
    busy.add(socket);
    // Drawn as requests come, so that the delays of a test depend on nothing but its seed.
    const delayMs = latencyMs * 2 * draw();
    const { url } = origin;
    const secure = url.protocol === 'https:';
    let headers = requestHeaders(asked, origin);
    const length = Number(asked.headers['content-length']);
    const searched = mayNameAddresses(asked.headers['content-type']) && length <= LARGEST_SEARCHED;
    const { body, end } = searched ? await gathered(asked, LARGEST_SEARCHED) : NOT_READ;
    if (end === 'broken') return;
    const sent = end === 'whole' ? translated(body, addresses.toSystem) : undefined;
    if (sent !== undefined && sent !== body) headers = withBody(headers, sent, undefined);
    if (sent === undefined && asked.headers['transfer-encoding'] !== undefined) headers.push('transfer-encoding', 'chunked');
    else if (Number.isNaN(length) && !BODILESS.has(asked.method ?? '')) headers.push('content-length', '0');
    const upstream: ClientRequest = (secure ? httpsRequest : httpRequest)({
      agent: agentOf(socket, secure),
      protocol: url.protocol,
      hostname: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port,
      method: asked.method ?? 'GET',
      path: addresses.toSystem(asked.url ?? '/'),
      headers: headers as readonly string[],
    });
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      if (!response.headersSent) breakOff(socket, wasReset(error));
    });
    upstream.on('response', (answer) => {
      answerTest(origin, asked, answer, response, delayMs).catch(() => breakOff(socket, false));
    });
    response.on('close', () => {
      busy.delete(socket);
      // The test waits no longer: the system should hear of it as it would without the wire.
      if (!response.writableFinished) upstream.destroy();
    });
    if (sent !== undefined) upstream.end(sent);
    else asked.pipe(upstream);
  };

  /** WebSockets and their like: once connected, the wire only passes bytes. */
  const tunnel = ({ url }: Origin, asked: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const upstream = url.protocol === 'https:' ? connectSecurely({ host, port, servername: host, ...tls }) : connectPlainly({ host, port });
    const lines = mapHeaders(asked.rawHeaders, (name, value) => (name === 'host' ? url.host : addresses.toSystem(value)));
    const pairs = lines.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${lines[i + 1] ?? ''}`] : []));
    upstream.write(`${asked.method} ${addresses.toSystem(asked.url ?? '/')} HTTP/1.1\r\n${pairs.join('\r\n')}\r\n\r\n`);
    upstream.write(head);
    upstream.on('error', (error) => breakOff(socket, wasReset(error)));
    upstream.on('close', () => socket.destroy());
    socket.on('error', () => upstream.destroy());
    socket.on('close', () => upstream.destroy());
    upstream.pipe(socket).pipe(upstream);
  };

  const urls = [...new Set(Object.values(services).flatMap(({ baseUrl }) => (baseUrl === undefined ? [] : [new URL(baseUrl).origin])))];
  const hosts = [...new Set(urls.map((origin) => new URL(origin).hostname))];
  const origins = urls.map((real): Origin => {
    // The system's own time limits count, not the wire's.
    const server = createServer({
      keepAlive: true,
      requestTimeout: 0,
      headersTimeout: 0,
      keepAliveTimeout: 0,
      connectionsCheckingInterval: 86_400_000,
    });
    server.maxConnections = MOST_CONNECTIONS;
    const origin: Origin = { url: new URL(real), server, seen: '' };
    server.on('request', (asked, response) => {
      // What cannot be sent on as it is (a header that Node refuses) gets no answer.
      forward(origin, asked, response).catch(() => breakOff(asked.socket, false));
    });
    server.on('upgrade', (asked: IncomingMessage, socket, head: Buffer) => tunnel(origin, asked, socket, head));
    return origin;
  });
  await Promise.all(
    origins.map(async (origin) => {
      const host = loopbackFor(hosts, origin.url.hostname);
      await new Promise<void>((done, failed) => origin.server.once('error', failed).listen(0, host, done));
      origin.seen = `http://${host}:${(origin.server.address() as AddressInfo).port}`;
    }),
  );
  addresses = addressesOf(origins.map(({ url, seen }) => ({ real: url.origin, seen })));
  const seenTarget = (target: ServiceTarget): ServiceTarget => {
    if (target.baseUrl === undefined) return target;
    const url = new URL(target.baseUrl);
    const seen = new URL(origins.find((origin) => origin.url.origin === url.origin)?.seen ?? '');
    url.protocol = seen.protocol;
    url.host = seen.host;
    return { ...target, baseUrl: target.baseUrl.endsWith('/') ? url.href : url.href.replace(/\/$/, '') };
  };

  return {
    services: Object.fromEntries(Object.entries(services).map(([name, target]) => [name, seenTarget(target)])),
    shown: addresses.toReader,
    begin() {
      draw = seededRandom(randomSeed);
      mutator = mutation && answerMutator(mutation);
    },
    get mutated() {
      return mutator?.mutated ?? 0;
    },
    async close() {
      await Promise.all(
        origins.map(({ server }) => {
          const closed = new Promise((done) => server.close(done));
          server.closeAllConnections();
          return closed;
        }),
      );
      for (const agent of openAgents) agent.destroy();
    },
  };
}

/** Ends with the delay, or when the one who waits for the answer has gone. */
function later(delayMs: number, response: ServerResponse): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, delayMs);
    response.once('close', () => {
      clearTimeout(timer);
      done();
    });
  });
}
