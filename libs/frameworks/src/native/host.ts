import { closeSync, existsSync, openSync, readFileSync, readSync, writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { Writable } from 'node:stream';
import type { Failure } from '@testimony/contracts';
import { expectWasExtended, onExpectLoad, Page, secretMasker } from '@testimony/page';
import { seededRandom } from '../conditions/seeded-random';
import { failureOf, type StackView } from '../failure';
import { moduleCompiler } from './compile';
import { watchForLeaks } from './leaks';
import {
  FRAME_FD,
  MOST_LOG_BYTES,
  MOST_LOG_LINES,
  type DoneFrame,
  type HostFrame,
  type HostTest,
  type RunOrder,
  type Setup,
} from './protocol';
import { projectModules, type ProjectTexts } from './resolution';
import { shiftClock } from './shifted-clock';
import { mapStackLines } from './stack-lines';

// The process that runs native modules. Everything that test code could replace is taken by name before any test code is loaded.
const { setTimeout, clearTimeout, setImmediate, queueMicrotask } = globalThis;
const { stringify, parse } = JSON;
const now = performance.now.bind(performance);
const wallClock = Date.now;
const DateOf = Date;
const { apply, get, ownKeys } = Reflect;
const isoOf = get(Date.prototype, 'toISOString') as () => string;
const { isArray } = Array;
const { setPrototypeOf } = Object;
const { round } = Math;
const NativePromise = Promise;
const exit = process.exit.bind(process);
const die = process.kill.bind(process, process.pid, 'SIGKILL');
const heapUsed = (): number => process.memoryUsage().heapUsed;

/** A process older than this is replaced: modules of tests that ran are never freed. */
const MOST_TESTS = 250;
const MOST_HEAP = 200 * 1024 * 1024;
/** How often a test that returned before its answers came is looked at: seldom enough to cost nothing, soon enough not to be felt. */
const FLOATING_LOOK_MS = 5;

/** The first order, read before anything else can read it. */
function readSetup(): { setup: Setup; rest: string } {
  const chunk = Buffer.alloc(65_536);
  let text = '';
  for (;;) {
    const size = readSync(0, chunk, 0, chunk.length, null);
    if (size === 0) exit(0);
    text += chunk.toString('utf8', 0, size);
    const end = text.indexOf('\n');
    if (end >= 0) return { setup: parse(text.slice(0, end)) as Setup, rest: text.slice(end + 1) };
  }
}

/** A copy that inherits nothing: a `toJSON` that a test put on a prototype must not write the frame. */
function bare(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const copy = setPrototypeOf(isArray(value) ? [] : {}, null) as Record<PropertyKey, unknown>;
  for (const key of ownKeys(value)) copy[key] = bare((value as Record<PropertyKey, unknown>)[key]);
  return copy;
}

const { setup, rest } = readSetup();
const { root } = setup;
const send = ((nonce: string, write: typeof writeSync) => (frame: HostFrame) => {
  // The line end before it closes whatever a test may have written into the channel.
  write(FRAME_FD, `\n${nonce} ${stringify(bare(frame))}\n`);
})(setup.nonce, writeSync);

const masker = secretMasker(setup.secrets);
const pageEntry = require.resolve('@testimony/page');
const compiler = moduleCompiler(join(setup.cacheDir, 'modules'), setup.swcVersion);
const program = resolve(__dirname, '..', '..');
const programPage = resolve(pageEntry, '..', '..');
const view: StackView = {
  root,
  ours: (file) =>
    file.startsWith(`${program}/`) ||
    file.startsWith(`${programPage}/`) ||
    /node_modules\/(?:expect|@jest|jest-[a-z-]+|@testimony)\//.test(file),
};

let log = { lines: 0, bytes: 0, open: '' };
function print(text: string): void {
  const lines = (log.open + text).split('\n');
  log.open = lines.pop() ?? '';
  if (log.open.length > MOST_LOG_BYTES) lines.push(log.open.slice(0, MOST_LOG_BYTES));
  if (log.open.length > MOST_LOG_BYTES) log.open = '';
  for (const line of lines) {
    if (log.lines > MOST_LOG_LINES || log.bytes > MOST_LOG_BYTES) return;
    log.lines += 1;
    log.bytes += line.length;
    const over = log.lines > MOST_LOG_LINES || log.bytes > MOST_LOG_BYTES;
    send({ type: 'log', line: over ? '(more output was cut)' : masker.mask(line) });
  }
}

function captureOutput(): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    const stream = Object.assign(
      new Writable({
        decodeStrings: false,
        write(chunk: string | Buffer, _encoding, done) {
          print(typeof chunk === 'string' ? chunk : chunk.toString('utf8'));
          done();
        },
      }),
      { fd, isTTY: false },
    );
    Object.defineProperty(process, name, { value: stream, configurable: true, enumerable: true, writable: false });
  }
}

type Ending = { readonly error?: unknown; readonly threw: boolean };
/** Ends the test that runs, from outside its own promise. */
let interrupt: ((ending: Ending) => void) | undefined;
let lateErrors: unknown[] = [];
const onStray = (error: unknown): void => {
  lateErrors.push(error);
  interrupt?.({ error, threw: true });
};

class UnfinishedTest extends Error {
  override readonly name = 'UnfinishedTest';
  readonly failureClass: string;
  /** Why the last request got no answer, and where. */
  readonly code?: string;
  readonly url?: string;
  constructor(message: string, failureClass: string, unanswered?: { readonly code: string; readonly url: string }) {
    super(message);
    this.failureClass = failureClass;
    if (unanswered) Object.assign(this, unanswered);
    delete this.stack;
  }
}

/** A request that waits no longer than this when the time is up is the next of many, not one that hangs. */
const HANGS_MS = 250;
/** No connection came about. */
const MET_NOBODY = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

type Run = (page: Page) => unknown;

function runOf(module: Record<string, unknown>, file: string): Run {
  const fallback = module['default'] as Record<string, unknown> | Run | undefined;
  const found = module['run'] ?? (typeof fallback === 'function' ? fallback : fallback?.['run']);
  if (typeof found === 'function') return found as Run;
  throw new UnfinishedTest(`${file} exports no function run(page): add \`export async function run(page) { ... }\``, 'other');
}

/** Replaces `Math.random`, and nothing else: what is called cryptographic stays unpredictable. */
function seedRandom(seed: number): () => void {
  let draw = seededRandom(seed);
  Math.random = () => draw();
  return () => void (draw = seededRandom(seed));
}

// Before anything remembers what a test may not change.
const clock = setup.clock === undefined ? undefined : shiftClock(setup.clock);
const reseed = setup.randomSeed === undefined ? undefined : seedRandom(setup.randomSeed);

/** What kept a test that ran out of time from an answer: its last request met nobody. */
function lastRefusal(page: Page): { readonly code: string; readonly url: string } | undefined {
  const last = page.longestWaitMs < HANGS_MS ? page.requests.at(-1) : undefined;
  return last?.status === null && last.error !== undefined && MET_NOBODY.has(last.error) ? { code: last.error, url: last.url } : undefined;
}

function stillWaiting(page: Page): string {
  return page.requestsUnderWay > 0
    ? ` while ${page.requestsUnderWay === 1 ? 'a request had' : `${page.requestsUnderWay} requests had`} no answer yet`
    : '';
}

const holders = new Map(Object.entries(setup.overlay ?? {}));
const texts: ProjectTexts = {
  has: (path) => holders.has(path),
  textOf(path) {
    const holder = holders.get(path);
    return holder === undefined ? undefined : readFileSync(holder, 'utf8');
  },
};
const modules = projectModules(root, pageEntry, compiler, texts);
mapStackLines(compiler);

// An unreferenced socket lets the event loop run empty under a test that waits for nothing: see beforeExit.
const orders = new Socket({ fd: 0, readable: true, writable: false });

const nextTurn = (): Promise<void> => new NativePromise((done) => setImmediate(done));

/** Calls `then` when the page waits for no answer any more. */
function afterRequests(page: Page, then: () => void): void {
  if (page.requestsUnderWay === 0) then();
  else setTimeout(() => afterRequests(page, then), FLOATING_LOOK_MS);
}

async function settle(test: HostTest, page: Page): Promise<Ending> {
  const work = (async () => {
    const run = runOf(await modules.importFresh(join(root, test.file)), test.file);
    await run(page);
  })();
  let returned = false;
  return new Promise<Ending>((done) => {
    const timer = setTimeout(() => {
      const refused = lastRefusal(page);
      const said = returned
        ? `the test returned, but a request that it did not await had no answer within ${test.timeoutMs} ms`
        : `the test did not end within ${test.timeoutMs} ms${refused ? `; its last request got no answer: ${refused.code}` : stillWaiting(page)}`;
      done({ error: new UnfinishedTest(said, refused ? 'network' : 'timeout', refused), threw: true });
    }, test.timeoutMs);
    timer.unref();
    const end = (ending: Ending): void => {
      clearTimeout(timer);
      done(ending);
    };
    interrupt = end;
    work.then(
      // What hangs on an answer that nobody awaited, an assertion perhaps, belongs to the test too.
      () => {
        returned = true;
        afterRequests(page, () => end({ threw: false }));
      },
      (error: unknown) => end({ error, threw: true }),
    );
  });
}

let ran = 0;
const leaks = { watch: undefined as ReturnType<typeof watchForLeaks> | undefined };

function leftBehind(page: Page): string | undefined {
  if (page.requestsUnderWay > 0) return 'it left a request without waiting for its answer';
  if (lateErrors.length > 0) return 'it left a promise that was rejected later';
  if (expectWasExtended()) return 'it extended expect';
  if (modules.stale) return 'it required a module that cannot be loaded afresh';
  const difference = leaks.watch?.difference();
  if (difference !== undefined) return difference;
  if (ran >= MOST_TESTS) return `the process has run ${ran} tests`;
  return ran % 16 === 0 && heapUsed() > MOST_HEAP ? 'the process has grown too large' : undefined;
}

/** What was thrown may be anything, a proxy that throws whatever it is asked included. */
function evidenceOf(thrown: unknown): Pick<DoneFrame, 'unanswered'> & { readonly failure: Failure } {
  try {
    const url = typeof thrown === 'object' && thrown !== null ? (thrown as { url?: unknown }).url : undefined;
    return { failure: failureOf(thrown, view, masker.mask), ...(typeof url === 'string' && { unanswered: url }) };
  } catch {
    return { failure: { class: 'other', message: 'the test threw an object that throws when it is looked at, instead of an Error' } };
  }
}

async function runTest(test: HostTest): Promise<boolean> {
  ran += 1;
  log = { lines: 0, bytes: 0, open: '' };
  lateErrors = [];
  const page = new Page({ service: test.service, services: setup.services, masker });
  const startedAt = apply(isoOf, new DateOf(wallClock()), []);
  const started = now();
  orders.unref();
  clock?.begin();
  reseed?.();
  let ending = await settle(test, page);
  const durationMs = round((now() - started) * 100) / 100;
  orders.ref();
  // One turn of the loop, so that a rejection nobody awaited is counted against the test that made it.
  await nextTurn();
  interrupt = undefined;
  if (!ending.threw && lateErrors.length > 0) ending = { error: lateErrors[0], threw: true };
  let left = ending.threw ? 'it failed' : leftBehind(page);
  if (left === undefined && leaks.watch?.openHandles() !== undefined) {
    // Handles that the test has closed need another turn to be gone.
    await nextTurn();
    left = leaks.watch.openHandles();
  }
  if (log.open !== '') print('\n');
  const thrown = ending.threw ? evidenceOf(ending.error) : undefined;
  const frame: DoneFrame = {
    type: 'done',
    index: test.index,
    outcome: ending.threw ? 'failed' : 'passed',
    startedAt,
    durationMs,
    requests: page.requests,
    ...(thrown && { ...thrown, failure: { file: test.file, ...thrown.failure } }),
    ...(left !== undefined && { leftBehind: left }),
  };
  send(frame);
  return left === undefined;
}

const queue: HostTest[] = [];
let busy = false;
async function work(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let test = queue.shift(); test; test = queue.shift()) {
    if (!(await runTest(test))) return;
  }
  busy = false;
  keepCompileCache();
}

/** Written once a cache folder, by the first host that has loaded what tests load: later ones would add copies of test modules only. */
function keepCompileCache(): void {
  const marker = join(setup.cacheDir, 'v8', 'complete');
  if (existsSync(marker)) return;
  try {
    flushCompileCache();
    closeSync(openSync(marker, 'a'));
  } catch {
    // Without a cache the next process starts more slowly; nothing else depends on it.
  }
}

function receive(text: string): void {
  let open = '';
  const take = (chunk: string): void => {
    const lines = (open + chunk).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) if (line !== '') queue.push(...(parse(line) as RunOrder).run);
    if (queue.length > 0) queueMicrotask(() => void work());
  };
  take(text);
  orders.setEncoding('utf8');
  orders.on('data', take);
  // The parent is gone, or wants no more: nothing that a test left may keep this process.
  orders.on('close', die);
}

captureOutput();
process.on('uncaughtException', onStray);
process.on('unhandledRejection', onStray);
process.on('beforeExit', () => {
  interrupt?.({
    error: new UnfinishedTest('the test never ends: it waits for a promise that nothing can settle any more', 'other'),
    threw: true,
  });
});
// The ways by which test code could speak in this process's name.
Reflect.deleteProperty(process, 'send');
Reflect.deleteProperty(process, 'binding');
Object.freeze(Page.prototype);
Object.freeze(Page);
const leakWatch = watchForLeaks();
leaks.watch = leakWatch;
onExpectLoad((load) => leakWatch.absorb(load));
receive(rest);
send({ type: 'ready' });
