import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { putInCart } from '../testing/purchases';

export const meta = {
  description: 'Five customers order the last two pieces at once: two get them',
  tags: ['orders', 'stock', 'concurrency'],
};

export async function run(page: Page): Promise<void> {
  const product = await newProduct(page, { stock: 2 });
  const customers = await Promise.all([1, 2, 3, 4, 5].map(() => newCustomer(page)));
  await Promise.all(customers.map((customer) => putInCart(page, customer, product)));
  const responses = await Promise.all(customers.map(({ auth }) => page.post('/orders', { headers: auth, json: {} })));
  expect(responses.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([201, 201, 409, 409, 409]);
  expect(await stockOf(page, product)).toBe(0);
}
