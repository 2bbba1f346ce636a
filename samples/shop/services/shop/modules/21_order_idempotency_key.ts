import { randomUUID } from 'node:crypto';
import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, putInCart } from '../testing/purchases';

export const meta = {
  description: 'Requests with one idempotency key make one order, also when they come at once',
  tags: ['orders', 'idempotency', 'concurrency'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { stock: 10 });
  await putInCart(page, customer, product, 2);

  const headers = { ...customer.auth, 'idempotency-key': randomUUID() };
  const responses = await Promise.all([1, 2, 3].map(() => page.post('/orders', { headers, json: {} })));
  expect(responses.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([200, 200, 201]);
  expect(new Set(responses.map((response) => response.json<Order>().id)).size).toBe(1);
  expect(await stockOf(page, product)).toBe(8);
}
