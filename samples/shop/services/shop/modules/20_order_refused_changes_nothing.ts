import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { putInCart } from '../testing/purchases';

export const meta = {
  description: 'An order that cannot be filled takes nothing from stock and leaves the cart',
  tags: ['orders', 'stock'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const order = () => page.post('/orders', { headers: customer.auth, json: {} });
  page.assertStatus(await order(), 409);

  const plenty = await newProduct(page, { stock: 50 });
  const scarce = await newProduct(page, { stock: 1 });
  await putInCart(page, customer, plenty, 2);
  await putInCart(page, customer, scarce, 2);
  const refused = await order();
  page.assertStatus(refused, 409);
  page.assertJson(refused, { message: expect.stringContaining('1 left') });
  expect([await stockOf(page, plenty), await stockOf(page, scarce)]).toEqual([50, 1]);
  expect((await page.get('/cart', { headers: customer.auth })).json<{ items: unknown[] }>().items).toHaveLength(2);
}
