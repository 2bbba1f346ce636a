import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { type RunningPostgres, startTemporaryPostgres } from '@testimony/local-postgres';
import { Page } from '@testimony/page';
import { newProduct, stockOf } from './services/shop/testing/goods';
import { admin, newCustomer } from './services/shop/testing/people';
import { buy } from './services/shop/testing/purchases';

const START_LIMIT_MS = 30_000;

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

let postgres: RunningPostgres;
let sample: ChildProcess;
let output = '';
let page: Page;

beforeAll(async () => {
  postgres = await startTemporaryPostgres();
  const [shop, payments] = await freePorts(2);
  sample = spawn(process.execPath, ['start.mjs'], {
    cwd: __dirname,
    env: {
      ...process.env,
      SHOP_PORT: String(shop),
      PAYMENTS_PORT: String(payments),
      SHOP_DATABASE_URL: Object.assign(new URL(postgres.url), { pathname: '/shop' }).href,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [sample.stdout, sample.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  page = new Page({
    service: 'shop',
    services: {
      shop: { baseUrl: `http://127.0.0.1:${shop}` },
      payments: { baseUrl: `http://127.0.0.1:${payments}`, headers: { 'x-api-key': 'demo-payments-key' } },
    },
  });
  const healthy = async (service: string): Promise<boolean> => {
    if (sample.exitCode !== null) throw new Error(`the sample ended: ${output}`);
    return (await page.service(service).get('/health')).ok;
  };
  await page.waitFor(async () => (await healthy('shop')) && (await healthy('payments')), { timeoutMs: START_LIMIT_MS, intervalMs: 25 });
}, START_LIMIT_MS + 10_000);

afterAll(async () => {
  if (sample.exitCode === null) {
    sample.kill('SIGTERM');
    await once(sample, 'exit');
  }
  await postgres.stop();
});

test('a customer logs in and is no admin', async () => {
  const customer = await newCustomer(page);
  page.assertJson(await page.get('/auth/me', { headers: customer.auth }), { id: customer.id, role: 'customer' });
  page.assertStatus(await page.get('/admin/reports/sales', { headers: customer.auth, query: { category: 'books' } }), 403);
  page.assertStatus(await page.post('/auth/login', { json: { email: customer.email, password: 'wrong' } }), 401);
});

test('an order is paid through both services, from the stock of the shop to the ledger of payments', async () => {
  const product = await newProduct(page, { priceCents: 1250, stock: 5 });
  const order = await buy(page, await newCustomer(page), product, 2);
  expect(order).toMatchObject({ status: 'confirmed', totalCents: 2500 });
  expect(await stockOf(page, product)).toBe(3);
  page.assertJson(await page.service('payments').get(`/payments/${order.paymentId}/entries`), {
    entries: [
      { kind: 'authorisation', amountCents: 2500 },
      { kind: 'capture', amountCents: 2500 },
    ],
  });
});

test('the bug that the README names is there: a refund moves the money and forgets the stock', async () => {
  const product = await newProduct(page, { stock: 5 });
  const order = await buy(page, await newCustomer(page), product, 2);
  const refunded = await page.post(`/orders/${order.id}/refund`, { headers: (await admin(page)).auth });
  page.assertJson(refunded, { status: 'refunded' });
  page.assertJson(await page.service('payments').get(`/payments/${order.paymentId}`), { refundedCents: order.totalCents });
  expect(await stockOf(page, product)).toBe(3);
});

test('SIGTERM ends both services', async () => {
  sample.kill('SIGTERM');
  await once(sample, 'exit');
  expect({ code: sample.exitCode, output }).toEqual({ code: 0, output: '' });
  for (const service of ['shop', 'payments']) await expect(page.service(service).get('/health')).rejects.toThrow('ECONNREFUSED');
});
