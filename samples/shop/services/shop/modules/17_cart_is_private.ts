import type { Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { putInCart } from '../testing/purchases';

export const meta = { description: 'Nobody sees the cart of somebody else', tags: ['cart', 'security'] };

export async function run(page: Page): Promise<void> {
  const [one, other] = await Promise.all([newCustomer(page), newCustomer(page)]);
  await putInCart(page, one, await newProduct(page));
  page.assertStatus(await page.get('/cart'), 401);
  page.assertJson(await page.get('/cart', { headers: other.auth }), { items: [] });
  page.assertJson(await page.get('/cart', { headers: one.auth }), { items: [{ quantity: 1 }] });
}
