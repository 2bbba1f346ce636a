// The system under test of the corpus: each case has a path of its own, whose name says nothing of what happens there.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';

const REASONS = http.STATUS_CODES;
const DETAIL = {
  400: 'quantity must be a positive number',
  401: 'token expired',
  403: 'you do not have the role admin',
  404: 'no such order',
  405: 'method not allowed',
  409: 'the order was changed by someone else',
  422: 'email is not valid',
  429: 'too many requests, try again in 3 s',
  500: 'duplicate key value violates unique constraint "orders_pkey"',
  502: 'upstream prematurely closed connection',
  503: 'the service is starting',
  504: 'upstream request timeout',
};

/** Bodies of error answers as common servers write them. */
export const SHAPES = {
  problem: (status) => [
    'application/problem+json',
    JSON.stringify({ type: 'about:blank', title: REASONS[status], status, detail: DETAIL[status] ?? 'no details' }),
  ],
  nest: (status) => ['application/json', JSON.stringify({ statusCode: status, message: DETAIL[status] ?? '', error: REASONS[status] })],
  detail: (status) => ['application/json', JSON.stringify({ detail: DETAIL[status] ?? REASONS[status] })],
  spring: (status) => [
    'application/json',
    JSON.stringify({ timestamp: '2026-03-01T10:11:12.131+00:00', status, error: REASONS[status], path: '/api/orders' }),
  ],
  coded: (status) => [
    'application/json',
    JSON.stringify({ error: { code: (REASONS[status] ?? 'ERR').toUpperCase().replace(/\W/g, '_'), message: DETAIL[status] } }),
  ],
  html: (status) => [
    'text/html',
    `<html><head><title>${status} ${REASONS[status]}</title></head><body><center><h1>${status} ${REASONS[status]}</h1></center><hr><center>nginx</center></body></html>`,
  ],
  text: (status) => ['text/plain', REASONS[status] ?? ''],
  empty: () => ['text/plain', ''],
};

export const ORDER = {
  id: 17,
  state: 'pending',
  total: 4200,
  currency: 'EUR',
  customer: { id: 3, name: 'Ada' },
  items: [
    { sku: 'A-1', count: 2 },
    { sku: 'B-7', count: 1 },
  ],
};

function answer(behaviour, request, response) {
  const { kind } = behaviour;
  if (kind === 'status') {
    const { status } = behaviour;
    const [type, body] =
      status < 400 ? ['application/json', JSON.stringify(behaviour.body ?? ORDER)] : SHAPES[behaviour.shape ?? 'problem'](status);
    const bodiless = status === 204 || status === 304;
    response.writeHead(status, {
      'content-type': type,
      ...(status >= 300 && status < 400 && { location: '/moved' }),
      ...(status === 429 && { 'retry-after': '3' }),
    });
    response.end(bodiless ? undefined : body);
  } else if (kind === 'never') return;
  else if (kind === 'reset') request.socket.resetAndDestroy();
  else if (kind === 'hangup') request.socket.destroy();
  else if (kind === 'half') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '900' });
    response.write('{"id":');
    setTimeout(() => request.socket.destroy(), 20);
  } else if (kind === 'stall') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '900' });
    response.write('{"id":');
  } else if (kind === 'garbage') request.socket.end('SSH-2.0-OpenSSH_9.2\r\n');
  else response.writeHead(500).end();
}

/** Starts what the cases talk to. `behaviours` maps a path to what happens there. */
export async function startServers(behaviours, workFolder) {
  const listener = (request, response) => {
    const path = request.url.split('?')[0];
    request.resume();
    answer(behaviours.get(path) ?? { kind: 'status', status: 404 }, request, response);
  };
  const key = join(workFolder, 'key.pem');
  const cert = join(workFolder, 'cert.pem');
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert, '-days', '30', '-subj', '/CN=shop.test'],
    { stdio: 'ignore' },
  );
  const plain = http.createServer(listener);
  const secure = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, listener);
  const silent = net.createServer((socket) => socket.on('error', () => socket.destroy()));
  const listening = async (server) => {
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return server.address().port;
  };
  const closedPort = async () => {
    const server = net.createServer();
    const port = await listening(server);
    await new Promise((resolve) => server.close(resolve));
    return port;
  };
  return {
    http: `http://127.0.0.1:${await listening(plain)}`,
    https: `https://127.0.0.1:${await listening(secure)}`,
    /** Accepts connections and never says a word. */
    silent: await listening(silent),
    closed: await closedPort(),
    stop: () => {
      for (const server of [plain, secure, silent]) {
        server.close();
        server.closeAllConnections?.();
      }
    },
  };
}
