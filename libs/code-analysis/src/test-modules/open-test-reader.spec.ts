import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openTestReader } from './open-test-reader';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tests-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const FILE = 'services/a/modules/01_x.ts';

function read(source: string, others: Readonly<Record<string, string>> = {}) {
  for (const [path, text] of Object.entries({ ...others, [FILE]: source })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const reading = openTestReader(root).read(FILE);
  if (typeof reading === 'string') throw new Error(reading);
  return reading;
}
const calls = (source: string, others?: Readonly<Record<string, string>>, line?: number) =>
  read(source, others)
    .callsAt(line)
    .map(({ endpoint }) => endpoint);

describe('the calls of a test', () => {
  it.each([
    ["page.get('/orders/1?full=1#x')", ['GET /orders/1']],
    ['page.post(`/orders/${id}/pay`)', ['POST /orders/{}/pay']],
    ["page.get('/orders/' + id + '/')", ['GET /orders/{}']],
    ["const base = '/api'; page.delete(`${base}/orders/order-${n}`)", ['DELETE /api/orders/order-{}']],
    ['page.get(`${process.env.URL}/orders`)', ['GET /orders']],
    ["page.get('http://127.0.0.1:3000/orders')", ['GET /orders']],
    ["page.get('orders')", ['GET /orders']],
    ["page.request('PATCH', '/orders')", ['PATCH /orders']],
    ["fetch('/orders', { method: 'put' })", ['PUT /orders']],
    ["axios({ url: '/orders', method: 'DELETE' })", ['DELETE /orders']],
    ["request(app).get('/orders').expect(200)", ['GET /orders']],
    ['const url = (id) => `/orders/${id}`; page.get(url(3))', ['GET /orders/{}']],
    ["const PATHS = { one: '/one' } as const; page.get(PATHS.one)", ['GET /one']],
    ["page.get(['', 'a', id].join('/'))", ['GET /a/{}']],
    ["new Map().get('key'); cache.delete(key); headers.get('x-id')", []],
    ["let path = '/a'; path = '/b'; page.get(path)", []],
  ])('%s', (source, expected) => expect(calls(source)).toEqual(expected));

  it('go through helpers that the test imports, and only through those it uses', () => {
    const reading = read(
      `import { login } from '../testing/people'; export async function run(page) { await login(page); await page.get('/me'); await page.service('payments').get('/fees'); }`,
      {
        'services/a/testing/people.ts': `
        export async function login(page) { return token(page); }
        async function token(page) { return page.post('/login'); }
        export async function unused(page) { await page.delete('/everything'); }`,
      },
    );
    expect(reading.callsAt(undefined)).toEqual([
      { endpoint: 'GET /fees', service: 'payments', own: true },
      { endpoint: 'GET /me', own: true },
      { endpoint: 'POST /login', own: false },
    ]);
  });

  it('are told apart by test where a file holds several', () => {
    const source = `
import { test } from '@playwright/test';
const make = (request) => request.post('/orders');
test('one', async ({ request }) => { await make(request); await request.get('/orders/1'); });
test.describe('more', () => {
  test('two', async ({ request }) => { await request.delete('/orders/1'); });
});`;
    expect(calls(source, {}, 4)).toEqual(['GET /orders/1', 'POST /orders']);
    expect(calls(source, {}, 6)).toEqual(['DELETE /orders/1']);
  });

  it('never lead out of the project', () => {
    expect(calls(`import { x } from '../../../../outside'; x(); page.get('/a')`)).toEqual(['GET /a']);
  });
});

describe('the description of a test', () => {
  it.each([
    [
      `// eslint-disable-next-line x\nimport a from 'a';\n/**\n * An order\n * is paid.\n *\n * More.\n */\nexport async function run(page) {}`,
      'An order is paid.',
    ],
    [`// One thing,\n// and another.\nexport const run = async (page) => {};`, 'One thing, and another.'],
    [`/** At the top. */\nimport a from 'a';\nexport async function run(page) {}`, 'At the top.'],
    [`// eslint-disable\nexport const run = 1;`, undefined],
    [`export const run = 1;`, undefined],
  ])('%j', (source, expected) => expect(read(source).description).toBe(expected));
});

describe('a test that cannot be read', () => {
  it('is one sentence', () => {
    expect(() => read(`export const meta = {\n  tags: [ `)).toThrow(/01_x\.ts:\d+: /);
    expect(openTestReader(root).read('gone.ts')).toBe('gone.ts: cannot be read (ENOENT)');
  });
});
