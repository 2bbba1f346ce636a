import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { placeOrder, settled } from '../testing/purchases';

export const meta = {
  description: 'A paid order is confirmed when the bank has answered, and payments holds the same amount',
  tags: ['orders', 'payments', 'smoke'],
  dependsOn: ['19_order_reserves_stock'],
};

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const placed = await placeOrder(page, customer, await newProduct(page, { priceCents: 2599 }), 2);
  const paying = await page.post(`/orders/${placed.id}/pay`, { headers: customer.auth, json: { cardToken: 'tok_visa' } });
  page.assertStatus(paying, 202);
  const order = await settled(page, customer, placed.id);
  expect(order).toMatchObject({ status: 'confirmed', totalCents: 5198 });

  const payment = await page.service('payments').get(`/payments/${order.paymentId}`);
  page.assertStatus(payment, 200);
  page.assertJson(payment, { reference: order.id, status: 'captured', capturedCents: 5198, refundedCents: 0 });
}
