import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, putInCart } from '../testing/purchases';

export const meta = { description: 'An order has a line for each product of the cart', tags: ['orders'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  await putInCart(page, customer, await newProduct(page, { name: 'Mug' }), 2);
  await putInCart(page, customer, await newProduct(page, { name: 'Teapot' }), 2);
  await putInCart(page, customer, await newProduct(page, { name: 'Spoon' }), 1);

  const response = await page.post('/orders', { headers: customer.auth, json: {} });
  page.assertStatus(response, 201);
  const { lines } = response.json<Order>();
  expect(lines).toHaveLength(3);
  expect(lines[0]?.quantity).toBe(2);
}
