import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, putInCart } from '../testing/purchases';

export const meta = { description: 'A discount is rounded half up, once, over the whole order', tags: ['orders', 'coupons', 'money'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  // Fifteen percent of 9.99, 3 x 3.33 and 0.10 are 149.85, 149.85 and 1.5 cents.
  for (const [priceCents, quantity, discountCents] of [
    [999, 1, 150],
    [333, 3, 150],
    [10, 1, 2],
  ] as const) {
    await putInCart(page, customer, await newProduct(page, { priceCents }), quantity);
    const response = await page.post('/orders', { headers: customer.auth, json: { couponCode: 'SPRING15' } });
    page.assertStatus(response, 201);
    const order = response.json<Order>();
    expect(order.discountCents).toBe(discountCents);
    expect(order.totalCents).toBe(priceCents * quantity - discountCents);
  }
}
