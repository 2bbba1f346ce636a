import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { placeOrder } from '../testing/purchases';

export const meta = {
  description: 'A cancelled order gives its pieces back, once',
  tags: ['orders', 'stock'],
  dependsOn: ['19_order_reserves_stock'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { stock: 4 });
  const { id } = await placeOrder(page, customer, product, 3);
  expect(await stockOf(page, product)).toBe(1);

  const cancel = () => page.post(`/orders/${id}/cancel`, { headers: customer.auth });
  const responses = await Promise.all([cancel(), cancel()]);
  expect(responses.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  expect(await stockOf(page, product)).toBe(4);
  page.assertStatus(await page.post(`/orders/${id}/pay`, { headers: customer.auth, json: { cardToken: 'tok_visa' } }), 409);
}
