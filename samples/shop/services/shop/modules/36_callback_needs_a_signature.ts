import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { orderOf, placeOrder } from '../testing/purchases';

export const meta = { description: 'Nobody confirms an order with a callback that payments did not sign', tags: ['payments', 'security'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const order = await placeOrder(page, customer, await newProduct(page));
  const json = {
    type: 'payment.captured',
    paymentId: '11111111-1111-4111-8111-111111111111',
    reference: order.id,
    amountCents: order.totalCents,
    currency: 'EUR',
  };
  const now = String(Math.floor(Date.now() / 1000));
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': now, 'webhook-signature': 'v1,bm90IHRoZSBzaWduYXR1cmU=' };
  page.assertStatus(await page.post('/callbacks/payments', { json }), 401);
  page.assertStatus(await page.post('/callbacks/payments', { json, headers }), 401);
  expect((await orderOf(page, customer, order.id)).status).toBe('pending');
}
