// Serves one revision of a generated service from its source, and does to it what networks and machines do.
// Parent -> host, over IPC: {start}, {outage}, {latency}, {stop}. Host -> parent: {ready: port}, {told: ...}.
'use strict';
const http = require('node:http');
const Module = require('node:module');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

let server;
let requests = 0;
let latencyMs = 0;
let outage; // { afterRequests } while it is to come, { until, kind } while it lasts
const sockets = new Set();

function draw(spread) {
  if (!spread) return 0;
  switch (spread.kind) {
    case 'fixed':
      return spread.ms;
    case 'either':
      return Math.random() < spread.p ? spread.slow : spread.quick;
    case 'even':
      return spread.from + Math.random() * (spread.to - spread.from);
    case 'lognormal': {
      // Box-Muller; 1 - random() is never 0.
      const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
      return spread.median * Math.exp(spread.sigma * normal);
    }
    default:
      throw new Error(`unknown spread ${spread.kind}`);
  }
}

const chance = (p) => p !== undefined && Math.random() < p;

/** What the service knows of its regions; the table never enters the project. */
function edgeFor(regions) {
  const windows = new Map();
  return {
    of(region) {
      const behaviour = regions[region] ?? {};
      return {
        lagMs: () => draw(behaviour.lag),
        shuffled: () => chance(behaviour.shuffled),
        drifts: () => chance(behaviour.drift),
        tokenMs: () => behaviour.tokenMs ?? 3_600_000,
        /** Milliseconds to wait, 0 when the request may pass. */
        overLimit() {
          if (!behaviour.limit) return 0;
          const now = Date.now();
          let window = windows.get(region);
          if (!window || now >= window.end) windows.set(region, (window = { end: now + behaviour.limit.windowMs, used: 0 }));
          window.used += 1;
          return window.used > behaviour.limit.requests ? window.end - now : 0;
        },
      };
    },
    /** Resolves to true when the request may go on, false when it was answered or cut here. */
    async enter(region, request, response) {
      const behaviour = regions[region] ?? {};
      const ms = draw(request.method === 'GET' ? behaviour.read : behaviour.write);
      if (ms > 0) await pause(ms);
      if (chance(behaviour.reset)) {
        request.socket.resetAndDestroy();
        return false;
      }
      if (chance(behaviour.unavailable)) {
        response.writeHead(503, { 'content-type': 'text/html' }).end('<html>temporarily unavailable</html>');
        return false;
      }
      return true;
    },
  };
}

function listen(port) {
  return new Promise((done, failed) => server.once('error', failed).listen(port, '127.0.0.1', () => done(server.address().port)));
}

async function beginOutage({ kind, durationMs }) {
  const { port } = server.address();
  process.send({ told: 'outage-began', requests });
  if (kind === '503') outage = { lasting: true };
  else {
    outage = undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
  }
  await pause(durationMs);
  outage = undefined;
  if (kind !== '503') await listen(port);
  process.send({ told: 'outage-ended', requests });
}

async function start({ entry, nodeModules, databaseUrl, schema, regions, seeds, port }) {
  process.env.NODE_PATH = nodeModules;
  Module._initPaths();
  const { connect, createApp, createTables } = require(path.resolve(entry));
  const pool = connect({ url: databaseUrl, schema });
  await pool.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await createTables(pool, seeds);
  const app = createApp({ pool, edge: edgeFor(regions) });
  server = http.createServer(async (request, response) => {
    requests += 1;
    if (outage?.lasting) return void response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":"unavailable"}');
    if (outage && requests >= outage.afterRequests) {
      const due = outage;
      outage = undefined;
      void beginOutage(due);
      if (due.kind !== '503') return void request.socket.destroy();
      return void response.writeHead(503, { 'content-type': 'application/json' }).end('{"error":"unavailable"}');
    }
    if (latencyMs > 0) await pause(Math.random() * 2 * latencyMs);
    app(request, response);
  });
  server.keepAliveTimeout = 30_000;
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  process.send({ ready: await listen(port ?? 0) });
}

/** A partner of the tests that belongs to nobody here: `GET /latest/<region>` gives an exchange rate. */
async function startPartner({ regions, port }) {
  const edge = edgeFor(regions);
  server = http.createServer(async (request, response) => {
    const region = request.url.split('/').pop();
    if (!(await edge.enter(region, request, response))) return;
    const rate = edge.of(region).drifts() ? 1.27 : 1.25;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ base: 'EUR', rate }));
  });
  process.send({ ready: await listen(port ?? 0) });
}

process.on('message', async (message) => {
  if (message.start) await start(message.start);
  else if (message.partner) await startPartner(message.partner);
  else if (message.outage) {
    if (message.outage.afterRequests === undefined) await beginOutage(message.outage);
    else outage = { ...message.outage, afterRequests: requests + message.outage.afterRequests };
  } else if ('latency' in message) {
    latencyMs = message.latency;
    process.send({ told: 'latency' });
  } else if (message.stop) process.exit(0);
});
process.on('disconnect', () => process.exit(0));
