import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { placeOrder, settled } from '../testing/purchases';

export const meta = { description: 'When the bank refuses the card, the pieces go back into stock', tags: ['orders', 'payments', 'stock'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { stock: 3 });
  const placed = await placeOrder(page, customer, product, 2);
  const paying = await page.post(`/orders/${placed.id}/pay`, { headers: customer.auth, json: { cardToken: 'tok_declined' } });
  page.assertStatus(paying, 202);
  const order = await settled(page, customer, placed.id);
  expect(order).toMatchObject({ status: 'payment_failed', confirmedAt: null });
  expect(await stockOf(page, product)).toBe(3);
}
