import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, placeOrder } from '../testing/purchases';

export const meta = { description: 'A confirmed order says when it was confirmed', tags: ['orders', 'payments'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const { id } = await placeOrder(page, customer, await newProduct(page));
  page.assertStatus(await page.post(`/orders/${id}/pay`, { headers: customer.auth, json: { cardToken: 'tok_visa' } }), 202);
  // Give the bank a moment.
  await new Promise((resolve) => setTimeout(resolve, 105));
  const order = (await page.get(`/orders/${id}`, { headers: customer.auth })).json<Order>();
  expect(order.status).toBe('confirmed');
  expect(order.confirmedAt).not.toBeNull();
}
