import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Finding, FlakePattern } from '@testimony/contracts';
import { flakeReader, isFlakeReadable } from './flake-reader';
import { openFlakeReader } from './open-flake-reader';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'flakes-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

type Files = Readonly<Record<string, string>>;

function write(files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

async function findings(file: string, text: string, others: Files = {}): Promise<readonly Finding[]> {
  write({ ...others, [file]: text });
  const [reading] = await flakeReader(root).read([file]);
  if (!reading || 'problem' in reading) throw new Error(reading?.problem);
  return reading.findings;
}

const MODULE = 'services/a/modules/01_x.ts';
const PYTHON = 'services/a/modules/01_x.py';

/** `pattern:line` of each finding. */
async function found(file: string, text: string, others?: Files): Promise<string[]> {
  return (await findings(file, text, others)).map(({ pattern, line }) => `${pattern}:${line}`);
}

/** A native module whose first statement stands in line 4. */
const native = (body: string, before = ''): string =>
  `import { expect, type Page } from '@testimony/page';${before}\n\nexport async function run(page: Page): Promise<void> {\n${body}\n}\n`;
/** A Python module whose first statement stands in line 2. */
const python = (body: string, imports = ''): string => `${imports}def run(page):\n${body.replace(/^/gm, '    ')}\n`;

interface Case {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly others?: Files;
}
const ts = (name: string, body: string, before?: string): Case => ({ name, file: MODULE, text: native(body, before) });
const py = (name: string, body: string, imports?: string): Case => ({ name, file: PYTHON, text: python(body, imports) });
const file = (name: string, path: string, text: string, others: Files = {}): Case => ({ name, file: path, text, others });

function expectFound(pattern: FlakePattern, line: number, cases: readonly Case[]): void {
  it.each(cases)('is found: $name', async ({ file: path, text, others }) => {
    expect(await found(path, text, others)).toEqual([`${pattern}:${line}`]);
  });
}
function expectNothing(cases: readonly Case[]): void {
  it.each(cases)('is not found: $name', async ({ file: path, text, others }) => {
    expect(await found(path, text, others)).toEqual([]);
  });
}

const MADE = `const shop = (await page.post('/shops', { json: {} })).json<any>().id;`;
const MADE_PY = `shop = page.post('/shops', json={}).json()['id']\n`;

describe('a hard-coded sleep', () => {
  const read = `const seen = await page.get(\`/shops/\${shop}/orders/1\`); expect(seen.json<any>().state).toBe('paid');`;
  expectFound('hardcoded_sleep', 5, [
    ts('a promise of a timer', `${MADE}\nawait new Promise((resolve) => setTimeout(resolve, 50));\n${read}`),
    ts(
      'a function of the test',
      `${MADE}\nawait pause(50);\n${read}`,
      ` const pause = (ms: number) => new Promise((r) => setTimeout(() => r(1), ms));`,
    ),
    ts(
      'an assertion made of if and throw',
      `${MADE}\nawait new Promise((r) => setTimeout(r, 9));\nif ((await page.get(\`/shops/\${shop}/x\`)).json<any>().n !== 1) throw new Error('no');`,
    ),
    file(
      'an alias of timers/promises, by require',
      'services/a/modules/01_x.js',
      `const { expect } = require('@testimony/page');\nconst { setTimeout: rest } = require('node:timers/promises');\nexports.run = async (page) => {\n  const { id } = (await page.post('/a', { json: {} })).json();\n  await rest(20);\n  expect((await page.get('/a/' + id)).json().done).toBe(true);\n};\n`,
    ),
    file(
      'Playwright',
      'e2e/a.spec.ts',
      `import { test, expect } from '@playwright/test';\ntest('a', async ({ page }) => {\n  await page.goto('/');\n  await page.click('text=Pay');\n  await page.waitForTimeout(500);\n  expect(await page.textContent('h1')).toBe('Paid');\n});\n`,
    ),
    file(
      'a spy of Vitest',
      'src/a.test.ts',
      `import { expect, it, vi } from 'vitest';\nit('calls', async () => {\n  const called = vi.fn();\n  start(called);\n  await new Promise((r) => setTimeout(r, 30));\n  expect(called).toHaveBeenCalledTimes(1);\n});\n`,
    ),
    file('a helper of another file', MODULE, native(`${MADE}\nawait settle();\n${read}`, ` import { settle } from '../testing/settle';`), {
      'services/a/testing/settle.ts': `export async function settle() { await new Promise((r) => setTimeout(r, 100)); }`,
    }),
    file(
      'mocha, in a callback',
      'test/a.js',
      `const assert = require('assert');\ndescribe('x', () => {\n  it('y', (done) => {\n    let hits = 0; bus.on('x', () => { hits += 1; });\n    setTimeout(() => { assert.equal(hits, 2); done(); }, 50);\n  });\n});\n`,
    ),
  ]);
  expectFound('hardcoded_sleep', 4, [
    py('time.sleep', `${MADE_PY}time.sleep(0.2)\nassert page.get(f'/shops/{shop}/x').json()['n'] == 1`, 'import time\n'),
    py(
      'a function of time',
      `${MADE_PY}rest(0.2)\nif page.get(f'/shops/{shop}/x').json()['n'] != 1:\n    raise AssertionError('no')`,
      'from time import sleep as rest\n',
    ),
  ]);
  expectNothing([
    ts(
      'a loop that asks again until a deadline',
      `${MADE}\nconst end = Date.now() + 5000;\nlet state = '';\nwhile (state !== 'paid' && Date.now() < end) {\n  state = (await page.get(\`/shops/\${shop}/orders/1\`)).json<any>().state;\n  await new Promise((r) => setTimeout(r, 20));\n}\nexpect(state).toBe('paid');`,
    ),
    ts(
      'a loop that is left',
      `${MADE}\nlet state = '';\nfor (let i = 0; i < 50; i++) {\n  state = (await page.get(\`/shops/\${shop}/orders/1\`)).json<any>().state;\n  if (state === 'paid') break;\n  await new Promise((r) => setTimeout(r, 20));\n}\nexpect(state).toBe('paid');`,
    ),
    ts(
      'a sleep between rounds',
      `${MADE}\nfor (const n of [1, 2]) {\n  await page.post(\`/shops/\${shop}/orders\`, { json: { n } });\n  await new Promise((r) => setTimeout(r, 20));\n}\nexpect(shop).toBeTruthy();`,
    ),
    ts(
      'nothing is read after it',
      `const made = await page.post('/shops', { json: {} });\nawait new Promise((r) => setTimeout(r, 20));\npage.assertStatus(made, 201);`,
    ),
    ts(
      'the lifetime of a token',
      `const { token } = (await page.post('/tokens', { json: { ttlSeconds: 1 } })).json<any>();\nawait new Promise((r) => setTimeout(r, 1100));\npage.assertStatus(await page.get('/me', { headers: { token } }), 401);`,
    ),
    ts(
      'a condition is awaited after it',
      `${MADE}\nawait new Promise((r) => setTimeout(r, 20));\nawait page.waitFor(async () => (await page.get(\`/shops/\${shop}/x\`)).json<any>().n === 1);\n${read}`,
    ),
    file(
      'fake timers',
      'a.test.ts',
      `import { expect, it, vi } from 'vitest';\nbeforeEach(() => { vi.useFakeTimers(); });\nafterEach(() => { vi.useRealTimers(); });\nit('x', async () => {\n  const called = vi.fn();\n  later(called);\n  const slept = new Promise((r) => setTimeout(r, 100));\n  await vi.advanceTimersByTimeAsync(100);\n  await slept;\n  expect(called).toHaveBeenCalled();\n});\n`,
    ),
    file(
      'that it stays as it was',
      'a.test.ts',
      `import { expect, it, vi } from 'vitest';\nit('x', async () => {\n  const called = vi.fn();\n  later(called);\n  await vi.waitFor(() => expect(called).toHaveBeenCalledTimes(1));\n  await new Promise((r) => setTimeout(r, 100));\n  expect(called).toHaveBeenCalledTimes(1);\n});\n`,
    ),
    file(
      'that nothing happened',
      'a.test.ts',
      `import { expect, it, vi } from 'vitest';\nit('x', async () => {\n  const called = vi.fn();\n  later(called);\n  await new Promise((r) => setTimeout(r, 100));\n  expect(called).not.toHaveBeenCalled();\n});\n`,
    ),
    file(
      'work of a handler',
      'a.test.ts',
      `import { expect, it } from 'vitest';\nit('x', async () => {\n  app.get('/', async () => { await new Promise((r) => setTimeout(r, 100)); return 1; });\n  expect(await app.inject('/')).toBe(1);\n});\n`,
    ),
  ]);
});

describe('a race', () => {
  expectFound('race_condition', 5, [
    ts(
      'a request that nobody awaits',
      `${MADE}\npage.post(\`/shops/\${shop}/orders\`, { json: { n: 1 } });\nexpect((await page.get(\`/shops/\${shop}/orders\`)).json<any>().total).toBe(1);`,
    ),
    ts(
      'a request that is awaited too late',
      `${MADE}\nconst sent = page.post(\`/shops/\${shop}/orders\`, { json: { n: 1 } });\nconst seen = (await page.get(\`/shops/\${shop}/orders\`)).json<any>();\nawait sent;\nexpect(seen.n).toBe(1);`,
    ),
    ts(
      'forEach with an async function',
      `${MADE}\n['a', 'b'].forEach(async (note) => { await page.post(\`/shops/\${shop}/orders\`, { json: { note } }); });\nexpect((await page.get(\`/shops/\${shop}/orders\`)).json<any>().total).toBe(2);`,
    ),
    ts(
      'which of two wins',
      `${MADE}\nconst [one, two] = await Promise.all([page.post(\`/shops/\${shop}/take\`), page.post(\`/shops/\${shop}/take\`)]);\npage.assertStatus(one, 200);\npage.assertStatus(two, 409);`,
    ),
  ]);
  expectFound('race_condition', 6, [
    ts(
      'work that was only accepted',
      `const job = await page.post('/reports', { json: {} });\npage.assertStatus(job, 202);\nexpect((await page.get(\`/reports/\${job.json<any>().id}\`)).json<any>().state).toBe('done');`,
    ),
    file(
      'a promise in an assertion of Playwright',
      'e2e/a.spec.ts',
      `import { test, expect } from '@playwright/test';\ntest('a', async ({ page }) => {\n  await page.goto('/');\n\n\n  expect(page.locator('h1')).toBeVisible();\n});\n`,
    ),
  ]);
  expectFound('race_condition', 6, [
    py(
      'a thread that is not joined',
      `${MADE_PY}sender = threading.Thread(target=page.post, args=(f'/shops/{shop}/orders',))\n\nsender.start()\nassert page.get(f'/shops/{shop}/orders').json()['n'] == 1`,
      'import threading\n',
    ),
  ]);
  expectNothing([
    ts(
      'outcomes regardless of their order',
      `${MADE}\nconst both = await Promise.all([1, 2].map(() => page.post(\`/shops/\${shop}/take\`)));\nexpect(both.map(({ status }) => status).toSorted()).toEqual([200, 409]);`,
    ),
    ts(
      'promises that are collected',
      `${MADE}\nconst sent = [page.post(\`/shops/\${shop}/a\`), page.post(\`/shops/\${shop}/b\`)];\nawait Promise.all(sent);\nexpect((await page.get(\`/shops/\${shop}\`)).json<any>().n).toBe(2);`,
    ),
    ts(
      'accepted work that is waited for',
      `const job = await page.post('/reports', { json: {} });\npage.assertStatus(job, 202);\nawait page.waitFor(async () => (await page.get(\`/reports/\${job.json<any>().id}\`)).json<any>().state === 'done');\npage.assertOk(await page.get(\`/reports/\${job.json<any>().id}\`));`,
    ),
    py(
      'a thread that is joined',
      `${MADE_PY}sender = threading.Thread(target=page.post, args=(f'/shops/{shop}/orders',))\nsender.start()\nsender.join()\nassert page.get(f'/shops/{shop}/orders').json()['n'] == 1`,
      'import threading\n',
    ),
    file(
      'matchers of jest-dom',
      'a.test.tsx',
      `import { expect, it } from 'vitest';\nit('x', async () => { expect(screen.getByText('a')).toHaveValue('b'); });\n`,
    ),
  ]);
});

describe('an external dependency', () => {
  expectFound('external_dependency', 4, [
    ts('fetch', `const rate = (await (await fetch('https://api.rates.io/latest')).json()).eur;\nexpect(rate).toBeGreaterThan(0);`),
    ts('a whole URL of the page', `const answer = await page.get('https://api.github.com/zen');\npage.assertOk(answer);`),
    ts(
      'a fallback of the environment',
      `const answer = await fetch(\`\${HOST}/latest\`);\nexpect(answer.status).toBe(200);`,
      ` const HOST = process.env.RATES_URL ?? 'https://rates.example.com';`,
    ),
  ]);
  expectFound('external_dependency', 3, [
    py('requests', `assert requests.get('https://httpbin.org/get').status_code == 200`, 'import requests\n'),
  ]);
  expectNothing([
    ts(
      'this machine',
      `expect((await fetch('http://127.0.0.1:3000/x')).status).toBe(200);\nexpect((await fetch('http://localhost/x')).status).toBe(200);`,
    ),
    ts(
      'an address that is data',
      `const made = await page.post(\`/x/\${crypto.randomUUID()}\`, { json: { site: 'https://shop.example.com' } });\npage.assertStatus(made, 201);`,
    ),
    file(
      'a mocked network',
      'a.test.ts',
      `import nock from 'nock';\nimport { expect, it } from 'vitest';\nit('x', async () => { nock('https://api.rates.io').get('/').reply(200); expect((await fetch('https://api.rates.io/')).status).toBe(200); });\n`,
    ),
    py(
      'a client with its own transport',
      `client = httpx.Client(transport=httpx.WSGITransport(app=app))\nassert client.get('https://www.example.org/').status_code == 200`,
      'import httpx\n',
    ),
  ]);
});

describe('random data', () => {
  expectFound('random_data', 5, [
    ts(
      'a number that the product judges',
      `${MADE}\nconst amount = Math.floor(Math.random() * 12);\npage.assertStatus(await page.post(\`/shops/\${shop}/orders\`, { json: { amount } }), 201);`,
    ),
    ts(
      'a name out of a few',
      `${MADE}\nconst sku = \`sku-\${Math.floor(Math.random() * 50)}\`;\npage.assertStatus(await page.post(\`/shops/\${shop}/items\`, { json: { sku } }), 201);`,
    ),
    ts(
      'a branch',
      `${MADE}\nif (Math.random() < 0.5) await page.post(\`/shops/\${shop}/close\`);\npage.assertOk(await page.get(\`/shops/\${shop}\`));`,
    ),
    ts('an assertion', `${MADE}\nconst half = Math.random();\nexpect(half > 0.1).toBe(true);\nexpect(shop).toBeTruthy();`),
  ]);
  expectFound('random_data', 4, [
    py(
      'a number that the product judges',
      `${MADE_PY}amount = random.randint(0, 9)\npage.assert_status(page.post(f'/shops/{shop}/orders', json={'amount': amount}), 201)`,
      'import random\n',
    ),
  ]);
  expectNothing([
    ts(
      'a unique name',
      `${MADE}\nconst name = \`n-\${Math.random().toString(36).slice(2)}\`;\npage.assertStatus(await page.post(\`/shops/\${shop}/items\`, { json: { name } }), 201);`,
    ),
    ts(
      'a UUID',
      `${MADE}\nconst sku = crypto.randomUUID();\npage.assertStatus(await page.post(\`/shops/\${shop}/items\`, { json: { sku } }), 201);`,
    ),
    ts(
      'a generator with a seed',
      `${MADE}\nconst random = seeded(7);\npage.assertStatus(await page.post(\`/shops/\${shop}/items\`, { json: { amount: Math.floor(random() * 9) } }), 201);`,
      ` const seeded = (seed: number) => () => { seed = (seed * 16807) % 2147483647; return seed / 2147483647; };`,
    ),
    ts(
      'any value is as good',
      `${MADE}\nconst amount = 1 + Math.floor(Math.random() * 12);\nconst made = await page.post(\`/shops/\${shop}/orders\`, { json: { amount } });\nexpect(made.json<any>().amount).toBe(amount);`,
    ),
    py(
      'a generator with a seed',
      `${MADE_PY}dice = random.Random(7)\npage.assert_status(page.post(f'/shops/{shop}/orders', json={'amount': dice.randint(0, 9)}), 201)`,
      'import random\n',
    ),
    py(
      'a seed for all',
      `random.seed(3)\n${MADE_PY}page.assert_status(page.post(f'/shops/{shop}/orders', json={'amount': random.randint(0, 9)}), 201)`,
      'import random\n',
    ),
  ]);
});

describe('dependence on time', () => {
  expectFound('time_dependent', 5, [
    ts(
      'a day',
      `${MADE}\nconst today = new Date().toISOString().slice(0, 10);\nexpect((await page.get(\`/shops/\${shop}/orders/1\`)).json<any>().day).toBe(today);`,
    ),
    ts(
      'a time read elsewhere',
      `${MADE}\nconst now = Date.now();\nexpect((await page.get(\`/shops/\${shop}/orders/1\`)).json<any>().at).toBe(now);`,
    ),
    ts(
      'the length of a month',
      `${MADE}\nconst due = new Date(); due.setMonth(due.getMonth() + 1);\nexpect((await page.get(\`/shops/\${shop}/due\`, { query: { from: 'x' } })).json<any>().due).toBe(due.toISOString().slice(0, 10));`,
    ),
    ts(
      'an hour that decides',
      `${MADE}\nif (new Date().getHours() < 12) await page.post(\`/shops/\${shop}/open\`);\npage.assertOk(await page.get(\`/shops/\${shop}\`));`,
    ),
    ts('a date that will pass', `${MADE}\nexpect(Date.now()).toBeLessThan(new Date('2031-01-01').getTime());\nexpect(shop).toBeTruthy();`),
    file(
      'the time zone of the machine',
      'a.test.ts',
      `import { expect, it } from 'vitest';\n\nit('x', () => {\n  const date = new Date('2024-03-10T00:30:00Z');\n  expect(date.getHours()).toBe(1);\n});\n`,
    ),
  ]);
  expectFound('time_dependent', 4, [
    py(
      'a day',
      `${MADE_PY}today = date.today().isoformat()\nassert page.get(f'/shops/{shop}/orders/1').json()['day'] == today`,
      'from datetime import date\n',
    ),
  ]);
  expectNothing([
    file(
      'a faked clock',
      'a.test.ts',
      `import { afterEach, beforeEach, expect, it, vi } from 'vitest';\nbeforeEach(() => { vi.useFakeTimers({ now: new Date('2024-01-31') }); });\nafterEach(() => { vi.useRealTimers(); });\nit('x', () => { expect(today()).toBe(new Date().toISOString().slice(0, 10)); });\n`,
    ),
    ts(
      'a unique name',
      `${MADE}\nconst name = \`run-\${Date.now()}\`;\nconst made = await page.post(\`/shops/\${shop}/items\`, { json: { name } });\nexpect(made.json<any>().name).toBe(name);`,
    ),
    ts(
      'one instant on both sides',
      `${MADE}\nconst at = new Date().toISOString();\nconst made = await page.post(\`/shops/\${shop}/items\`, { json: { at } });\nexpect(made.json<any>().at).toBe(at);`,
    ),
    ts('a duration that is shown', `const from = Date.now();\n${MADE}\nconsole.log(Date.now() - from);\nexpect(shop).toBeTruthy();`),
    ts(
      'a zone that is named',
      `${MADE}\nexpect(new Date(0).toLocaleString('en', { timeZone: 'UTC' })).toBe('1/1/1970, 12:00:00 AM');\nexpect(shop).toBeTruthy();`,
    ),
    py(
      'a frozen clock',
      `with freeze_time('2024-01-31'):\n    assert report(date.today()) == date.today().isoformat()`,
      'from datetime import date\nfrom freezegun import freeze_time\n',
    ),
  ]);
});

describe('an exact assertion', () => {
  expectFound('exact_assertion', 5, [
    ts(
      'a measured time',
      `${MADE}\nconst from = Date.now(); await page.get(\`/shops/\${shop}\`); const took = Date.now() - from; expect(took).toBe(12);`,
    ),
    ts('a measured value of the service', `${MADE}\nexpect((await page.get(\`/shops/\${shop}/stats\`)).json<any>().latencyMs).toBe(12);`),
    ts('how many all have', `${MADE}\nexpect((await page.get('/orders')).json<any>().total).toBe(3);\nexpect(shop).toBeTruthy();`),
    ts('a text with a time', `${MADE}\nexpect((await page.get(\`/shops/\${shop}\`)).json<any>().summary).toBe('3 rows in 4 ms');`),
    ts(
      'the next number',
      `${MADE}\nexpect((await page.post(\`/shops/\${shop}/orders\`, { json: { price: 4 } })).json<any>().number).toBe(17);`,
    ),
    ts(
      'a sum of fractions',
      `${MADE}\nfor (const price of [0.1, 0.2]) await page.post(\`/shops/\${shop}/parts\`, { json: { price } }); expect((await page.get(\`/shops/\${shop}/sum\`)).json<any>().sum).toBe(0.3);`,
    ),
  ]);
  expectFound('exact_assertion', 4, [
    py('a measured value', `${MADE_PY}\nassert page.get(f'/shops/{shop}/stats').json()['uptime_ms'] == 12`),
  ]);
  expectNothing([
    ts('a tolerance', `${MADE}\nexpect((await page.get(\`/shops/\${shop}/stats\`)).json<any>().latencyMs).toBeCloseTo(12, 0);`),
    ts(
      'what the test sent',
      `${MADE}\nconst made = await page.post(\`/shops/\${shop}/parts\`, { json: { price: 0.1, weight: 2.5 } });\nexpect(made.json<any>().weight).toBe(2.5);`,
    ),
    ts('how many the test made', `${MADE}\nexpect((await page.get(\`/shops/\${shop}/orders\`)).json<any>().items.length).toBe(1);`),
    ts('arithmetic of the test', `${MADE}\nexpect(0.5 + 0.25).toBe(0.75);\nexpect(shop).toBeTruthy();`),
    py('approx', `${MADE_PY}assert page.get(f'/shops/{shop}/stats').json()['uptime_ms'] == pytest.approx(12, 3)`, 'import pytest\n'),
  ]);
});

describe('a tight time-out', () => {
  expectFound('tight_timeout', 5, [
    ts('a request', `${MADE}\npage.assertOk(await page.get(\`/shops/\${shop}\`, { timeoutMs: 40 }));`),
    ts('a wait', `${MADE}\nawait page.waitFor(async () => (await page.get(\`/shops/\${shop}/x\`)).ok, { timeoutMs: 100 });`),
    ts('a duration', `${MADE}\nconst answer = await page.get(\`/shops/\${shop}\`); expect(answer.durationMs).toBeLessThan(30);`),
    ts(
      'a measured time',
      `${MADE}\nconst from = performance.now(); await page.get(\`/shops/\${shop}\`); expect(performance.now() - from).toBeLessThan(50);`,
    ),
  ]);
  expectFound('tight_timeout', 2, [
    file(
      'a test',
      'services/a/modules/01_x.mjs',
      `\nexport const meta = { timeoutMs: 300 };\nexport const run = async (page) => {\n  page.assertOk(await page.get('/x'));\n};\n`,
    ),
    file(
      'a test of Vitest',
      'a.test.ts',
      `import { expect, it } from 'vitest';\nit('x', async () => { expect(await load()).toBe(1); }, 80);\n`,
    ),
  ]);
  expectFound('tight_timeout', 4, [
    py('a request', `${MADE_PY}\npage.assert_ok(page.get(f'/shops/{shop}', timeout_ms=40))`),
    py('a measured time', `begun = time.monotonic(); page.get('/x')\nassert time.monotonic() - begun < 0.05`, 'import time\n'),
  ]);
  expectNothing([
    ts('a generous limit', `${MADE}\npage.assertOk(await page.get(\`/shops/\${shop}\`, { timeoutMs: 10_000 }));`),
    ts('a limit that is to be exceeded', `${MADE}\nawait expect(page.get(\`/shops/\${shop}/slow\`, { timeoutMs: 50 })).rejects.toThrow();`),
    py('a limit that is to be exceeded', `with pytest.raises(TimeoutError):\n    page.get('/slow', timeout_ms=50)`, 'import pytest\n'),
    ts('a pause of a loop', `${MADE}\nawait page.waitFor(async () => (await page.get(\`/shops/\${shop}/x\`)).ok, { intervalMs: 10 });`),
  ]);
});

describe('an unordered collection', () => {
  const fill = `for (const name of ['a', 'b']) await page.post(\`/shops/\${shop}/items\`, { json: { name } });`;
  const list = `const { items } = (await page.get(\`/shops/\${shop}/items\`)).json<any>();`;
  expectFound('unordered_collection', 7, [
    ts('a whole list', `${MADE}\n${fill}\n${list}\nexpect(items.map((item: any) => item.name)).toEqual(['a', 'b']);`),
    ts('one place', `${MADE}\n${fill}\n${list}\nexpect(items[0].name).toBe('a');`),
    ts(
      'a body',
      `${MADE}\n${fill}\nconst all = await page.get(\`/shops/\${shop}/items\`);\npage.assertJson(all, { items: [{ name: 'a' }, { name: 'b' }] });`,
    ),
    ts(
      'a text made of a list',
      `${MADE}\n${fill}\nconst all = await page.get(\`/shops/\${shop}/items\`);\nexpect(all.json<any>().items.map((item: any) => item.name).join(', ')).toBe('a, b');`,
    ),
    file(
      'a directory',
      'a.test.ts',
      `import { readdirSync } from 'node:fs';\nimport { expect, it } from 'vitest';\n\nit('x', () => {\n  build();\n  const names = readdirSync('out');\n  expect(names).toEqual(['a', 'b']);\n});\n`,
    ),
    file(
      'parallel work',
      'a.test.ts',
      `import { expect, it } from 'vitest';\n\n\nit('x', async () => {\n  const seen: string[] = [];\n  await Promise.all(['a', 'b'].map(async (name) => { await load(name); seen.push(name); }));\n  expect(seen).toEqual(['a', 'b']);\n});\n`,
    ),
  ]);
  expectFound('unordered_collection', 5, [
    py(
      'a whole list',
      `${MADE_PY}for name in ['a', 'b']: page.post(f'/shops/{shop}/items', json={'name': name})\nitems = page.get(f'/shops/{shop}/items').json()['items']\nassert [item['name'] for item in items] == ['a', 'b']`,
    ),
    file('a set', 'tests/test_a.py', `def test_a():\n    found = set(load())\n    names = list(found)\n\n    assert names == ['a', 'b']\n`),
  ]);
  expectNothing([
    ts('a sorted list', `${MADE}\n${fill}\n${list}\nexpect(items.map((item: any) => item.name).sort()).toEqual(['a', 'b']);`),
    ts(
      'a request for an order',
      `${MADE}\n${fill}\nconst { items } = (await page.get(\`/shops/\${shop}/items\`, { query: { sort: 'name' } })).json<any>();\nexpect(items[0].name).toBe('a');`,
    ),
    ts('whatever the order', `${MADE}\n${fill}\n${list}\nexpect(items).toEqual(expect.arrayContaining([{ name: 'a' }, { name: 'b' }]));`),
    ts(
      'a list of one',
      `${MADE}\nawait page.post(\`/shops/\${shop}/items\`, { json: { name: 'a' } });\n${list}\nexpect(items[0].name).toBe('a');`,
    ),
    ts('a set', `${MADE}\n${fill}\n${list}\nexpect(new Set(items.map((item: any) => item.name))).toEqual(new Set(['a', 'b']));`),
    py(
      'a sorted list',
      `${MADE_PY}items = page.get(f'/shops/{shop}/items').json()['items']\nassert sorted(item['name'] for item in items) == ['a', 'b']`,
    ),
  ]);
});

describe('a shared resource', () => {
  expectFound('shared_resource', 4, [
    ts(
      'an address that is taken',
      `const made = await page.post('/users', { json: { email: 'ada@example.com' } });\npage.assertStatus(made, 201);`,
    ),
    ts('a record that was there', `const paid = await page.patch('/products/42', { json: { price: 3 } });\npage.assertStatus(paid, 200);`),
    file(
      'a port',
      'a.test.ts',
      `import { createServer } from 'node:http';\nimport { expect, it } from 'vitest';\nit('x', async () => {\n  const server = createServer().listen(3456);\n  expect(server.listening).toBe(true);\n});\n`,
    ),
    file(
      'a file',
      'a.test.ts',
      `import { writeFileSync } from 'node:fs';\nimport { expect, it } from 'vitest';\nit('x', () => {\n  writeFileSync('/tmp/report.json', '{}');\n  expect(load()).toBe(1);\n});\n`,
    ),
  ]);
  expectFound('shared_resource', 2, [
    py('an address that is taken', `page.assert_status(page.post('/users', json={'email': 'ada@example.com'}), 201)`),
  ]);
  expectNothing([
    ts(
      'an address of its own',
      `const made = await page.post('/users', { json: { email: \`\${crypto.randomUUID()}@example.com\` } });\npage.assertStatus(made, 201);`,
    ),
    ts('a refusal', `const made = await page.post('/users', { json: { email: 'not an address' } });\npage.assertStatus(made, 400);`),
    ts(
      'below a record of its own',
      `${MADE}\npage.assertStatus(await page.post(\`/shops/\${shop}/items\`, { json: { sku: 'fixed' } }), 201);`,
    ),
    ts(
      'a name that need not be unique',
      `const made = await page.post('/products', { json: { name: 'Lamp' } });\npage.assertStatus(made, 201);`,
    ),
    ts(
      'a login',
      `const made = await page.post('/auth/login', { json: { email: 'ada@example.com', password: 'x' } });\npage.assertStatus(made, 200);`,
    ),
    file(
      'any port',
      'a.test.ts',
      `import { createServer } from 'node:http';\nimport { expect, it } from 'vitest';\nit('x', async () => { const server = createServer().listen(0); expect(server.listening).toBe(true); });\n`,
    ),
    file(
      'a folder of its own',
      'tests/test_a.py',
      `def test_a(tmp_path):\n    with open(tmp_path / 'a', 'w') as out:\n        out.write('x')\n    assert load(tmp_path) == 1\n`,
    ),
  ]);

  it('is likelier where another test uses it too, which is named', async () => {
    const text = (price: number): string =>
      native(`page.assertStatus(await page.patch('/products/42', { json: { price: ${price} } }), 200);`);
    write({ [MODULE]: text(1), 'services/a/modules/02_y.ts': text(2) });
    const [reading] = await flakeReader(root).read([MODULE, 'services/a/modules/02_y.ts']);
    const shared = reading && 'findings' in reading ? reading.findings.find(({ pattern }) => pattern === 'shared_resource') : undefined;
    expect(shared?.message).toContain('services/a/modules/02_y.ts');
    expect(shared?.probability).toBeGreaterThan(0.5);
  });
});

describe('leaked state', () => {
  expectFound('leaked_state', 4, [
    ts('the environment', `process.env.FEATURE_X = 'on';\npage.assertOk(await page.get(\`/x/\${crypto.randomUUID()}\`));`),
    ts('a global', `(globalThis as any).cache = {};\npage.assertOk(await page.get(\`/x/\${crypto.randomUUID()}\`));`),
    ts('a patched built-in', `Array.prototype.at = () => 1 as never;\npage.assertOk(await page.get(\`/x/\${crypto.randomUUID()}\`));`),
    ts('what somebody else set', `expect((globalThis as any).visits).toBe(1);`),
    file(
      'a variable of an earlier test',
      'a.test.ts',
      `import { expect, it } from 'vitest';\nlet made: any;\nit('makes', async () => { made = await create(); expect(made.ok).toBe(true); });\nit('reads', () => { expect(made.name).toBe('a'); });\n`,
    ),
  ]);
  expectFound('leaked_state', 3, [py('the environment', `os.environ['FEATURE_X'] = 'on'\npage.assert_ok(page.get('/x'))`, 'import os\n')]);
  expectNothing([
    ts(
      'a finally block',
      `const before = process.env.FEATURE_X;\ntry {\n  process.env.FEATURE_X = 'on';\n  page.assertOk(await page.get(\`/x/\${crypto.randomUUID()}\`));\n} finally {\n  process.env.FEATURE_X = before;\n}`,
    ),
    file(
      'an after hook',
      'a.test.ts',
      `import { afterEach, expect, it } from 'vitest';\nconst before = { ...process.env };\nafterEach(() => { process.env = before; });\nit('x', () => { process.env.FEATURE_X = 'on'; expect(load()).toBe(1); });\n`,
    ),
    file(
      'a variable of a hook',
      'a.test.ts',
      `import { beforeEach, expect, it } from 'vitest';\nlet made: any;\nbeforeEach(async () => { made = await create(); });\nit('one', () => { expect(made.name).toBe('a'); });\nit('two', () => { expect(made.name).toBe('a'); });\n`,
    ),
    file('monkeypatch', 'tests/test_a.py', `def test_a(monkeypatch):\n    monkeypatch.setenv('FEATURE_X', 'on')\n    assert load() == 1\n`),
    file(
      'a fixture that cleans up for all',
      'tests/test_a.py',
      `import os\n\ndef test_a():\n    os.environ['FEATURE_X'] = 'on'\n    assert load() == 1\n`,
      {
        'tests/conftest.py': `import os\nimport pytest\n\n@pytest.fixture(autouse=True)\ndef clean():\n    before = os.environ.copy()\n    yield\n    os.environ.clear()\n    os.environ.update(before)\n`,
      },
    ),
  ]);

  it('names the test that changes what another one finds', async () => {
    write({
      [MODULE]: native(`expect((await page.get('/rooms/7/notes')).json<any>().notes).toEqual([]);`),
      'services/a/modules/02_y.ts': native(`await page.post('/rooms/7/notes', { json: { text: 'x' } });`),
    });
    const [reading] = await flakeReader(root).read([MODULE, 'services/a/modules/02_y.ts']);
    expect(
      reading && 'findings' in reading ? reading.findings.map(({ pattern, message }) => [pattern, message.includes('02_y.ts')]) : [],
    ).toEqual([['leaked_state', true]]);
  });
});

describe('a finding', () => {
  it('names the call, the value and the assertion that it feeds', async () => {
    const [finding] = await findings(
      MODULE,
      native(
        `${MADE}\nawait new Promise((r) => setTimeout(r, 50));\nexpect((await page.get(\`/shops/\${shop}\`)).json<any>().state).toBe('open');`,
      ),
    );
    expect(finding).toMatchObject({ line: 5, pattern: 'hardcoded_sleep' });
    expect(finding?.message).toMatch(/50 ms.*line 6/);
    expect(finding?.suggestion).not.toBe('');
    expect(finding?.probability).toBeGreaterThan(0.5);
  });

  it('stands where its cause does, however many tests pass there', async () => {
    const text = `import { expect, it } from 'vitest';\nasync function settle() {\n  await new Promise((r) => setTimeout(r, 30));\n}\nfor (const n of [1, 2]) it('x' + n, async () => { start(n); await settle(); expect(await load()).toBe(n); });\nit('y', async () => { start(3); await settle(); expect(await load()).toBe(3); });\n`;
    expect(await found('a.test.ts', text)).toEqual(['hardcoded_sleep:3']);
  });
});

describe('the sources of a reading', () => {
  it('are the test and the helpers that it uses', async () => {
    write({
      [MODULE]: native(`await settle(page);`, ` import { settle } from '../testing/settle';`),
      'services/a/testing/settle.ts': `export const settle = async (page) => page.get('/x');`,
      'services/a/testing/other.ts': `export const other = 1;`,
    });
    const reader = openFlakeReader(root);
    await reader.read([MODULE]);
    expect(reader.sources()).toEqual([MODULE, 'services/a/testing/settle.ts']);
  });
});

describe('a file that cannot be read', () => {
  it('is one sentence, and the others are read', async () => {
    write({ 'a.test.ts': `it('x', () => {`, 'test_b.py': 'def test_b(:', 'c.test.ts': `it('x', () => {});` });
    expect(await flakeReader(root).read(['a.test.ts', 'test_b.py', 'gone.ts', 'c.test.ts'])).toEqual([
      { problem: expect.stringMatching(/^a\.test\.ts:1: /) },
      { problem: expect.stringMatching(/^test_b\.py:1: is not valid: /) },
      { problem: 'gone.ts: cannot be read (ENOENT)' },
      { findings: [] },
    ]);
  });

  it('says that python3 is missing', async () => {
    write({ 'test_b.py': 'def test_b(): pass' });
    const path = process.env['PATH'];
    process.env['PATH'] = root;
    try {
      expect(await flakeReader(root).read(['test_b.py'])).toEqual([{ problem: expect.stringContaining('install Python 3.9') }]);
    } finally {
      process.env['PATH'] = path;
    }
  });

  it.each([
    ['a.test.ts', true],
    ['b.py', true],
    ['c.mjs', true],
    ['d.xml', false],
  ])('%s: %s', (path, expected) => expect(isFlakeReadable(path)).toBe(expected));
});
