import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, putInCart } from '../testing/purchases';

export const meta = {
  description: 'An order takes its pieces out of stock and empties the cart',
  tags: ['orders', 'stock', 'smoke'],
  dependsOn: ['05_login'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { stock: 5, priceCents: 1250 });
  await putInCart(page, customer, product, 3);
  const response = await page.post('/orders', { headers: customer.auth, json: {} });
  page.assertStatus(response, 201);
  expect(response.json<Order>()).toMatchObject({ status: 'pending', subtotalCents: 3750, discountCents: 0, totalCents: 3750 });
  expect(await stockOf(page, product)).toBe(2);
  page.assertJson(await page.get('/cart', { headers: customer.auth }), { items: [] });
}
