import { expect, type Page } from '@testimony/page';
import { newProduct, stockOf } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { putInCart } from '../testing/purchases';

export const meta = { description: 'A coupon that is unknown, over or below its minimum stops the order', tags: ['orders', 'coupons'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page, { priceCents: 1999, stock: 7 });
  await putInCart(page, customer, product);
  for (const couponCode of ['NOSUCH', 'OLD20', 'WELCOME10']) {
    page.assertStatus(await page.post('/orders', { headers: customer.auth, json: { couponCode } }), 422);
  }
  expect(await stockOf(page, product)).toBe(7);
}
