/** Edits with a known worth, over tests of several frameworks and two languages. Each replaces texts that stand once in its base. */
export interface PlantedEdit {
  readonly kind: string;
  readonly base: string;
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

interface Base {
  readonly file: string;
  readonly text: string;
}

const BASES: Readonly<Record<string, Base>> = {
  nativeSleep: {
    file: '01_ship.ts',
    text: `import { expect, type Page } from '@testimony/page';

export const meta = { description: 'An order is shipped', timeoutMs: 10000 };

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export async function run(page: Page): Promise<void> {
  const order = await page.post('/orders', { json: { product: 7, quantity: 2, name: 'bob' } });
  page.assertStatus(order, 201);
  const { id } = order.json<{ id: string }>();
  await sleep(500);
  const now = (await page.get(\`/orders/\${id}\`)).json<{ status: string; quantity: number }>();
  expect(now.status).toBe('shipped');
  expect(now.quantity).toBe(2);
  expect(now.total).toBeGreaterThan(10);
}
`,
  },
  nativeList: {
    file: '02_tags.js',
    text: `const { expect } = require('@testimony/page');

exports.run = async function run(page) {
  const box = (await page.post('/boxes', { json: { region: 'eu' } })).json().id;
  for (const name of ['one', 'two', 'three']) await page.post(\`/boxes/\${box}/tags\`, { json: { name } });
  const { items } = (await page.get(\`/boxes/\${box}/tags\`)).json();
  expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three']);
};
`,
  },
  nativeRandom: {
    file: '03_lot.ts',
    text: `import { expect, type Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  const pieces = Math.floor(Math.random() * 50);
  const made = await page.post('/lots', { json: { name: 'lot', pieces } });
  page.assertStatus(made, 201);
  expect(made.json().pieces).toBe(pieces);
  expect(made.json().name).toBe('lot');
}
`,
  },
  nativeTime: {
    file: '04_due.ts',
    text: `import { expect, type Page } from '@testimony/page';

export async function run(page: Page): Promise<void> {
  const from = new Date();
  const answer = await page.get('/due', { query: { from: from.toISOString() } });
  page.assertOk(answer);
  expect(answer.json().from).toBe(new Date().toISOString());
  expect(answer.json().days).toBe(30);
}
`,
  },
  nativeFloat: {
    file: '05_rate.mjs',
    text: `import { expect } from '@testimony/page';

export const run = async (page) => {
  const quote = await page.get('/quote', { query: { a: 0.1, b: 0.2 } });
  page.assertJson(quote, { currency: 'EUR' });
  expect(quote.json().sum).toBe(0.3);
  expect(quote.json().count).toBe(2);
  expect(quote.json().name).toBe('quote');
};
`,
  },
  jestRequest: {
    file: 'orders.test.ts',
    text: `import request from 'supertest';
import { app } from '../src/app';

describe('orders', () => {
  beforeEach(async () => {
    await request(app).delete('/orders');
  });

  it('creates an order', async () => {
    const created = await request(app).post('/orders').send({ sku: 'a-1', email: 'test@example.com' }).expect(201);
    expect(created.body).toEqual({ id: expect.any(Number), sku: 'a-1', email: 'test@example.com' });
    await new Promise((r) => setTimeout(r, 1000));
    const listed = await request(app).get('/orders').expect(200);
    expect(listed.body.orders).toHaveLength(1);
    expect(listed.body.orders[0].state).toBe('confirmed');
  });

  it('refuses an empty order', async () => {
    await request(app).post('/orders').send({}).expect(422);
    await expect(loadOrder(99)).rejects.toThrow('not found');
  });
});
`,
  },
  jestEnv: {
    file: 'config.test.js',
    text: `const { load } = require('../src/config');

test('reads the region', () => {
  process.env.REGION = 'eu';
  const config = load();
  expect(config.region).toBe('eu');
  expect(config.debug).toBe(false);
});

test('falls back', () => {
  expect(load().region).toBe('us');
});
`,
  },
  vitestTime: {
    file: 'token.spec.ts',
    text: `import { describe, expect, it } from 'vitest';
import { issue, expiry } from './token';

describe('token', () => {
  it('expires in an hour', () => {
    const token = issue('ann');
    expect(token.expiresAt).toBe(Date.now() + 3600 * 1000);
    expect(token.user).toBe('ann');
  });

  it('tells the day', () => {
    expect(expiry(new Date(2024, 0, 15)).toLocaleDateString('en-GB')).toBe('15/01/2024');
  });

  it('settles', async () => {
    const job = issue('bob');
    job.start();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(job.state()).toBe('done');
  });
});
`,
  },
  playwrightUi: {
    file: 'cart.spec.ts',
    text: `import { expect, test } from '@playwright/test';

test.describe('cart', () => {
  test('adds an item', async ({ page }) => {
    await page.goto('/shop');
    await page.click('#add');
    await page.waitForTimeout(2000);
    expect(await page.textContent('#count')).toBe('1');
    expect(await page.locator('.total').innerText()).toContain('9.99');
    expect(await page.locator('.item').count()).toBe(1);
    expect(await page.isVisible('#checkout')).toBe(true);
  });
});
`,
  },
  playwrightApi: {
    file: 'api.spec.ts',
    text: `import { expect, test } from '@playwright/test';

test('a job finishes', async ({ request }) => {
  const made = await request.post('/jobs', { data: { kind: 'index' } });
  expect(made.status()).toBe(202);
  const { id } = await made.json();
  await new Promise((r) => setTimeout(r, 800));
  const job = await (await request.get(\`/jobs/\${id}\`)).json();
  expect(job.state).toBe('done');
  expect(job.errors).toEqual([]);
});
`,
  },
  mochaChai: {
    file: 'users.spec.js',
    text: `import { expect } from 'chai';
import { api } from './api.js';

describe('users', function () {
  it('lists users', async function () {
    await api.post('/users', { name: 'ann' });
    await api.post('/users', { name: 'bob' });
    const users = await api.get('/users');
    expect(users.status).to.equal(200);
    expect(users.body.map((u) => u.name)).to.deep.equal(['ann', 'bob']);
    expect(users.body[0].active).to.be.true;
    expect(users.body).to.have.lengthOf(2);
  });
});
`,
  },
  nodeTest: {
    file: 'file.test.mjs',
    text: `import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writeFile, readFile } from 'node:fs/promises';
import { exporter } from './exporter.mjs';

test('exports a file', async () => {
  const path = '/tmp/export.csv';
  exporter.write(path, [1, 2, 3]);
  const text = await readFile(path, 'utf8');
  assert.equal(text, '1,2,3');
  assert.deepStrictEqual(exporter.stats(), { rows: 3, failed: 0 });
  assert.ok(exporter.idle);
});
`,
  },
  plainThrow: {
    file: '06_plain.js',
    text: `exports.run = async (page) => {
  page.post('/notes', { json: { text: 'hello' } });
  const notes = (await page.get('/notes')).json();
  if (notes.length !== 1) throw new Error('expected one note, got ' + notes.length);
  if (notes[0].text !== 'hello') throw new Error('wrong text');
};
`,
  },
  tightTimeout: {
    file: '07_report.ts',
    text: `import { expect, type Page } from '@testimony/page';

export const meta = { timeoutMs: 300 };

export async function run(page: Page): Promise<void> {
  await page.post('/reports', { json: { kind: 'full' } });
  const report = await page.get('/reports/latest', { timeoutMs: 100 });
  page.assertStatus(report, 200);
  await page.waitFor(async () => (await page.get('/reports/state')).json().state === 'ready', { timeoutMs: 80 });
  expect(report.durationMs).toBeLessThan(400);
}
`,
  },
  nativePython: {
    file: '08_native.py',
    text: `"""An order is confirmed."""
import time
import random

META = {"timeoutMs": 5000}


def run(page):
    pieces = random.randint(0, 40)
    order = page.post("/orders", json={"product": 7, "pieces": pieces})
    page.assert_status(order, 201)
    order_id = order.json()["id"]
    time.sleep(0.5)
    now = page.get(f"/orders/{order_id}").json()
    assert now["status"] == "confirmed"
    assert now["pieces"] == pieces
    page.expect(now["total"]).to_be(12)
`,
  },
  pytest: {
    file: 'test_users.py',
    text: `import datetime
import random
import time

import pytest
import requests

from app import pricing

BASE = "http://localhost:8000"


def test_created_at():
    answer = requests.post(f"{BASE}/users", json={"name": "ann"}, timeout=5)
    assert answer.status_code == 201
    assert answer.json()["created"] == datetime.date.today().isoformat()


def test_names():
    time.sleep(1)
    names = requests.get(f"{BASE}/names", timeout=5).json()
    assert names == ["ann", "bob"]
    assert len(names) == 2


def test_average():
    assert pricing.average([0.1, 0.2, 0.3]) == 0.2
    assert pricing.count([0.1, 0.2]) == 2


def test_refuses():
    with pytest.raises(ValueError, match="negative"):
        pricing.average([-1])


class TestJobs:
    def test_job(self):
        job = requests.post(f"{BASE}/jobs", timeout=5).json()
        time.sleep(2)
        state = requests.get(f"{BASE}/jobs/{job['id']}", timeout=5).json()["state"]
        assert state == "done", state
`,
  },
  unittest: {
    file: 'test_cart.py',
    text: `import os
import random
import unittest

from shop import Cart


class CartTest(unittest.TestCase):
    def test_total(self):
        cart = Cart()
        amount = random.randint(1, 9)
        cart.add("tea", amount)
        self.assertEqual(cart.count(), amount)
        self.assertTrue(cart.total() > 0)
        self.assertIn("tea", cart.items())

    def test_region(self):
        os.environ["REGION"] = "eu"
        self.assertEqual(Cart().region, "eu")
`,
  },
};

type Replacement = readonly [from: string, to: string];

function edit(kind: string, base: string, ...replacements: readonly Replacement[]): PlantedEdit {
  const found = BASES[base];
  if (!found) throw new Error(`no base ${base}`);
  let after = found.text;
  for (const [from, to] of replacements) {
    if (after.split(from).length !== 2) throw new Error(`${base}: ${JSON.stringify(from)} stands ${after.split(from).length - 1} times`);
    after = after.replace(from, () => to);
  }
  return { kind, base, file: found.file, before: found.text, after };
}

const STATUS = `  expect(now.status).toBe('shipped');`;
const READ = `  await sleep(500);
  const now = (await page.get(\`/orders/\${id}\`)).json<{ status: string; quantity: number }>();`;

/** None of these may be let through. */
export const BAD_EDITS: readonly PlantedEdit[] = [
  // loosened
  edit('loosened', 'nativeSleep', [STATUS, `  expect(now.status).toBeDefined();`]),
  edit('loosened', 'nativeSleep', [STATUS, `  expect(now.status).toBeTruthy();`]),
  edit('loosened', 'nativeSleep', [STATUS, `  expect(now.status).toMatch(/ship/);`]),
  edit('loosened', 'nativeSleep', [STATUS, `  expect(now.status).toEqual(expect.any(String));`]),
  edit('loosened', 'nativeSleep', [STATUS, `  expect(['shipped', 'confirmed']).toContain(now.status);`]),
  edit('loosened', 'nativeSleep', [STATUS, `  expect(now).toBeTruthy();`]),
  edit('loosened', 'nativeSleep', [STATUS, `  expect(now.status).not.toBe('cancelled');`]),
  edit('loosened', 'nativeSleep', ['toBeGreaterThan(10)', 'toBeGreaterThan(0)']),
  edit('loosened', 'nativeSleep', ['toBeGreaterThan(10)', 'toBeGreaterThanOrEqual(10)']),
  edit('loosened', 'nativeSleep', ['page.assertStatus(order, 201)', 'page.assertStatus(order, [200, 201, 500])']),
  edit('loosened', 'nativeSleep', ['page.assertStatus(order, 201)', 'page.assertOk(order)']),
  edit('loosened', 'nativeSleep', ['expect(now.quantity).toBe(2)', 'expect(now.quantity).toBeCloseTo(2, -1)']),
  edit('loosened', 'nativeList', [`.toEqual(['one', 'two', 'three'])`, `.toHaveLength(3)`]),
  edit('loosened', 'nativeList', [`.toEqual(['one', 'two', 'three'])`, `.toEqual(expect.arrayContaining(['one', 'two', 'three']))`]),
  edit('loosened', 'nativeList', [`.toEqual(['one', 'two', 'three'])`, `.toContain('one')`]),
  edit('loosened', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect(new Set(items.map((item) => item.name))).toEqual(new Set(['one', 'two', 'three']))`,
  ]),
  edit('loosened', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect(items.map((item) => item.name).sort()).toEqual(['one', 'three'])`,
  ]),
  edit('loosened', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect(items.slice(0, 1).map((item) => item.name)).toEqual(['one'])`,
  ]),
  edit('loosened', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect(items.length).toBe(3)`,
  ]),
  edit('loosened', 'nativeFloat', ['toBe(0.3)', 'toBeCloseTo(0.3, 0)']),
  edit('loosened', 'nativeFloat', ['expect(quote.json().count).toBe(2)', 'expect(quote.json().count).toBeCloseTo(2)']),
  edit('loosened', 'nativeFloat', ['expect(quote.json().sum).toBe(0.3)', 'expect(quote.json().sum).toBeGreaterThan(0)']),
  edit('loosened', 'nativeFloat', ['expect(quote.json().sum).toBe(0.3)', 'expect(Math.round(quote.json().sum)).toBe(0)']),
  edit('loosened', 'nativeFloat', [`expect(quote.json().name).toBe('quote')`, `expect(quote.json().name).toMatch('')`]),
  edit('loosened', 'nativeFloat', [`page.assertJson(quote, { currency: 'EUR' })`, `page.assertJson(quote, {})`]),
  edit('loosened', 'jestRequest', [
    `expect(created.body).toEqual({ id: expect.any(Number), sku: 'a-1', email: 'test@example.com' })`,
    `expect(created.body).toMatchObject({ sku: 'a-1' })`,
  ]),
  edit('loosened', 'jestRequest', [
    `expect(created.body).toEqual({ id: expect.any(Number), sku: 'a-1', email: 'test@example.com' })`,
    `expect(created.body).toEqual(expect.objectContaining({ sku: 'a-1' }))`,
  ]),
  edit('loosened', 'jestRequest', [
    `sku: 'a-1', email: 'test@example.com' });
    await`,
    `sku: expect.anything(), email: 'test@example.com' });
    await`,
  ]),
  edit('loosened', 'jestRequest', [`.send({}).expect(422)`, `.send({})`]),
  edit('loosened', 'jestRequest', [`.rejects.toThrow('not found')`, `.rejects.toThrow()`]),
  edit('loosened', 'jestRequest', [
    `expect(listed.body.orders[0].state).toBe('confirmed')`,
    `expect(listed.body.orders[0].state).toEqual(expect.stringContaining('con'))`,
  ]),
  edit('loosened', 'jestRequest', [`toHaveLength(1)`, `not.toHaveLength(0)`]),
  edit('loosened', 'vitestTime', [
    `expect(token.expiresAt).toBe(Date.now() + 3600 * 1000)`,
    `expect(token.expiresAt).toBeGreaterThan(Date.now())`,
  ]),
  edit('loosened', 'vitestTime', [
    `expect(token.expiresAt).toBe(Date.now() + 3600 * 1000)`,
    `expect(typeof token.expiresAt).toBe('number')`,
  ]),
  edit('loosened', 'playwrightUi', [
    `expect(await page.textContent('#count')).toBe('1')`,
    `await expect(page.locator('#count')).toBeVisible()`,
  ]),
  edit('loosened', 'playwrightUi', [
    `expect(await page.textContent('#count')).toBe('1')`,
    `await expect(page.locator('#count')).toContainText('1')`,
  ]),
  edit('loosened', 'playwrightUi', [
    `expect(await page.locator('.item').count()).toBe(1)`,
    `expect(await page.locator('.item').count()).toBeGreaterThan(0)`,
  ]),
  edit('loosened', 'playwrightUi', [
    `expect(await page.locator('.item').count()).toBe(1)`,
    `await expect(page.locator('.item').first()).toBeVisible()`,
  ]),
  edit('loosened', 'playwrightApi', [`toBe(202)`, `toBeLessThan(500)`]),
  edit('loosened', 'playwrightApi', [`expect(made.status()).toBe(202)`, `expect(made.ok() || made.status() === 503).toBe(true)`]),
  edit('loosened', 'playwrightApi', [`expect(made.status()).toBe(202)`, `expect([200, 202, 429]).toContain(made.status())`]),
  edit('loosened', 'mochaChai', [`to.deep.equal(['ann', 'bob'])`, `to.include.members(['ann'])`]),
  edit('loosened', 'mochaChai', [`to.deep.equal(['ann', 'bob'])`, `to.be.an('array')`]),
  edit('loosened', 'mochaChai', [`expect(users.body[0].active).to.be.true`, `expect(users.body[0].active).to.exist`]),
  edit('loosened', 'mochaChai', [`to.have.lengthOf(2)`, `to.have.lengthOf.at.least(1)`]),
  edit('loosened', 'mochaChai', [`to.equal(200)`, `to.be.below(500)`]),
  edit('loosened', 'nodeTest', [`assert.equal(text, '1,2,3')`, `assert.match(text, /1/)`]),
  edit('loosened', 'nodeTest', [`assert.deepStrictEqual(exporter.stats(), { rows: 3, failed: 0 })`, `assert.ok(exporter.stats())`]),
  edit('loosened', 'nodeTest', [
    `assert.deepStrictEqual(exporter.stats(), { rows: 3, failed: 0 })`,
    `assert.equal(exporter.stats().rows, 3)`,
  ]),
  edit('loosened', 'plainThrow', [`notes.length !== 1`, `notes.length < 1`]),
  edit('loosened', 'plainThrow', [`notes[0].text !== 'hello'`, `!notes[0].text`]),
  edit('loosened', 'tightTimeout', [`toBeLessThan(400)`, `toBeLessThan(4000)`]),
  edit('loosened', 'nativePython', [`assert now["status"] == "confirmed"`, `assert now["status"]`]),
  edit('loosened', 'nativePython', [`assert now["status"] == "confirmed"`, `assert now["status"] in ("confirmed", "pending")`]),
  edit('loosened', 'nativePython', [`assert now["pieces"] == pieces`, `assert now["pieces"] >= 0`]),
  edit('loosened', 'nativePython', [`page.expect(now["total"]).to_be(12)`, `page.expect(now["total"]).to_be_greater_than(0)`]),
  edit('loosened', 'pytest', [`assert names == ["ann", "bob"]`, `assert set(names) >= {"ann"}`]),
  edit('loosened', 'pytest', [`assert answer.status_code == 201`, `assert answer.status_code < 500`]),
  edit('loosened', 'pytest', [`== datetime.date.today().isoformat()`, `is not None`]),
  edit('loosened', 'pytest', [`== 0.2`, `== pytest.approx(0.2, rel=0.5)`]),
  edit('loosened', 'pytest', [`pricing.count([0.1, 0.2]) == 2`, `pricing.count([0.1, 0.2]) == pytest.approx(2, abs=1)`]),
  edit('loosened', 'pytest', [`pytest.raises(ValueError, match="negative")`, `pytest.raises(Exception)`]),
  edit('loosened', 'unittest', [`self.assertEqual(cart.count(), amount)`, `self.assertTrue(cart.count())`]),
  edit('loosened', 'unittest', [`self.assertTrue(cart.total() > 0)`, `self.assertTrue(cart.total() >= 0)`]),
  edit('loosened', 'unittest', [`self.assertIn("tea", cart.items())`, `self.assertTrue(cart.items() is not None)`]),
  edit('loosened', 'unittest', [`self.assertEqual(cart.count(), amount)`, `self.assertAlmostEqual(cart.count(), amount, delta=5)`]),
  // removed
  edit('removed', 'nativeSleep', [`${STATUS}\n`, '']),
  edit('removed', 'nativeSleep', [`  page.assertStatus(order, 201);\n`, '']),
  edit('removed', 'nativePython', [`    assert now["pieces"] == pieces\n`, '']),
  edit('removed', 'jestEnv', [`\ntest('falls back', () => {\n  expect(load().region).toBe('us');\n});\n`, '']),
  edit('removed', 'jestRequest', [`    await expect(loadOrder(99)).rejects.toThrow('not found');\n`, '']),
  edit('removed', 'unittest', [`        self.assertIn("tea", cart.items())\n`, '']),
  edit('removed', 'plainThrow', [`  if (notes[0].text !== 'hello') throw new Error('wrong text');\n`, '']),
  edit('removed', 'nodeTest', [`  assert.ok(exporter.idle);\n`, '  console.log(exporter.idle);\n']),
  edit('removed', 'pytest', [`    assert state == "done", state\n`, '    print(state)\n']),
  // taken out of the verdict, or repeated as a whole
  edit('annotated', 'jestEnv', [`test('reads the region'`, `test.skip('reads the region'`]),
  edit('annotated', 'jestEnv', [`test('falls back'`, `test.only('falls back'`]),
  edit('annotated', 'jestEnv', [`test('reads the region'`, `test.failing('reads the region'`]),
  edit('annotated', 'jestEnv', [`test('reads the region'`, `jest.retryTimes(3);\ntest('reads the region'`]),
  edit('annotated', 'vitestTime', [`it('settles', async () => {`, `it('settles', { retry: 5 }, async () => {`]),
  edit('annotated', 'playwrightUi', [
    `test.describe('cart', () => {`,
    `test.describe('cart', () => {\n  test.describe.configure({ retries: 3 });`,
  ]),
  edit('annotated', 'playwrightUi', [`    await page.goto('/shop');`, `    test.fixme(true, 'flaky');\n    await page.goto('/shop');`]),
  edit('annotated', 'mochaChai', [
    `  it('lists users', async function () {`,
    `  it('lists users', async function () {\n    this.retries(4);`,
  ]),
  edit('annotated', 'mochaChai', [`it('lists users'`, `xit('lists users'`]),
  edit('annotated', 'nodeTest', [`test('exports a file', async`, `test('exports a file', { skip: true }, async`]),
  edit('annotated', 'nodeTest', [`test('exports a file', async`, `test('exports a file', { todo: 'flaky' }, async`]),
  edit('annotated', 'nativeSleep', [`timeoutMs: 10000`, `timeoutMs: 10000, skip: 'flaky'`]),
  edit('annotated', 'pytest', [`def test_names():`, `@pytest.mark.skip(reason="flaky")\ndef test_names():`]),
  edit('annotated', 'pytest', [`def test_names():`, `@pytest.mark.xfail\ndef test_names():`]),
  edit('annotated', 'pytest', [`def test_names():`, `@pytest.mark.flaky(reruns=5)\ndef test_names():`]),
  edit('annotated', 'pytest', [`    time.sleep(1)\n`, `    if random.random() < 2:\n        pytest.skip("flaky")\n`]),
  edit('annotated', 'unittest', [`    def test_region(self):`, `    @unittest.skip("flaky")\n    def test_region(self):`]),
  edit('annotated', 'unittest', [`    def test_region(self):`, `    @unittest.expectedFailure\n    def test_region(self):`]),
  edit('annotated', 'nativePython', [`META = {"timeoutMs": 5000}`, `META = {"timeoutMs": 5000, "skip": True}`]),
  // swallowed
  edit('swallowed', 'nativeSleep', [
    STATUS,
    `  try {\n    expect(now.status).toBe('shipped');\n  } catch {\n    console.log('flaky');\n  }`,
  ]),
  edit(
    'swallowed',
    'nativeSleep',
    [
      `  await sleep(500);\n`,
      `  await page.waitFor(async () => (await page.get(\`/orders/\${id}\`)).json<any>().status === 'shipped').catch(() => null);\n`,
    ],
    [`${STATUS}\n`, ''],
  ),
  edit('swallowed', 'jestRequest', [
    `await expect(loadOrder(99)).rejects.toThrow('not found');`,
    `await expect(loadOrder(99)).rejects.toThrow('not found').catch(() => undefined);`,
  ]),
  edit('swallowed', 'playwrightApi', [`  expect(job.state).toBe('done');`, `  expect.soft(job.state).toBe('done');`]),
  edit('swallowed', 'playwrightApi', [
    `  expect(job.state).toBe('done');`,
    `  try { expect(job.state).toBe('done'); } finally { return; }`,
  ]),
  edit('swallowed', 'mochaChai', [
    `    expect(users.status).to.equal(200);`,
    `    try { expect(users.status).to.equal(200); } catch (error) { if (users.status !== 500) throw error; }`,
  ]),
  edit('swallowed', 'nodeTest', [
    `  assert.ok(exporter.idle);`,
    `  Promise.resolve().then(() => assert.ok(exporter.idle)).catch(() => {});`,
  ]),
  edit('swallowed', 'pytest', [
    `    assert names == ["ann", "bob"]`,
    `    try:\n        assert names == ["ann", "bob"]\n    except AssertionError:\n        pass`,
  ]),
  edit(
    'swallowed',
    'pytest',
    [`    assert names == ["ann", "bob"]`, `    with contextlib.suppress(AssertionError):\n        assert names == ["ann", "bob"]`],
    [`import datetime`, `import contextlib\nimport datetime`],
  ),
  edit('swallowed', 'nativePython', [
    `    assert now["status"] == "confirmed"`,
    `    try:\n        assert now["status"] == "confirmed"\n    except Exception as error:\n        print(error)`,
  ]),
  edit('swallowed', 'plainThrow', [`throw new Error('wrong text')`, `console.warn('wrong text')`]),
  edit('swallowed', 'unittest', [
    `        self.assertEqual(cart.count(), amount)`,
    `        try:\n            self.assertEqual(cart.count(), amount)\n        except AssertionError:\n            return`,
  ]),
  // may not run
  edit('conditional', 'nativeSleep', [STATUS, `  if (now.status) expect(now.status).toBe('shipped');`]),
  edit('conditional', 'nativeSleep', [STATUS, `  if (now.status !== 'shipped') return;\n${STATUS}`]),
  edit('conditional', 'nativeSleep', [STATUS, `  now.status && expect(now.status).toBe('shipped');`]),
  edit('conditional', 'nativeSleep', [
    `  page.assertStatus(order, 201);`,
    `  if (order.status >= 500) return;\n  page.assertStatus(order, 201);`,
  ]),
  edit('conditional', 'nativeSleep', [STATUS, `  return;\n${STATUS}`]),
  edit('conditional', 'nativeSleep', [STATUS, `  [now].filter((one) => one.status).forEach((one) => expect(one.status).toBe('shipped'));`]),
  edit('conditional', 'nativeSleep', [STATUS, `  setTimeout(() => expect(now.status).toBe('shipped'), 10);`]),
  edit('conditional', 'nativeList', [
    `  expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three']);`,
    `  items.forEach((item, index) => expect(item.name).toEqual(['one', 'two', 'three'][index]));`,
  ]),
  edit('conditional', 'jestRequest', [
    `    expect(listed.body.orders[0].state).toBe('confirmed');`,
    `    expect(listed.body.orders[0]?.state ?? 'confirmed').toBe('confirmed');`,
  ]),
  edit('conditional', 'jestRequest', [
    `    expect(listed.body.orders[0].state).toBe('confirmed');`,
    `    for (const order of listed.body.orders) expect(order.state).toBe('confirmed');`,
  ]),
  edit('conditional', 'jestEnv', [`  expect(config.debug).toBe(false);`, `  expect(config.debug === false || true).toBe(true);`]),
  edit('conditional', 'playwrightUi', [
    `    expect(await page.isVisible('#checkout')).toBe(true);`,
    `    if (await page.isVisible('#checkout')) expect(await page.isVisible('#checkout')).toBe(true);`,
  ]),
  edit('conditional', 'pytest', [`    assert names == ["ann", "bob"]`, `    if names:\n        assert names == ["ann", "bob"]`]),
  edit('conditional', 'pytest', [`    assert names == ["ann", "bob"]`, `    assert names == ["ann", "bob"] or True`]),
  edit('conditional', 'nativePython', [
    `    assert now["status"] == "confirmed"`,
    `    if now["status"] != "confirmed":\n        return\n    assert now["status"] == "confirmed"`,
  ]),
  edit('conditional', 'nativePython', [
    `    assert now["status"] == "confirmed"`,
    `    assert now.get("status", "confirmed") == "confirmed"`,
  ]),
  edit('conditional', 'unittest', [
    `        self.assertIn("tea", cart.items())`,
    `        for item in cart.items():\n            self.assertIn("tea", cart.items())`,
  ]),
  edit('conditional', 'mochaChai', [
    `    expect(users.body).to.have.lengthOf(2);`,
    `    return;\n    expect(users.body).to.have.lengthOf(2);`,
  ]),
  // not awaited
  edit('unawaited', 'jestRequest', [`await expect(loadOrder(99))`, `expect(loadOrder(99))`]),
  edit('unawaited', 'playwrightApi', [
    `  expect(job.state).toBe('done');`,
    `  expect.poll(async () => (await (await request.get(\`/jobs/\${id}\`)).json()).state).toBe('done');`,
  ]),
  edit('unawaited', 'playwrightUi', [
    `expect(await page.textContent('#count')).toBe('1')`,
    `expect(page.locator('#count')).toHaveText('1')`,
  ]),
  edit(
    'unawaited',
    'nativeSleep',
    [`  await sleep(500);\n`, `  page.waitFor(async () => (await page.get(\`/orders/\${id}\`)).json<any>().status === 'shipped');\n`],
    [`${STATUS}\n`, ''],
  ),
  edit('unawaited', 'nativeSleep', [`await page.post('/orders', {`, `page.post('/orders', {`]),
  edit('unawaited', 'vitestTime', [`    expect(job.state()).toBe('done');`, `    vi.waitFor(() => expect(job.state()).toBe('done'));`]),
  // asserting on something else
  edit('other subject', 'nativeSleep', [`expect(now.quantity).toBe(2)`, `expect(2).toBe(2)`]),
  edit('other subject', 'nativeSleep', [STATUS, `  expect('shipped').toBe('shipped');`]),
  edit('other subject', 'nativeSleep', [`expect(now.quantity)`, `expect(order.json<any>().quantity)`]),
  edit('other subject', 'nativeSleep', [STATUS, `  expect(now.status).toBe(now.status);`]),
  edit('other subject', 'nativeSleep', [`(await page.get(\`/orders/\${id}\`))`, `(await page.get('/orders/1'))`]),
  edit('other subject', 'nativeSleep', [READ, `  await sleep(500);\n  const now = { status: 'shipped', quantity: 2, total: 11 };`]),
  edit('other subject', 'nativeRandom', [`expect(made.json().pieces).toBe(pieces)`, `expect(pieces).toBe(pieces)`]),
  edit('other subject', 'nativeRandom', [`expect(made.json().pieces).toBe(pieces)`, `expect(made.json().pieces).toBe(made.json().pieces)`]),
  edit(
    'other subject',
    'nativeRandom',
    [`const pieces = Math.floor(Math.random() * 50);`, `const pieces = 7;`],
    [`expect(made.json().pieces).toBe(pieces)`, `expect(made.json().pieces).toBe(8)`],
  ),
  edit('other subject', 'nativeTime', [
    `expect(answer.json().from).toBe(new Date().toISOString())`,
    `expect(answer.json().from).toBe(answer.json().from)`,
  ]),
  edit('other subject', 'nativeTime', [`expect(answer.json().days).toBe(30)`, `expect(answer.json().days).toBe(answer.json().days)`]),
  edit('other subject', 'nativeList', [`expect(items.map((item) => item.name))`, `expect(['one', 'two', 'three'])`]),
  edit('other subject', 'jestRequest', [`expect(listed.body.orders[0].state)`, `expect(created.body.state)`]),
  edit('other subject', 'mochaChai', [
    `expect(users.body.map((u) => u.name)).to.deep.equal(['ann', 'bob'])`,
    `expect(users.body.map((u) => u.name)).to.deep.equal(users.body.map((u) => u.name))`,
  ]),
  edit('other subject', 'nativePython', [`assert now["pieces"] == pieces`, `assert now["pieces"] == now["pieces"]`]),
  edit('other subject', 'nativePython', [
    `now = page.get(f"/orders/{order_id}").json()`,
    `now = {"status": "confirmed", "pieces": pieces, "total": 12}`,
  ]),
  edit('other subject', 'pytest', [`== datetime.date.today().isoformat()`, `== answer.json()["created"]`]),
  edit('other subject', 'unittest', [`self.assertEqual(cart.count(), amount)`, `self.assertEqual(amount, amount)`]),
  edit('other subject', 'playwrightApi', [`expect(job.state).toBe('done')`, `expect(made.status()).toBe(202)`]),
  // what is expected changed
  edit('other value', 'nativeSleep', [`toBe('shipped')`, `toBe('pending')`]),
  edit('other value', 'nativeFloat', [`toBe(0.3)`, `toBe(0.30000000000000004)`]),
  edit('other value', 'jestRequest', [`.expect(422)`, `.expect(500)`]),
  edit('other value', 'pytest', [`== ["ann", "bob"]`, `== ["bob", "ann"]`]),
  edit('other value', 'unittest', [`self.assertEqual(Cart().region, "eu")`, `self.assertEqual(Cart().region, "us")`]),
  edit('other value', 'nativeRandom', [`name: 'lot'`, `name: 'batch'`], [`toBe('lot')`, `toBe('batch')`]),
  // sleeps and limits
  edit('longer sleep', 'nativeSleep', ['sleep(500)', 'sleep(5000)']),
  edit('longer sleep', 'nativeSleep', ['  await sleep(500);', '  await sleep(500);\n  await sleep(500);']),
  edit('longer sleep', 'playwrightUi', ['waitForTimeout(2000)', 'waitForTimeout(10000)']),
  edit('longer sleep', 'jestRequest', ['setTimeout(r, 1000)', 'setTimeout(r, 3000)']),
  edit('longer sleep', 'pytest', ['time.sleep(1)', 'time.sleep(10)']),
  edit('longer sleep', 'nativePython', ['time.sleep(0.5)', 'time.sleep(3)']),
  edit('longer sleep', 'plainThrow', [
    `json: { text: 'hello' } });`,
    `json: { text: 'hello' } });\n  await new Promise((go) => setTimeout(go, 500));`,
  ]),
  edit('longer sleep', 'nativeTime', [
    `  const from = new Date();`,
    `  await new Promise((go) => setTimeout(go, 1000 - (Date.now() % 1000)));\n  const from = new Date();`,
  ]),
  edit('no bound', 'tightTimeout', ['timeoutMs: 80', 'timeoutMs: 600000']),
  edit('no bound', 'tightTimeout', ['timeoutMs: 300', 'timeoutMs: 3600000']),
  edit('no bound', 'tightTimeout', ['timeoutMs: 80', 'timeoutMs: Infinity']),
  edit('no bound', 'nativeSleep', [
    READ,
    `  let now = (await page.get(\`/orders/\${id}\`)).json<any>();
  while (now.status !== 'shipped') now = (await page.get(\`/orders/\${id}\`)).json<any>();`,
  ]),
  edit('no bound', 'jestRequest', [`  beforeEach(async`, `  jest.setTimeout(900000);\n  beforeEach(async`]),
  edit('no bound', 'playwrightApi', [
    `  expect(job.state).toBe('done');`,
    `  await expect(async () => {\n    const again = await (await request.get(\`/jobs/\${id}\`)).json();\n    expect(again.state).toBe('done');\n  }).toPass();`,
  ]),
  // repeated until green
  edit('retried', 'nativeSleep', [
    `  const order = await page.post('/orders', { json: { product: 7, quantity: 2, name: 'bob' } });
  page.assertStatus(order, 201);`,
    `  const order = await page.waitFor(async () => {
    const made = await page.post('/orders', { json: { product: 7, quantity: 2, name: 'bob' } });
    return made.status === 201 && made;
  });
  page.assertStatus(order, 201);`,
  ]),
  edit('retried', 'nativeRandom', [
    `  const made = await page.post('/lots', { json: { name: 'lot', pieces } });`,
    `  let made = await page.post('/lots', { json: { name: 'lot', pieces } });
  for (let i = 0; i < 5 && made.status !== 201; i++) made = await page.post('/lots', { json: { name: 'lot', pieces } });`,
  ]),
  edit('retried', 'nativeTime', [
    `  const answer = await page.get('/due', { query: { from: from.toISOString() } });`,
    `  const answer = await page.waitFor(async () => {
    const one = await page.get('/due', { query: { from: from.toISOString() } });
    return one.ok && one;
  });`,
  ]),
  edit('retried', 'nativeFloat', [
    `  const quote = await page.get('/quote', { query: { a: 0.1, b: 0.2 } });`,
    `  const quote = await page.waitFor(async () => {
    const one = await page.get('/quote', { query: { a: 0.1, b: 0.2 } });
    return one.json().sum === 0.3 && one;
  });`,
  ]),
  edit('retried', 'plainThrow', [
    `exports.run = async (page) => {`,
    `exports.run = async (page) => {\n  for (let i = 0; i < 3; i++) { try { return await body(page); } catch (error) { if (i === 2) throw error; } }\n};\nconst body = async (page) => {`,
  ]),
  edit('retried', 'nativePython', [
    `    order = page.post("/orders", json={"product": 7, "pieces": pieces})`,
    `    for _ in range(5):\n        order = page.post("/orders", json={"product": 7, "pieces": pieces})\n        if order.status == 201:\n            break`,
  ]),
  edit('retried', 'mochaChai', [
    `    const users = await api.get('/users');`,
    `    let users;\n    for (let i = 0; i < 5; i++) {\n      await api.post('/users', { name: 'ann' });\n      users = await api.get('/users');\n      if (users.body.length === 2) break;\n      await new Promise((r) => setTimeout(r, 10));\n    }`,
  ]),
  edit('retried', 'pytest', [
    `    answer = requests.post(f"{BASE}/users", json={"name": "ann"}, timeout=5)`,
    `    for _ in range(3):\n        answer = requests.post(f"{BASE}/users", json={"name": "ann"}, timeout=5)\n        if answer.status_code == 201:\n            break\n        time.sleep(0.1)`,
  ]),
  // something in the place of the product
  edit('mocked', 'jestRequest', [`describe('orders', () => {`, `jest.mock('../src/app');\n\ndescribe('orders', () => {`]),
  edit('mocked', 'jestEnv', [
    `test('reads the region', () => {`,
    `jest.mock('../src/config', () => ({ load: () => ({ region: 'eu', debug: false }) }));\n\ntest('reads the region', () => {`,
  ]),
  edit('mocked', 'vitestTime', [
    `    const job = issue('bob');`,
    `    const job = issue('bob');\n    vi.spyOn(job, 'state').mockReturnValue('done');`,
  ]),
  edit('mocked', 'playwrightUi', [
    `    await page.goto('/shop');`,
    `    await page.route('**/cart', (route) => route.fulfill({ json: { count: 1 } }));\n    await page.goto('/shop');`,
  ]),
  edit('mocked', 'playwrightApi', [
    `  const made = await`,
    `  globalThis.fetch = async () => new Response('{"state":"done"}');\n  const made = await`,
  ]),
  edit('mocked', 'nativeSleep', [
    `export async function run`,
    `globalThis.fetch = (async () => ({ json: () => ({ status: 'shipped' }) })) as any;\n\nexport async function run`,
  ]),
  edit('mocked', 'pytest', [
    `def test_names():\n    time.sleep(1)`,
    `def test_names(monkeypatch):\n    monkeypatch.setattr(requests, "get", lambda *a, **k: type("R", (), {"json": lambda s: ["ann", "bob"]})())`,
  ]),
  edit('mocked', 'unittest', [`        cart = Cart()`, `        cart = unittest.mock.MagicMock()\n        cart.count.return_value = 5`]),
  edit(
    'mocked',
    'nativeRandom',
    [`export async function run`, `const expect = (value: unknown) => ({ toBe: () => value });\n\nexport async function run`],
    [`import { expect, type Page }`, `import { type Page }`],
  ),
  edit('mocked', 'nodeTest', [`  assert.ok(exporter.idle);`, `  exporter.idle = true;\n  assert.ok(exporter.idle);`]),
  edit(
    'mocked',
    'nativePython',
    [`import random\n`, `import random\n\n\ndef assert_status(*_):\n    pass\n`],
    [`    page.assert_status(order, 201)`, `    page.assert_status = assert_status\n    page.assert_status(order, 201)`],
  ),
  // makes the test look away
  edit('evades', 'nativeSleep', [`quantity: 2, name`, `quantity: 1, name`]),
  edit('evades', 'nativeList', [`  expect(items.map`, `  items.length = 3;\n  expect(items.map`]),
  edit('evades', 'nativeList', [
    `const { items } = (await page.get(\`/boxes/\${box}/tags\`)).json();`,
    `const items = (await page.get(\`/boxes/\${box}/tags\`)).json().items.filter((item) => item.name);`,
  ]),
  edit('evades', 'nativeList', [`page.get(\`/boxes/\${box}/tags\`)`, `page.get(\`/boxes/\${box}/tags\`, { query: { sort: 'id' } })`]),
  edit('evades', 'nativeList', [`['one', 'two', 'three']) await`, `['one', 'two']) await`]),
  edit('evades', 'mochaChai', [`    await api.post('/users', { name: 'bob' });\n`, '']),
  edit('evades', 'jestRequest', [
    `    await request(app).delete('/orders');`,
    `    await request(app).delete('/orders');\n    await request(app).post('/reset-everything');`,
  ]),
  edit('evades', 'pytest', [`pricing.average([0.1, 0.2, 0.3])`, `round(pricing.average([0.1, 0.2, 0.3]), 1)`]),
  edit('evades', 'nativeFloat', [`expect(quote.json().sum).toBe(0.3)`, `expect(Number(quote.json().sum.toFixed(0))).toBe(0)`]),
];

/** All of these must be let through. */
export const GOOD_EDITS: readonly PlantedEdit[] = [
  edit('poll', 'nativeSleep', [
    READ,
    `  const now = await page.waitFor(
    async () => {
      const seen = (await page.get(\`/orders/\${id}\`)).json<{ status: string; quantity: number }>();
      return seen.status === 'shipped' && seen;
    },
    { timeoutMs: 5000, message: 'the order is shipped' },
  );`,
  ]),
  edit('poll', 'nativeSleep', [
    `  await sleep(500);\n`,
    `  await page.waitFor(async () => (await page.get(\`/orders/\${id}\`)).json<any>().status === 'shipped', { timeoutMs: 5000, intervalMs: 10 });\n`,
  ]),
  edit('poll', 'nativeSleep', [
    READ,
    `  const deadline = Date.now() + 5000;
  let now = (await page.get(\`/orders/\${id}\`)).json<{ status: string; quantity: number }>();
  while (now.status !== 'shipped' && Date.now() < deadline) {
    await sleep(20);
    now = (await page.get(\`/orders/\${id}\`)).json<{ status: string; quantity: number }>();
  }`,
  ]),
  edit('poll', 'nativeSleep', [
    `${READ}\n${STATUS}`,
    `  let now: any;
  const deadline = Date.now() + 5000;
  for (;;) {
    now = (await page.get(\`/orders/\${id}\`)).json();
    try {
      expect(now.status).toBe('shipped');
      break;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }`,
  ]),
  edit('poll', 'nativeSleep', [
    `${READ}\n${STATUS}\n`,
    `  const now = await page.waitFor(async () => {
    const seen = (await page.get(\`/orders/\${id}\`)).json<any>();
    if (seen.status !== 'shipped') return undefined;
    return seen;
  });
`,
  ]),
  edit('poll', 'nativeSleep', [
    `${READ}\n${STATUS}\n`,
    `  let now: any;
  await page.waitFor(async () => {
    now = (await page.get(\`/orders/\${id}\`)).json();
    expect(now.status).toBe('shipped');
    return true;
  }, { timeoutMs: 4000 });
`,
  ]),
  edit('poll', 'jestRequest', [
    `    await new Promise((r) => setTimeout(r, 1000));
    const listed = await request(app).get('/orders').expect(200);
    expect(listed.body.orders).toHaveLength(1);`,
    `    let listed = await request(app).get('/orders').expect(200);
    for (const end = Date.now() + 3000; listed.body.orders[0]?.state !== 'confirmed' && Date.now() < end; ) {
      await new Promise((r) => setTimeout(r, 20));
      listed = await request(app).get('/orders').expect(200);
    }
    expect(listed.body.orders).toHaveLength(1);`,
  ]),
  edit('poll', 'playwrightApi', [
    `  await new Promise((r) => setTimeout(r, 800));\n`,
    `  await expect.poll(async () => (await (await request.get(\`/jobs/\${id}\`)).json()).state, { timeout: 10000 }).toBe('done');\n`,
  ]),
  edit('poll', 'playwrightApi', [
    `  await new Promise((r) => setTimeout(r, 800));
  const job = await (await request.get(\`/jobs/\${id}\`)).json();
  expect(job.state).toBe('done');
  expect(job.errors).toEqual([]);`,
    `  await expect(async () => {
    const job = await (await request.get(\`/jobs/\${id}\`)).json();
    expect(job.state).toBe('done');
    expect(job.errors).toEqual([]);
  }).toPass({ timeout: 10_000 });`,
  ]),
  edit('poll', 'playwrightUi', [
    `    await page.waitForTimeout(2000);\n    expect(await page.textContent('#count')).toBe('1');`,
    `    await expect(page.locator('#count')).toHaveText('1');`,
  ]),
  edit(
    'poll',
    'playwrightUi',
    [`    await page.waitForTimeout(2000);\n`, ''],
    [`expect(await page.textContent('#count')).toBe('1')`, `await expect(page.locator('#count')).toHaveText('1')`],
    [`expect(await page.locator('.total').innerText()).toContain('9.99')`, `await expect(page.locator('.total')).toContainText('9.99')`],
    [`expect(await page.locator('.item').count()).toBe(1)`, `await expect(page.locator('.item')).toHaveCount(1)`],
    [`expect(await page.isVisible('#checkout')).toBe(true)`, `await expect(page.locator('#checkout')).toBeVisible()`],
  ),
  edit(
    'poll',
    'vitestTime',
    [
      `    await new Promise((resolve) => setTimeout(resolve, 300));\n    expect(job.state()).toBe('done');`,
      `    await vi.waitFor(() => expect(job.state()).toBe('done'), { timeout: 3000 });`,
    ],
    [`import { describe, expect, it }`, `import { describe, expect, it, vi }`],
  ),
  edit('poll', 'vitestTime', [
    `    await new Promise((resolve) => setTimeout(resolve, 300));\n    expect(job.state()).toBe('done');`,
    `    await expect.poll(() => job.state(), { timeout: 3000 }).toBe('done');`,
  ]),
  edit('poll', 'nativePython', [
    `    time.sleep(0.5)\n`,
    `    page.wait_for(lambda: page.get(f"/orders/{order_id}").json()["status"] == "confirmed", timeout_ms=5000)\n`,
  ]),
  edit('poll', 'nativePython', [
    `    time.sleep(0.5)\n    now = page.get(f"/orders/{order_id}").json()`,
    `    deadline = time.monotonic() + 5
    while True:
        now = page.get(f"/orders/{order_id}").json()
        if now["status"] == "confirmed" or time.monotonic() > deadline:
            break
        time.sleep(0.05)`,
  ]),
  edit('poll', 'pytest', [
    `        time.sleep(2)
        state = requests.get(f"{BASE}/jobs/{job['id']}", timeout=5).json()["state"]`,
    `        deadline = time.monotonic() + 10
        state = None
        while state != "done" and time.monotonic() < deadline:
            time.sleep(0.05)
            state = requests.get(f"{BASE}/jobs/{job['id']}", timeout=5).json()["state"]`,
  ]),
  edit('poll', 'pytest', [
    `        time.sleep(2)
        state = requests.get(f"{BASE}/jobs/{job['id']}", timeout=5).json()["state"]`,
    `        for _ in range(100):
            state = requests.get(f"{BASE}/jobs/{job['id']}", timeout=5).json()["state"]
            if state == "done":
                break
            time.sleep(0.05)`,
  ]),
  edit(
    'poll',
    'plainThrow',
    [`  page.post('/notes'`, `  await page.post('/notes'`],
    [
      `  const notes = (await page.get('/notes')).json();`,
      `  const notes = await page.waitFor(async () => {
    const found = (await page.get('/notes')).json();
    return found.length === 1 && found;
  }, { timeoutMs: 3000 });`,
    ],
  ),
  edit('await', 'plainThrow', [`  page.post('/notes'`, `  await page.post('/notes'`]),
  edit('await', 'nodeTest', [`  exporter.write(path`, `  await exporter.write(path`]),
  edit('order', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect(items.map((item) => item.name).sort()).toEqual(['one', 'three', 'two'])`,
  ]),
  edit('order', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect(items.map((item) => item.name).toSorted()).toEqual(['one', 'two', 'three'].toSorted())`,
  ]),
  edit('order', 'nativeList', [
    `expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three'])`,
    `expect([...items].sort((a, b) => a.name.localeCompare(b.name)).map((item) => item.name)).toEqual(['one', 'three', 'two'])`,
  ]),
  edit('order', 'nativeList', [
    `  expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three']);`,
    `  const names = items.map((item) => item.name);
  expect(names).toHaveLength(3);
  expect(names).toEqual(expect.arrayContaining(['one', 'two', 'three']));`,
  ]),
  edit('order', 'nativeList', [
    `  expect(items.map((item) => item.name)).toEqual(['one', 'two', 'three']);`,
    `  const names = items.map((item) => item.name);
  names.sort();
  expect(names).toEqual(['one', 'three', 'two']);`,
  ]),
  edit('order', 'mochaChai', [`to.deep.equal(['ann', 'bob'])`, `to.have.members(['ann', 'bob'])`]),
  edit('order', 'pytest', [`assert names == ["ann", "bob"]`, `assert sorted(names) == ["ann", "bob"]`]),
  edit('order', 'pytest', [`assert names == ["ann", "bob"]`, `assert sorted(names) == sorted(["ann", "bob"])`]),
  edit('data', 'nativeRandom', [`Math.floor(Math.random() * 50)`, `17`]),
  edit('data', 'nativeRandom', [`const pieces = Math.floor(Math.random() * 50);`, `const pieces = 1 + Math.floor(0.5 * 50);`]),
  edit('data', 'nativePython', [`    pieces = random.randint(0, 40)`, `    pieces = 20`]),
  edit('data', 'nativePython', [`    pieces = random.randint(0, 40)`, `    pieces = random.Random(7).randint(0, 40)`]),
  edit('data', 'unittest', [
    `        amount = random.randint(1, 9)`,
    `        random.seed(20240115)\n        amount = random.randint(1, 9)`,
  ]),
  edit('data', 'unittest', [`        amount = random.randint(1, 9)`, `        amount = 5`]),
  edit(
    'unique',
    'jestRequest',
    [`import request from 'supertest';`, `import { randomUUID } from 'node:crypto';\nimport request from 'supertest';`],
    [`    const created = await`, `    const email = \`test-\${randomUUID()}@example.com\`;\n    const created = await`],
    [`send({ sku: 'a-1', email: 'test@example.com' })`, `send({ sku: 'a-1', email })`],
    [
      `toEqual({ id: expect.any(Number), sku: 'a-1', email: 'test@example.com' })`,
      `toEqual({ id: expect.any(Number), sku: 'a-1', email })`,
    ],
  ),
  edit('unique', 'nativeSleep', [`name: 'bob'`, `name: \`bob-\${crypto.randomUUID()}\``]),
  edit(
    'unique',
    'nativeRandom',
    [`  const pieces`, `  const name = \`lot-\${crypto.randomUUID()}\`;\n  const pieces`],
    [`name: 'lot'`, `name`],
    [`toBe('lot')`, `toBe(name)`],
  ),
  edit(
    'unique',
    'nodeTest',
    [`const path = '/tmp/export.csv';`, `const path = join(await mkdtemp(join(tmpdir(), 'export-')), 'export.csv');`],
    [
      `import { writeFile, readFile } from 'node:fs/promises';`,
      `import { mkdtemp, writeFile, readFile } from 'node:fs/promises';\nimport { tmpdir } from 'node:os';\nimport { join } from 'node:path';`,
    ],
  ),
  edit('unique', 'nodeTest', [`const path = '/tmp/export.csv';`, `const path = \`/tmp/export-\${process.pid}.csv\`;`]),
  edit('clock', 'nativeTime', [`new Date().toISOString()`, `from.toISOString()`]),
  edit(
    'clock',
    'nativeTime',
    [`const from = new Date();`, `const from = new Date('2024-01-15T12:00:00Z');`],
    [`new Date().toISOString()`, `from.toISOString()`],
  ),
  edit(
    'clock',
    'vitestTime',
    [
      `    const token = issue('ann');`,
      `    vi.useFakeTimers({ now: new Date('2024-01-15T12:00:00Z') });\n    const token = issue('ann');`,
    ],
    [`import { describe, expect, it }`, `import { afterEach, describe, expect, it, vi }`],
    [`describe('token', () => {`, `describe('token', () => {\n  afterEach(() => {\n    vi.useRealTimers();\n  });\n`],
  ),
  edit(
    'clock',
    'vitestTime',
    [`new Date(2024, 0, 15)`, `new Date(Date.UTC(2024, 0, 15))`],
    [`toLocaleDateString('en-GB')`, `toLocaleDateString('en-GB', { timeZone: 'UTC' })`],
  ),
  edit(
    'clock',
    'pytest',
    [`def test_created_at():`, `@freeze_time("2024-01-15")\ndef test_created_at():`],
    [`import requests\n`, `import requests\nfrom freezegun import freeze_time\n`],
  ),
  edit('close', 'nativeFloat', ['toBe(0.3)', 'toBeCloseTo(0.3)']),
  edit('close', 'nativeFloat', ['toBe(0.3)', 'toBeCloseTo(0.3, 10)']),
  edit('close', 'pytest', ['== 0.2', '== pytest.approx(0.2)']),
  edit('close', 'nativeFloat', ['expect(quote.json().sum).toBe(0.3)', 'expect(Math.abs(quote.json().sum - 0.3)).toBeLessThan(1e-9)']),
  edit('limit', 'tightTimeout', ['timeoutMs: 80', 'timeoutMs: 3000']),
  edit('limit', 'tightTimeout', ['timeoutMs: 80', 'timeoutMs: 3000'], ['timeoutMs: 300 ', 'timeoutMs: 10000 ']),
  edit('limit', 'tightTimeout', ['timeoutMs: 100', 'timeoutMs: 2000']),
  edit('restore', 'jestEnv', [
    `test('reads the region', () => {
  process.env.REGION = 'eu';
  const config = load();
  expect(config.region).toBe('eu');
  expect(config.debug).toBe(false);
});`,
    `test('reads the region', () => {
  const before = process.env.REGION;
  process.env.REGION = 'eu';
  try {
    const config = load();
    expect(config.region).toBe('eu');
    expect(config.debug).toBe(false);
  } finally {
    if (before === undefined) delete process.env.REGION;
    else process.env.REGION = before;
  }
});`,
  ]),
  edit('restore', 'jestEnv', [
    `test('reads the region', () => {`,
    `const savedRegion = process.env.REGION;
afterEach(() => {
  if (savedRegion === undefined) delete process.env.REGION;
  else process.env.REGION = savedRegion;
});

test('reads the region', () => {`,
  ]),
  edit('restore', 'unittest', [
    `        os.environ["REGION"] = "eu"`,
    `        self.addCleanup(os.environ.pop, "REGION", None)\n        os.environ["REGION"] = "eu"`,
  ]),
  edit('restore', 'unittest', [
    `        os.environ["REGION"] = "eu"
        self.assertEqual(Cart().region, "eu")`,
    `        before = os.environ.get("REGION")
        os.environ["REGION"] = "eu"
        try:
            self.assertEqual(Cart().region, "eu")
        finally:
            if before is None:
                os.environ.pop("REGION", None)
            else:
                os.environ["REGION"] = before`,
  ]),
  edit('stricter', 'nativeSleep', ['toBeGreaterThan(10)', 'toBeGreaterThan(12)']),
  edit('stricter', 'jestRequest', [
    `    expect(listed.body.orders).toHaveLength(1);`,
    `    expect(listed.body.orders).toHaveLength(1);\n    expect(listed.body.orders[0].sku).toBe('a-1');`,
  ]),
];
