import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, putInCart } from '../testing/purchases';

export const meta = { description: 'The welcome coupon takes ten percent off', tags: ['orders', 'coupons', 'money'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const priceCents = 1400 + Math.floor(Math.random() * 2400);
  await putInCart(page, customer, await newProduct(page, { priceCents }));
  const response = await page.post('/orders', { headers: customer.auth, json: { couponCode: 'WELCOME10' } });
  page.assertStatus(response, 201);
  const order = response.json<Order>();
  expect(order.discountCents).toBe(Math.floor((priceCents + 5) / 10));
  expect(order.totalCents).toBe(priceCents - order.discountCents);
}
