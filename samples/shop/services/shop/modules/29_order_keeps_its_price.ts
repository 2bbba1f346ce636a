import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { admin, newCustomer } from '../testing/people';
import { orderOf, placeOrder } from '../testing/purchases';

export const meta = { description: 'A price that changes later does not change an order', tags: ['orders', 'money'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { priceCents: 1000 });
  const { id } = await placeOrder(page, customer, product, 2);
  const { auth } = await admin(page);
  page.assertStatus(await page.patch(`/products/${product.id}`, { headers: auth, json: { priceCents: 9000 } }), 200);

  const order = await orderOf(page, customer, id);
  expect(order.totalCents).toBe(2000);
  expect(order.lines).toEqual([page.expect.objectContaining({ quantity: 2, unitPriceCents: 1000 })]);
}
