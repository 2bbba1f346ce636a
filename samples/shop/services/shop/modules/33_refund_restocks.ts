import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { admin, newCustomer } from '../testing/people';
import { buy } from '../testing/purchases';

export const meta = {
  description: 'A refund gives the money back and puts the pieces back into stock',
  tags: ['orders', 'payments', 'stock', 'money'],
  dependsOn: ['25_order_paid'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { priceCents: 1500, stock: 10 });
  const order = await buy(page, customer, product, 4);
  expect(await stockOf(page, product)).toBe(6);

  const { auth } = await admin(page);
  const refunded = await page.post(`/orders/${order.id}/refund`, { headers: auth });
  page.assertStatus(refunded, 200);
  page.assertJson(refunded, { status: 'refunded' });
  page.assertJson(await page.service('payments').get(`/payments/${order.paymentId}`), { refundedCents: 6000 });
  expect(await stockOf(page, product)).toBe(10);
}
