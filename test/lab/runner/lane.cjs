// Runs generated modules without the product's runner, so that what is said to be true of a lab does not rest on what the lab measures.
// Parent -> lane, over IPC: {run: {file, service, services, timeoutMs, clock, randomSeed}}. Lane -> parent: {passed, message, durationMs}.
'use strict';
const { createHash } = require('node:crypto');
const { existsSync, readFileSync } = require('node:fs');
const Module = require('node:module');
const path = require('node:path');
const swc = require('@swc/core');
const { Page } = require('@testimony/page');

const root = process.argv[2];
const texts = new Map();

function compile(module, filename) {
  const text = readFileSync(filename, 'utf8');
  const key = createHash('sha1').update(text).digest('hex');
  if (!texts.has(key))
    texts.set(
      key,
      swc.transformSync(text, {
        filename,
        swcrc: false,
        module: { type: 'commonjs', ignoreDynamic: true },
        jsc: { target: 'es2024', parser: { syntax: filename.endsWith('.ts') ? 'typescript' : 'ecmascript' } },
      }).code,
    );
  module._compile(texts.get(key), filename);
}

const pageFile = require.resolve('@testimony/page');
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  if (request === '@testimony/page') return pageFile;
  if (request.startsWith('.') && parent?.filename?.startsWith(root)) {
    const base = path.resolve(path.dirname(parent.filename), request);
    for (const end of ['', '.ts', '.js', '.mjs']) if (path.extname(base + end) && existsSync(base + end)) return base + end;
  }
  return resolve.call(this, request, parent, ...rest);
};

function fresh(filename) {
  for (const key of Object.keys(require.cache)) if (key.startsWith(root)) delete require.cache[key];
  const module = new Module(filename, undefined);
  module.filename = filename;
  module.paths = [];
  compile(module, filename);
  return module.exports;
}
for (const end of ['.ts', '.mjs', '.js']) {
  const before = require.extensions[end];
  require.extensions[end] = (module, filename) => (filename.startsWith(root) ? compile(module, filename) : before(module, filename));
}

const RealDate = Date;
const realRandom = Math.random;

/** The clock stands at `clock` now and runs on from there. */
function setClock(clock) {
  if (!clock) return void (globalThis.Date = RealDate);
  const offset = RealDate.parse(clock) - RealDate.now();
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length > 0 ? given : [RealDate.now() + offset]));
    }
    static now() {
      return RealDate.now() + offset;
    }
  };
}

function setRandom(seed) {
  if (seed === undefined) return void (Math.random = realRandom);
  let state = seed >>> 0;
  Math.random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

// A rejection that nobody awaited is the running test's failure, as it is everywhere.
let rejected;
process.on('unhandledRejection', (reason) => rejected?.(reason));

async function run({ file, service, services, timeoutMs, clock, randomSeed }) {
  const began = performance.now();
  let timer;
  try {
    setClock(clock);
    setRandom(randomSeed);
    const loaded = fresh(path.join(root, file));
    const test = loaded.run ?? (typeof loaded.default === 'function' ? loaded.default : loaded.default?.run);
    const limit = loaded.meta?.timeoutMs ?? timeoutMs;
    await Promise.race([
      test(new Page({ service, services })),
      new Promise((_, failed) => {
        rejected = failed;
        timer = setTimeout(() => failed(new Error(`not over after ${limit} ms`)), limit);
      }),
    ]);
    return { passed: true, message: '', durationMs: performance.now() - began };
  } catch (error) {
    return { passed: false, message: String(error?.message ?? error), durationMs: performance.now() - began };
  } finally {
    clearTimeout(timer);
    rejected = undefined;
    setClock(undefined);
    setRandom(undefined);
  }
}

process.on('message', async ({ run: order }) => process.send(await run(order)));
process.on('disconnect', () => process.exit(0));
process.send({ ready: true });
