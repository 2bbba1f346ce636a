import { createServer, request, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { Conditions, Mutation } from '@testimony/contracts';
import { seededRandom } from '../seeded-random';
import { openWire, type Wire } from './wire';

let server: Server;
let answer: RequestListener;
let real: string;
const wires: Wire[] = [];
const connections = new Set<Socket>();

beforeEach(async () => {
  server = createServer((asked, response) => answer(asked, response));
  server.on('connection', (socket) => connections.add(socket));
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  real = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  await Promise.all(wires.splice(0).map((wire) => wire.close()));
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  connections.clear();
});

async function wireTo(
  services: Readonly<Record<string, string>>,
  conditions: Pick<Conditions, 'latencyMs' | 'mutation' | 'randomSeed'> = { latencyMs: 0 },
  plainCookies = false,
): Promise<Wire> {
  const targets = Object.fromEntries(Object.entries(services).map(([name, baseUrl]) => [name, { baseUrl, headers: {} }]));
  const wire = await openWire({ services: targets, conditions, environment: {}, plainCookies });
  wires.push(wire);
  return wire;
}

/** A wire to the one server, and the origin at which it is seen. */
async function wired(conditions?: Pick<Conditions, 'latencyMs' | 'mutation' | 'randomSeed'>): Promise<{ wire: Wire; seen: string }> {
  const wire = await wireTo({ shop: real }, conditions);
  return { wire, seen: wire.services['shop']?.baseUrl ?? '' };
}

const mutate = (kind: Mutation['kind'], more: Partial<Mutation> = {}): { mutation: Mutation } => ({
  mutation: { request: 'GET /x', from: 0, kind, ...more },
});

/** An answer as it comes over the wire, nothing decoded. */
function ask(
  url: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ message: IncomingMessage; body: Buffer }> {
  return new Promise((done, failed) => {
    const sent = request(url, { method, headers, agent: false }, (message) => {
      const chunks: Buffer[] = [];
      message.on('data', (chunk: Buffer) => chunks.push(chunk));
      message.on('error', failed);
      message.on('end', () => done({ message, body: Buffer.concat(chunks) }));
    });
    sent.on('error', failed);
    sent.end(body);
  });
}

const text = async (url: string, options?: Parameters<typeof ask>[1]): Promise<string> => (await ask(url, options)).body.toString('utf8');

it('passes on what it does not change, with its length, its names of headers and its repeated ones', async () => {
  const { seen } = await wired();
  answer = (asked, response) => {
    let body = '';
    asked.on('data', (chunk: Buffer) => (body += chunk.toString('utf8')));
    asked.on('end', () => {
      response.writeHead(
        201,
        'Made',
        [
          ['X-Host', asked.headers.host ?? ''],
          ['X-Encoding', String(asked.headers['accept-encoding'])],
          ['Set-Cookie', 'a=1; Path=/'],
          ['Set-Cookie', 'b=2'],
          ['Date', 'then'],
          ['Content-Type', 'application/octet-stream'],
        ].flat(),
      );
      response.end(`${asked.method} ${asked.url} ${body}`);
    });
  };
  const { message, body } = await ask(`${seen}/x?a=%20b`, { method: 'POST', body: 'sent', headers: { 'accept-encoding': 'gzip' } });
  expect(body.toString()).toBe('POST /x?a=%20b sent');
  expect(message).toMatchObject({ statusCode: 201, statusMessage: 'Made' });
  expect(message.headers).toMatchObject({
    'x-host': new URL(real).host,
    'x-encoding': 'identity',
    'set-cookie': ['a=1; Path=/', 'b=2'],
    date: 'then',
  });
  expect(message.rawHeaders).toContain('X-Host');
});

it('gives the test its own addresses and the system its own', async () => {
  const { seen, wire } = await wired();
  let heard = '';
  answer = (asked, response) => {
    asked.on('data', (chunk: Buffer) => (heard += chunk.toString('utf8')));
    asked.on('end', () => {
      heard += ` ${String(asked.headers.origin)} ${asked.url}`;
      response.writeHead(302, { location: `${real}/next`, 'content-type': 'application/json' });
      response.end(JSON.stringify({ next: `${real}/page/2`, note: 'ä' }));
    });
  };
  const { message, body } = await ask(`${seen}/x?back=${encodeURIComponent(seen)}`, {
    method: 'POST',
    headers: { origin: seen, 'content-type': 'application/json' },
    body: JSON.stringify({ callback: `${seen}/hook` }),
  });
  expect(message.headers.location).toBe(`${seen}/next`);
  expect(JSON.parse(body.toString('utf8'))).toEqual({ next: `${seen}/page/2`, note: 'ä' });
  expect(Number(message.headers['content-length'])).toBe(body.length);
  expect(heard).toBe(`{"callback":"${real}/hook"} ${real} /x?back=${encodeURIComponent(real)}`);
  expect(wire.shown(`no answer from ${seen}/x`)).toBe(`no answer from ${real}/x`);
});

it('keeps the path of a base URL, gives one origin one address, and hosts addresses of their own', async () => {
  const port = new URL(real).port;
  const wire = await wireTo({ v1: `${real}/v1`, v2: `${real}/v2/`, other: `http://localhost:${port}`, none: real });
  const seen = Object.fromEntries(Object.entries(wire.services).map(([name, { baseUrl = '' }]) => [name, new URL(baseUrl)]));
  expect([seen['v1']?.pathname, seen['v2']?.pathname]).toEqual(['/v1', '/v2/']);
  expect(wire.services['none']?.baseUrl).toBe(seen['v1']?.origin);
  expect(seen['v2']?.origin).toBe(seen['v1']?.origin);
  if (process.platform === 'linux') expect(seen['other']?.hostname).not.toBe(seen['v1']?.hostname);
  answer = (_asked, response) => response.setHeader('set-cookie', 'sid=1; Domain=localhost; Path=/; HttpOnly').end();
  const { message } = await ask(seen['other']?.href ?? '');
  expect(message.headers['set-cookie']).toEqual(['sid=1; Path=/; HttpOnly']);
});

it('breaks off as the system does, before an answer and in the middle of one', async () => {
  const { seen } = await wired();
  answer = (asked) => asked.socket.resetAndDestroy();
  await expect(ask(`${seen}/x`)).rejects.toMatchObject({ code: 'ECONNRESET', message: 'read ECONNRESET' });
  answer = (asked) => asked.socket.destroy();
  await expect(ask(`${seen}/x`)).rejects.toMatchObject({ code: 'ECONNRESET', message: 'socket hang up' });
  for (const type of ['application/octet-stream', 'application/json']) {
    answer = (asked, response) => {
      response.writeHead(200, { 'content-type': type, 'content-length': 100 });
      response.write('half', () => asked.socket.destroy());
    };
    await expect(ask(`${seen}/x`)).rejects.toMatchObject({ code: 'ECONNRESET', message: 'aborted' });
  }
  await new Promise((done) => server.close(done));
  server.closeAllConnections();
  await expect(ask(`${seen}/x`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  server.listen(0, '127.0.0.1');
});

it('hands on what comes as it comes, and tells the system when the test waits no longer', async () => {
  const { seen } = await wired();
  let gone: () => void;
  const left = new Promise<void>((done) => (gone = done));
  answer = (_asked, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
    response.on('close', () => gone());
  };
  const first = await new Promise<string>((done) => {
    const sent = request(`${seen}/x`, { agent: false }, (message) => {
      message.once('data', (chunk: Buffer) => {
        done(chunk.toString('utf8'));
        sent.destroy();
      });
    });
    sent.on('error', () => undefined);
    sent.end();
  });
  expect(first).toBe('data: 1\n\n');
  await left;
});

it('keeps one connection to the system for each of the test, and closes it when the system does', async () => {
  const { seen } = await wired();
  answer = (_asked, response) => response.end('x');
  const { hostname, port } = new URL(seen);
  const socket = connect(Number(port), hostname);
  const once = (): Promise<string> =>
    new Promise((done) => {
      socket.once('data', (chunk) => done(chunk.toString('utf8')));
      socket.write('GET /x HTTP/1.1\r\nHost: any\r\n\r\n');
    });
  expect(await once()).toMatch(/^HTTP\/1.1 200 OK/);
  expect(await once()).toMatch(/^HTTP\/1.1 200 OK/);
  expect(connections.size).toBe(1);
  const closed = new Promise((done) => socket.once('close', done));
  socket.resume();
  for (const connection of connections) connection.end();
  await closed;
});

it('passes the bytes of an upgraded connection', async () => {
  const { seen } = await wired();
  server.on('upgrade', (asked: IncomingMessage, socket: Socket) => {
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Host: ${asked.headers.host}\r\n\r\n`);
    socket.pipe(socket);
  });
  const back = await new Promise<string>((done) => {
    const sent = request(`${seen}/x`, { headers: { connection: 'Upgrade', upgrade: 'echo' }, agent: false });
    sent.on('upgrade', (message: IncomingMessage, socket: Socket) => {
      socket.once('data', (chunk: Buffer) => {
        done(`${message.headers['x-host'] as string} ${chunk.toString('utf8')}`);
        socket.destroy();
      });
      socket.write('hello');
    });
    sent.end();
  });
  expect(back).toBe(`${new URL(real).host} hello`);
});

it('changes answers also where they come compressed, and leaves no header that says otherwise', async () => {
  const { seen, wire } = await wired(mutate('wrong_value', { field: '/n' }));
  answer = (_asked, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' });
    response.end(gzipSync('{"n":1,"m":1}'));
  };
  const { message, body } = await ask(`${seen}/x`);
  expect(body.toString('utf8')).toBe('{"n":2,"m":1}');
  expect(message.headers).not.toHaveProperty('content-encoding');
  expect(Number(message.headers['content-length'])).toBe(body.length);
  expect(wire.mutated).toBe(1);
});

it('keeps to what may have a body: HEAD, 204 and 304', async () => {
  const { seen, wire } = await wired({ mutation: { request: 'HEAD /x', from: 0, kind: 'status' } });
  answer = (_asked, response) => response.writeHead(200, { 'content-length': 7, 'content-type': 'application/json' }).end();
  const { message } = await ask(`${seen}/x`, { method: 'HEAD' });
  expect([message.statusCode, message.headers['content-length'], wire.mutated]).toEqual([500, '7', 1]);

  const other = await wired(mutate('error_body'));
  for (const status of [204, 304]) {
    answer = (_asked, response) => response.writeHead(status).end();
    const { message: empty, body } = await ask(`${other.seen}/x`);
    expect([empty.statusCode, body.length]).toEqual([status, 0]);
  }
  expect(other.wire.mutated).toBe(0);
});

it('lets large answers through whole, with no more than their status changed', async () => {
  const large = Buffer.alloc(11 * 1024 * 1024, 'x');
  answer = (_asked, response) => response.writeHead(200, { 'content-type': 'text/plain', 'content-length': large.length }).end(large);
  const { seen, wire } = await wired(mutate('wrong_value'));
  const { message, body } = await ask(`${seen}/x`);
  expect([message.statusCode, body.equals(large), wire.mutated]).toEqual([200, true, 0]);
  const other = await wired(mutate('status'));
  const changed = await ask(`${other.seen}/x`);
  expect([changed.message.statusCode, changed.body.equals(large), other.wire.mutated]).toEqual([500, true, 1]);
});

it('forgets at the beginning of a test what it knew of the last one', async () => {
  const { seen, wire } = await wired(mutate('stale_value'));
  let n = 0;
  answer = (_asked, response) => response.end(String((n += 1)));
  expect([await text(`${seen}/x`), await text(`${seen}/x`), wire.mutated]).toEqual(['1', '1', 1]);
  wire.begin();
  expect([await text(`${seen}/x`), wire.mutated]).toEqual(['3', 0]);
});

it('holds answers back by what its seed draws', async () => {
  // Two of these delays lie closer than a busy machine may be late; the order is held against the drawn one only beyond that.
  const seed = 3;
  const LATENCY_MS = 400;
  const TELLS_APART_MS = 200;
  const draw = seededRandom(seed);
  const delays = Array.from({ length: 6 }, () => 2 * LATENCY_MS * draw());
  const { seen } = await wired({ latencyMs: LATENCY_MS, randomSeed: seed });
  answer = (asked, response) => response.end(asked.url);
  const came: number[] = [];
  const asked: Promise<void>[] = [];
  const { hostname, port } = new URL(seen);
  for (const i of delays.keys()) {
    // One after the other, so that they come to the wire in this order.
    const socket = connect(Number(port), hostname);
    await new Promise((done) => socket.once('connect', done));
    const heard = new Promise<void>((done) => {
      socket.once('data', () => {
        came.push(i);
        socket.destroy();
        done();
      });
    });
    const arrived = new Promise((done) => server.once('request', done));
    socket.write(`GET /${i} HTTP/1.1\r\nHost: any\r\n\r\n`);
    await arrived;
    asked.push(heard);
  }
  await Promise.all(asked);
  const pairs = delays.flatMap((a, i) => delays.flatMap((b, j) => (b - a > TELLS_APART_MS ? [[i, j] as const] : [])));
  expect(pairs.length).toBeGreaterThan(3);
  for (const [sooner, later] of pairs) expect(came.indexOf(sooner)).toBeLessThan(came.indexOf(later));
});

it('breaks off what it cannot pass on', async () => {
  // A server that answers with what no parser takes.
  const broken = createTcpServer((socket) => socket.resume().end('nonsense\r\n\r\n'));
  await new Promise<void>((done) => broken.listen(0, '127.0.0.1', done));
  const wire = await wireTo({ shop: `http://127.0.0.1:${(broken.address() as AddressInfo).port}` });
  await expect(ask(`${wire.services['shop']?.baseUrl}/x`)).rejects.toMatchObject({ code: 'ECONNRESET' });
  await new Promise((done) => broken.close(done));
});
