import { execFileSync, spawn } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Session, SessionOptions, TestOutcome, TestToRun } from '../framework';
import { gone, outcomesOf, serviceUnderTest, sessionOptions, temporaryProject, type ServiceUnderTest } from '../testing/framework-contract';
import { nativeFramework } from './native';

let project: Awaited<ReturnType<typeof temporaryProject>>;
let service: ServiceUnderTest;
let session: Session;

// A failed test costs a new process, and the first start of Python may be slow.
jest.setTimeout(60_000);

async function write(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, source] of Object.entries(files)) {
    const path = join(project.root, name.includes('/') ? name : join('services/shop/modules', name));
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, source);
  }
}

const toRun = (file: string, more: Partial<TestToRun> = {}): TestToRun => ({
  key: file,
  service: 'shop',
  file: `services/shop/modules/${file}`,
  titlePath: [],
  timeoutMs: 20_000,
  conditions: { isolated: false },
  ...more,
});

async function open(more: Partial<SessionOptions> = {}): Promise<void> {
  await session?.close();
  session = nativeFramework.open(
    sessionOptions(project.root, { shop: service.baseUrl, payments: undefined, gone: 'http://127.0.0.1:1' }, more),
  );
}

async function run(...files: string[]): Promise<TestOutcome[]> {
  return outcomesOf(
    session,
    files.map((file) => toRun(file)),
  );
}

const summary = (outcomes: readonly TestOutcome[]): unknown => outcomes.map(({ key, outcome, failure }) => [key, outcome, failure?.class]);

beforeEach(async () => {
  project = await temporaryProject();
  service = await serviceUnderTest();
  await open();
});
afterEach(async () => {
  await session.close();
  await service.close();
  await project.remove();
});

describe('loading modules of a project that has nothing installed', () => {
  it('runs all of TypeScript, with JSON, path aliases and modules of both kinds', async () => {
    await write({
      './package.json': '{}',
      './tsconfig.json': '{ // ours\n "compilerOptions": { "paths": { "@lib/*": ["services/shop/lib/*"] }, }, }',
      'services/shop/lib/data.json': '{ "price": 7 }',
      'services/shop/lib/old.cjs': 'module.exports = { fromOld: 1, shared: { touched: 0 } };',
      'services/shop/lib/index.ts': `export { Color } from './kinds';`,
      'services/shop/lib/typed.ts': `import old = require('./old.cjs');\nexport = { double: (n: number) => n * 2 + old.fromOld };`,
      'services/shop/lib/kinds.ts': `
        import data from './data.json';
        export enum Color { Red = 'red' }
        export namespace Money { export const cents = (n: number): number => n * 100; }
        export interface Shape { readonly sides: number }
        const times = (factor: number) => (_t: object, _k: string, d: PropertyDescriptor) => {
          const original = d.value as (this: unknown) => number;
          return { ...d, value(this: unknown) { return original.call(this) * factor; } };
        };
        export abstract class Base { declare readonly never: string; abstract area(): number }
        export class Square extends Base {
          constructor(private readonly side: number, public readonly label = 'square') { super(); }
          @times(2) area(): number { return this.side ** 2; }
        }
        export const price: number = data.price;
        let calls = 0;
        export const called = (): number => ++calls;
      `,
      'node_modules/left/package.json': '{ "name": "left", "main": "index.js" }',
      'node_modules/left/index.js': 'exports.pad = (t) => " " + t;',
      'node_modules/right/package.json': '{ "name": "right", "type": "module", "exports": "./index.js" }',
      'node_modules/right/index.js': 'export const pad = (t) => t + " ";',
      '01_zoo.ts': `
        import { expect, type Page } from '@testimony/page';
        import { pad as left } from 'left';
        import { pad as right } from 'right';
        import { price } from '@lib/kinds';
        import typed from '../lib/typed';
        import { Color } from '../lib';
        import { Money, Square, called, Shape } from '../lib/kinds.js';
        const later = await Promise.resolve(4 as const);
        export const meta = { description: 'everything' } satisfies object;
        export default async function (page: Page): Promise<void> {
          const shape: Shape = { sides: later };
          const square = new Square(3);
          expect([Color.Red, Money.cents(2), square.area(), square.label, price, shape.sides]).toEqual(['red', 200, 18, 'square', 7, 4]);
          expect(left(right('x'))).toBe(' x ');
          expect(typed.double(2)).toBe(5);
          expect(require('../lib/old.cjs').fromOld).toBe(1);
          expect(__filename.endsWith('01_zoo.ts')).toBe(true);
          expect(called()).toBe(1);
          page.assertJson(await page.get('/x'), { ok: expect.any(Boolean), missing: undefined });
        }
      `,
      '02_plain.js': `const { expect } = require('@testimony/page');\nconst old = require('../lib/old.cjs');\nexports.run = (page) => { expect(++old.shared.touched).toBe(1); };`,
      '03_again.js': `const { expect } = require('@testimony/page');\nconst old = require('../lib/old.cjs');\nmodule.exports = { run() { expect(++old.shared.touched).toBe(1); } };`,
      '04_module.mjs': `import { called } from '../lib/kinds';\nimport { expect } from '@testimony/page';\nexport const run = () => { expect(called()).toBe(1); };`,
    });
    const outcomes = await run('01_zoo.ts', '02_plain.js', '03_again.js', '04_module.mjs');
    expect(outcomes.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
  });

  it('names the author’s line, also from the cache', async () => {
    await write({
      'services/shop/lib/check.ts': `interface Long {\n  readonly a: string;\n}\nenum E { A }\nexport function check(value: Long): void {\n  if (value.a !== String(E.A)) throw new TypeError('not A');\n}\n`,
      '01_deep.ts': `import { check } from '../lib/check';\ninterface Unused {\n  b: 1;\n}\n\nexport function run(): void {\n  check({ a: 'b' });\n}\n`,
      '02_syntax.ts': `export const x = 1;\nexport function run( {\n`,
    });
    for (const round of ['cold', 'warm']) {
      const [deep, syntax] = await run('01_deep.ts', '02_syntax.ts');
      expect({ round, ...deep?.failure }).toMatchObject({
        round,
        class: 'other',
        message: 'TypeError: not A',
        file: 'services/shop/lib/check.ts',
        line: 6,
      });
      expect(deep?.failure?.stack).toBe(
        'TypeError: not A\n    at check (services/shop/lib/check.ts:6:38)\n    at run (services/shop/modules/01_deep.ts:7:3)',
      );
      expect(syntax).toMatchObject({ outcome: 'failed', failure: { class: 'other', file: 'services/shop/modules/02_syntax.ts', line: 2 } });
    }
    expect((await readdir(join(project.root, '.e2e/cache/modules'))).filter((name) => name.endsWith('.js'))).toHaveLength(2);
  });
});

describe('what ends up in an outcome', () => {
  it('tells the classes of failures apart', async () => {
    await write({
      '01_auth.ts': `export async function run(page) { page.assertOk(await page.get('/status/401')); }`,
      '02_rights.ts': `export async function run(page) { page.assertOk(await page.get('/status/403')); }`,
      '03_missing.ts': `export async function run(page) { page.assertStatus(await page.get('/status/404'), 200); }`,
      '04_invalid.ts': `export async function run(page) { page.assertOk(await page.post('/status/422')); }`,
      '05_server.ts': `export async function run(page) { page.assertOk(await page.get('/status/503')); }`,
      '06_refused.ts': `export async function run(page) { await page.service('gone').get('/x'); }`,
      '07_fetch.ts': `export async function run() { await fetch('http://127.0.0.1:2/'); }`,
      '08_unset.ts': `export async function run(page) { await page.service('payments').get('/x'); }`,
      '09_text.ts': `export async function run() { throw 'a text'; }`,
      '10_matcher.ts': `import { expect } from '@testimony/page';\nexport function run() { expect({ a: 1 }).toEqual({ a: 2 }); }`,
      '11_slow.ts': `export async function run(page) { await page.get('/hold/never', { timeoutMs: 50 }); }`,
    });
    const outcomes = await run(...(await readdir(join(project.root, 'services/shop/modules'))).sort());
    expect(outcomes.map(({ failure }) => failure?.class)).toEqual([
      'authentication',
      'authorization',
      'not_found',
      'validation',
      'server',
      'network',
      'network',
      'other',
      'other',
      'assertion',
      'timeout',
    ]);
    const [, , missing, , , refused, , unset, text, matcher] = outcomes;
    expect(missing?.failure).toMatchObject({ expected: '200', actual: '404', line: 1 });
    expect(missing?.requests).toMatchObject([{ method: 'GET', status: 404, responseBody: '{"ok":true,"path":"/status/404"}' }]);
    expect(refused?.failure).toMatchObject({
      code: 'ECONNREFUSED',
      probe: { url: 'http://127.0.0.1:1', reachable: false, error: 'ECONNREFUSED' },
    });
    expect(refused?.requests).toMatchObject([{ status: null, error: 'ECONNREFUSED' }]);
    expect(unset?.failure?.message).toBe(
      "Service 'payments' has no base URL: set services.payments.base_url in e2e.conf, or give a whole URL",
    );
    expect(text?.failure?.message).toBe("the test threw the text 'a text' instead of an Error");
    expect(matcher?.failure).toMatchObject({ expected: '{"a":2}', actual: '{"a":1}', message: expect.stringContaining('toEqual') });
  });

  it('masks what the page learns to be secret, also where the test prints it', async () => {
    await open();
    await write({
      '01_token.ts': `import type { Page } from '@testimony/page';\nexport async function run(page: Page) {\n  page.auth.bearer('learned-token-4711');\n  console.log('saw learned-token-4711');\n  throw new Error('bad learned-token-4711');\n}\n`,
    });
    const outcomes = await run('01_token.ts');
    expect(outcomes).toMatchObject([{ outcome: 'failed', logs: [expect.stringContaining('saw')] }]);
    expect(JSON.stringify(outcomes)).not.toContain('learned-token-4711');
  });

  it('masks secrets wherever they appear', async () => {
    await open({ secrets: ['s3cr3t-value'] });
    await write({
      '01_leaky.ts': `export async function run(page) {
        console.log('key s3cr3t-value', { authorization: 'Bearer abcdefghijkl' });
        process.stderr.write('postgres://user:hunter22@db/x\\n');
        page.auth.bearer('token-of-the-login');
        await page.post('/x?q=s3cr3t-value', { json: { password: 'hunter22', note: 'token-of-the-login' } });
        throw new Error('no s3cr3t-value please');
      }`,
      '02_leaky.py': `def run(page):\n    print("key s3cr3t-value", {"authorization": "Bearer abcdefghijkl"})\n    page.auth.bearer("token-of-the-login")\n    page.post("/x?q=s3cr3t-value", json={"password": "hunter22", "note": "token-of-the-login"})\n    raise RuntimeError("no s3cr3t-value please")\n`,
      '03_raw.ts': `import { writeSync } from 'node:fs';\nexport function run() { writeSync(1, 'raw s3cr3t-value\\n'); throw new Error('stop'); }`,
    });
    const outcomes = await run('01_leaky.ts', '02_leaky.py', '03_raw.ts');
    const text = JSON.stringify(outcomes);
    for (const secret of ['s3cr3t-value', 'abcdefghijkl', 'hunter22', 'token-of-the-login']) expect(text).not.toContain(secret);
    expect(outcomes.map(({ failure }) => failure?.message)).toEqual(
      ['Error: no *** please', 'RuntimeError: no *** please', 'stop'].map((said, i) => (i === 0 ? 'no *** please' : said)),
    );
  });

  it('keeps what was printed, within bounds', async () => {
    await write({
      '01_loud.ts': `export function run() { for (let i = 0; i < 5000; i += 1) console.log('line', i); }`,
      '02_child.ts': `import { execSync } from 'node:child_process';\nexport function run() { console.info('own'); execSync('echo from-child', { stdio: 'inherit' }); throw new Error('x'); }`,
    });
    const [loud, child] = await run('01_loud.ts', '02_child.ts');
    expect(loud?.logs.slice(0, 2)).toEqual(['line 0', 'line 1']);
    expect(loud?.logs.at(-1)).toBe('(more output was cut)');
    expect(loud?.logs).toHaveLength(201);
    expect(child?.logs).toContain('own');
  });

  it('says when a test cannot end, runs out of memory, or left a rejection unawaited', async () => {
    await write({
      '01_never.ts': `export async function run() { await new Promise(() => {}); }`,
      '02_memory.ts': `export function run() { const all = []; for (;;) all.push(new Array(100000).fill(1.5)); }`,
      '03_unawaited.ts': `export async function run(page) { const check = async () => { throw new Error('nobody waits'); }; check(); }`,
      '04_thrown.ts': `export async function run(page) { setTimeout(() => { throw new Error('from a timer'); }, 1); await page.get('/hold/never'); }`,
      '05_norun.ts': `export const nothing = 1;`,
    });
    const outcomes = await run('01_never.ts', '02_memory.ts', '03_unawaited.ts', '04_thrown.ts', '05_norun.ts');
    expect(outcomes.map(({ outcome, failure }) => [outcome, failure?.message])).toEqual([
      ['failed', expect.stringContaining('waits for a promise that nothing can settle')],
      ['failed', expect.stringContaining('ran out of memory')],
      ['failed', 'nobody waits'],
      ['failed', 'from a timer'],
      ['failed', expect.stringContaining('exports no function run(page)')],
    ]);
  });
});

describe('isolation', () => {
  const leaks: Readonly<Record<string, string>> = {
    'a global name': 'globalThis.leaked = true;',
    'a patched fetch': 'globalThis.fetch = async () => new Response("{}");',
    'a patched built-in': 'Array.prototype.at = () => 42;',
    'an added method': 'Object.prototype.surprise = 1;',
    'a fixed random': 'Math.random = () => 0.5;',
    'a fixed clock': 'Date.now = () => 0;',
    'the environment': 'process.env.LEAKED = "1";',
    'the working directory': 'process.chdir("/");',
    'a listener': 'process.on("SIGUSR2", () => {});',
    'a timer': 'setInterval(() => {}, 1000);',
    'a server': 'require("node:http").createServer().listen(0);',
    'an extended expect': 'page.expect.extend({ toLeak: () => ({ pass: true, message: () => "" }) });',
    'a patched module of node': 'require("node:http").request = () => {};',
  };
  it('replaces the process after a test that left something behind, and only then', async () => {
    const pid = (name: string): string => `await page.get(\`/pid/\${process.pid}/${name}\`);`;
    const names = Object.keys(leaks);
    const files = Object.fromEntries(
      names.flatMap((name, i) => {
        const number = String(i + 10);
        return [
          [`${number}_a.js`, `exports.run = async (page) => { ${pid(`${name}-before`)} ${leaks[name] ?? ''} };`],
          [`${number}_b.js`, `exports.run = async (page) => { ${pid(`${name}-after`)} };`],
        ];
      }),
    );
    // Gives its handles back before it ends, and prints: nothing to replace a process for.
    files['99_tidy.js'] =
      `exports.run = async (page) => { ${pid('tidy')} console.log('x'); const t = setTimeout(() => {}, 1000); clearTimeout(t); await fetch('${service.baseUrl}/x').then((r) => r.text()); };`;
    files['99_tidy_after.js'] = `exports.run = async (page) => { ${pid('tidy-after')} };`;
    await write(files);
    const outcomes = await run(...Object.keys(files).sort());
    expect(outcomes.filter(({ outcome }) => outcome !== 'passed')).toEqual([]);
    // Its author hears of it.
    const told = outcomes.filter(({ logs }) => logs.some((line) => /^\(it .*; its process was replaced\)$/.test(line)));
    expect(told.map(({ key }) => key).filter((key) => key.endsWith('_a.js'))).toHaveLength(names.length);
    expect(told).toHaveLength(names.length);
    const pids = new Map([...service.pids].map(([name, id]) => [decodeURIComponent(name), id]));
    const kept = names.filter((name) => pids.get(`${name}-before`) === pids.get(`${name}-after`));
    expect(kept).toEqual([]);
    expect(pids.get('tidy')).toBeDefined();
    expect(pids.get('tidy')).toBe(pids.get('tidy-after'));
  });

  it('judges tests that throw what bites, or break what the judging stands on', async () => {
    await write({
      '01_proxy.mjs': `export function run() { throw new Proxy({}, { get() { throw new Error('get'); }, has() { throw new Error('has'); } }); }`,
      '02_getter.mjs': `export function run() { throw Object.defineProperty(new Error('x'), 'url', { get() { throw new Error('url'); } }); }`,
      '03_to_json.mjs': `export function run() {
        Object.defineProperty(Object.prototype, 'toJSON', { configurable: true, value() { return { ...this, outcome: 'passed', failure: undefined, leftBehind: undefined }; } });
        throw new Error('red');
      }`,
      '04_round.mjs': `export function run() { Math.round = () => NaN; Date.prototype.toISOString = () => 'yesterday'; throw new Error('red'); }`,
      '05_channel.mjs': `import { writeSync } from 'node:fs'; export function run() { writeSync(3, 'half a line'); throw new Error('red'); }`,
      '06_thenable.mjs': `export function run() { return { then(_ok, bad) { bad(new Error('red')); } }; }`,
    });
    const files = ['01_proxy.mjs', '02_getter.mjs', '03_to_json.mjs', '04_round.mjs', '05_channel.mjs', '06_thenable.mjs'];
    const outcomes = await run(...files);
    expect(outcomes.map(({ key, outcome }) => [key, outcome])).toEqual(files.map((file) => [file, 'failed']));
    expect(outcomes.map(({ failure }) => failure?.message)).toEqual([
      'the test threw an object that throws when it is looked at, instead of an Error',
      'the test threw an object that throws when it is looked at, instead of an Error',
      'red',
      'red',
      'red',
      'red',
    ]);
    for (const { durationMs, startedAt } of outcomes)
      expect([Number.isFinite(durationMs), Date.parse(startedAt) > 0]).toEqual([true, true]);
  });

  it('waits for answers that a test did not await, and counts what was asserted on them', async () => {
    await write({
      '01_floating.ts': `import { expect, type Page } from '@testimony/page';
export function run(page: Page): void { void page.get('/status/200').then((answer) => { expect(answer.status).toBe(500); }); }`,
      '02_unasserted.ts': `import type { Page } from '@testimony/page';
export function run(page: Page): void { void page.get('/hold/late'); }`,
      '03_never.ts': `import type { Page } from '@testimony/page';
export function run(page: Page): void { page.get('/hold/never').catch(() => undefined); }`,
    });
    const tests = [toRun('01_floating.ts'), toRun('02_unasserted.ts'), toRun('03_never.ts', { timeoutMs: 300 })];
    const running = outcomesOf(session, tests);
    await service.held('late');
    service.release('late');
    const [floating, unasserted, never] = await running;
    expect(floating).toMatchObject({ outcome: 'failed', failure: { class: 'assertion' } });
    expect(unasserted).toMatchObject({ outcome: 'passed', requests: [{ status: 200 }] });
    expect(never?.failure).toMatchObject({
      class: 'timeout',
      message: 'the test returned, but a request that it did not await had no answer within 300 ms',
    });
  });

  it('lets no test speak for another one', async () => {
    await write({
      '01_forger.js': `
        const fs = require('node:fs');
        exports.run = async () => {
          const frame = (index) => JSON.stringify({ type: 'done', index, outcome: 'passed', startedAt: new Date().toISOString(), durationMs: 1, requests: [] });
          const stolen = [];
          const { stringify } = JSON;
          JSON.stringify = (value, ...rest) => { stolen.push(String(value)); return stringify(value, ...rest); };
          const original = fs.writeSync;
          fs.writeSync = (fd, text, ...rest) => { stolen.push(String(text)); return original(fd, text, ...rest); };
          console.log('anything');
          const seen = stolen.join(' ').split(/\\s+/).filter((word) => word.length > 20);
          for (let index = 1; index < 10; index += 1) for (const nonce of ['', 'nonce', ...seen, process.env.NONCE, ...process.argv]) {
            original(3, nonce + ' ' + frame(index) + '\\n');
          }
          if (process.send || process.binding) throw new Error('a way to the parent is open');
          fs.writeSync = original; JSON.stringify = stringify;
        };`,
      '02_fails.js': `exports.run = () => { throw new Error('true failure'); };`,
      '03_fails.js': `exports.run = () => { throw new Error('true failure'); };`,
    });
    const outcomes = await run('01_forger.js', '02_fails.js', '03_fails.js');
    expect(summary(outcomes)).toEqual([
      ['01_forger.js', 'passed', undefined],
      ['02_fails.js', 'failed', 'other'],
      ['03_fails.js', 'failed', 'other'],
    ]);
  });

  it('gives tests their environment and nothing of ours', async () => {
    process.env['TESTIMONY_SPEC_CREDENTIAL'] = 'of the service';
    try {
      await open({ environment: { PATH: process.env['PATH'] ?? '', ONLY: 'this' } });
      await write({
        '01_env.ts': `import { expect } from '@testimony/page';\nexport function run() { expect(Object.keys(process.env).sort()).toEqual(['ONLY', 'PATH']); }`,
        '02_env.py': `import os\n\n\ndef run(page):\n    page.expect("TESTIMONY_SPEC_CREDENTIAL" in os.environ).to_be(False)\n    page.expect(os.environ.get("ONLY")).to_be("this")\n`,
      });
      expect(summary(await run('01_env.ts', '02_env.py'))).toEqual([
        ['01_env.ts', 'passed', undefined],
        ['02_env.py', 'passed', undefined],
      ]);
    } finally {
      delete process.env['TESTIMONY_SPEC_CREDENTIAL'];
    }
  });

  it('ends what a test started together with its process', async () => {
    await write({
      '01_starts.js': `const { spawn } = require('node:child_process');\nexports.run = async (page) => { const child = spawn('sleep', ['600'], { stdio: 'inherit' }); await page.get(\`/pid/\${child.pid}/sleeper\`); };`,
    });
    expect(summary(await run('01_starts.js'))).toEqual([['01_starts.js', 'passed', undefined]]);
    await gone(service.pids.get('sleeper') ?? 0);
  });

  it('ends a looping test process with its parent', async () => {
    await write({
      '01_loop.js':
        'exports.run = async (page) => { await page.get(`/pid/${process.pid}/loop`); await page.get("/hold/loop").catch(() => {}); for (;;); };',
    });
    const built = join(__dirname, '../../dist/native/session.js');
    const options = JSON.stringify(sessionOptions(project.root, { shop: service.baseUrl }));
    const parent = spawn(
      process.execPath,
      [
        '-e',
        `require(${JSON.stringify(built)}).nativeSession(${options}).run([${JSON.stringify(toRun('01_loop.js'))}], () => {}, new AbortController().signal)`,
      ],
      { stdio: 'ignore' },
    );
    await service.held('loop');
    service.release('loop');
    parent.kill('SIGKILL');
    await gone(service.pids.get('loop') ?? 0);
  });
});

describe('discovery', () => {
  it('reads tests without running them, and says what is wrong with files that look like tests', async () => {
    await write({
      '01_order.ts': `// first\nimport type { Page } from '@testimony/page';\nexport const meta = { description: 'orders a book', tags: ['smoke'], dependsOn: ['00_login'], timeoutMs: 5 * 1000, priority: 'high', skip: 'until #7' } as const;\nexport const run = async (p: Page) => {\n  const id = 1;\n  await p.get('/orders?x=1');\n  await p.post(\`/orders/\${id}/pay\`, {});\n  const other = p.service('pay');\n  await other.delete('/cards/' + id);\n  other.get(String(id));\n};\nthrow new Error('discovery must not run this');\n`,
      '01_order.py': `"""Orders a book."""\nMETA = {"tags": ["smoke"]}\n\n\ndef run(page):\n    page.get(f"/orders/{1}")\n`,
      '02_default.mjs': `#!/usr/bin/env node\nexport default { async run(page) {} };\n`,
      '03_common.js': `async function run(page) { await page.put('/x'); }\nmodule.exports = { run };\n`,
      '04_norun.ts': `export const running = 1;\n`,
      '05_syntax.ts': `const ok = 1;\n\nconst bad = ;\n`,
      '06_syntax.py': `def run(page):\n    return (\n`,
      '07_meta.ts': `export const meta = { tags: compute() };\nexport function run() {}\n`,
      '08_key.ts': `export const meta = { tag: ['x'] };\nexport function run() {}\n`,
      'unnumbered.ts': `\nexport function run(page: unknown) { return page; }\n`,
      '_shared.ts': `export function run() {}\n`,
      'shapes.ts': `export interface Shape { a: 1 }\n`,
      'services/pay/modules/01_pay.js': `exports.run = () => {};\n`,
    });
    const { tests, problems } = await nativeFramework.discover(project.root, ['shop']);
    expect(tests.map(({ id, line, endpoints }) => [id, line, endpoints])).toEqual([
      ['shop/01_order.py', 5, ['GET /orders/{}']],
      ['shop/01_order', 4, ['GET /orders', 'POST /orders/{}/pay', 'DELETE /cards/{}']],
      ['shop/02_default', 2, []],
      ['shop/03_common', 2, ['PUT /x']],
      // Broken ones stay tests: a run without them would be green.
      ['shop/04_norun', undefined, []],
      ['shop/05_syntax', undefined, []],
      ['shop/06_syntax', undefined, []],
      ['shop/07_meta', 2, []],
      ['shop/08_key', 2, []],
    ]);
    expect(tests[1]).toMatchObject({
      name: 'order',
      description: 'orders a book',
      tags: ['smoke', 'priority:high'],
      dependencies: ['00_login'],
      timeoutMs: 5000,
      skip: 'until #7',
      service: 'shop',
    });
    expect(tests[0]).toMatchObject({ description: 'Orders a book.', tags: ['smoke'] });
    expect(problems.map(({ file, line, message }) => [file.split('/').at(-1), line, message.split(' ').slice(1, 5).join(' ')])).toEqual([
      ['04_norun.ts', 1, 'has no function run(page),'],
      ['05_syntax.ts', 3, 'is not valid: Expression'],
      ['06_syntax.py', 2, "is not valid: '('"],
      ['07_meta.ts', 1, 'its meta is not'],
      ['08_key.ts', 1, 'meta has no key'],
      ['unnumbered.ts', 2, 'has a run(page) but'],
    ]);
    expect((await nativeFramework.discover(project.root)).tests.map(({ service: name }) => name)).toContain('pay');
  });

  it('says so when Python modules are there and python3 is not', async () => {
    await write({ '01_py.py': 'def run(page):\n    pass\n', '02_ts.ts': 'export function run() {}\n' });
    const path = process.env['PATH'];
    process.env['PATH'] = project.root;
    try {
      const { tests, problems } = await nativeFramework.discover(project.root);
      expect(tests.map(({ id }) => id)).toEqual(['shop/01_py', 'shop/02_ts']);
      expect(problems).toEqual([
        { file: 'services/shop/modules/01_py.py', message: expect.stringContaining('needs python3, which is not installed') },
      ]);
      await open({ environment: { PATH: project.root } });
      expect(await run('01_py.py')).toMatchObject([{ outcome: 'lost', reason: expect.stringContaining('python3 was not found') }]);
    } finally {
      process.env['PATH'] = path;
    }
  });
});

describe('Python modules', () => {
  it('offer what TypeScript modules offer', async () => {
    await write({
      'services/shop/modules/helping.py': 'calls = 0\n\n\ndef called():\n    global calls\n    calls += 1\n    return calls\n',
      '01_all.py': `import re
from helping import called


async def run(page):
    page.expect(called()).to_be(1)
    response = page.post("/x", json={"a": 1}, query={"b": [1, 2], "c": None}, headers={"x-one": "1"})
    page.assert_ok(response)
    page.assert_status(response, (200, 201))
    page.assert_json(response, {"ok": bool, "path": re.compile("^/x")})
    page.expect(response.json()["path"]).to_equal("/x?b=1&b=2")
    page.assert_header(response, "content-type", re.compile("json"))
    page.assert_schema(response, {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}})
    page.expect(page.wait_for(lambda: page.get("/x").ok, message="an answer")).to_be_truthy()
    page.expect([1, 2]).to_contain(2)
    page.expect("text").not_.to_match("^x")
    page.expect(len(page.requests)).to_be(2)
`,
      '02_fresh.py': 'from helping import called\n\n\ndef run(page):\n    assert called() == 1\n',
      '03_status.py': 'def run(page):\n    page.assert_ok(page.get("/status/404"))\n',
      '04_assert.py': 'def run(page):\n    value = 1\n    assert value == 2\n',
      '05_wait.py': 'def run(page):\n    page.wait_for(lambda: 0, timeout_ms=20, interval_ms=5, message="a one")\n',
      '06_refused.py': 'def run(page):\n    page.service("gone").get("/x")\n',
      '07_unset.py': 'def run(page):\n    page.service("payments").get("/x")\n',
      '08_schema.py': 'def run(page):\n    page.assert_schema({"a": "1"}, {"properties": {"a": {"type": "integer"}}})\n',
      '09_exit.py': 'import sys\n\n\ndef run(page):\n    sys.exit(3)\n',
      '10_syntax.py': 'def run(page):\n    return (\n',
    });
    const outcomes = await run(...(await readdir(join(project.root, 'services/shop/modules'))).filter((name) => /^\d/.test(name)).sort());
    expect(outcomes.map(({ key, outcome, failure }) => [key, outcome, failure?.class, failure?.line])).toEqual([
      ['01_all.py', 'passed', undefined, undefined],
      ['02_fresh.py', 'passed', undefined, undefined],
      ['03_status.py', 'failed', 'not_found', 2],
      ['04_assert.py', 'failed', 'assertion', 3],
      ['05_wait.py', 'failed', 'assertion', 2],
      ['06_refused.py', 'failed', 'network', 2],
      ['07_unset.py', 'failed', 'other', 2],
      ['08_schema.py', 'failed', 'assertion', 2],
      ['09_exit.py', 'failed', 'other', 5],
      ['10_syntax.py', 'failed', 'other', 2],
    ]);
    expect(outcomes[3]?.failure?.message).toBe('assert value == 2 does not hold');
    expect(outcomes[4]?.failure?.message).toMatch(/^waited 20 ms for a one \(\d+ tries\); the last value was 0$/);
    expect(outcomes[5]?.failure).toMatchObject({ code: 'ECONNREFUSED', probe: { reachable: false } });
    expect(outcomes[0]?.requests[0]).toMatchObject({ method: 'POST', status: 200, requestBody: '{"a": 1}' });
  });

  it('are replaced after what they leave behind', async () => {
    await write({
      '01_env.py': 'import os\n\n\ndef run(page):\n    page.get(f"/pid/{os.getpid()}/env")\n    os.environ["LEAKED"] = "1"\n',
      '02_patch.py':
        'import os, time\n\n\ndef run(page):\n    page.get(f"/pid/{os.getpid()}/patch")\n    page.expect(os.environ.get("LEAKED")).to_be_none()\n    time.time = lambda: 0\n',
      '03_clean.py': 'import os\n\n\ndef run(page):\n    page.get(f"/pid/{os.getpid()}/clean")\n',
      '04_clean.py': 'import os\n\n\ndef run(page):\n    page.get(f"/pid/{os.getpid()}/clean2")\n',
    });
    const outcomes = await run('01_env.py', '02_patch.py', '03_clean.py', '04_clean.py');
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['passed', 'passed', 'passed', 'passed']);
    expect(new Set([service.pids.get('env'), service.pids.get('patch'), service.pids.get('clean')]).size).toBe(3);
    expect(service.pids.get('clean')).toBe(service.pids.get('clean2'));
  });

  it('are valid for the oldest Python that is supported', () => {
    for (const name of ['harness.py', 'read_modules.py']) {
      execFileSync('python3', [
        '-B',
        '-c',
        `import ast,sys; ast.parse(open(sys.argv[1]).read(), feature_version=(3, 9))`,
        join(__dirname, name),
      ]);
    }
  });
});
