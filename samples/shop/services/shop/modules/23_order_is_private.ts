import { randomUUID } from 'node:crypto';
import type { Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { admin, newCustomer } from '../testing/people';
import { placeOrder } from '../testing/purchases';

export const meta = {
  description: 'The order of somebody else looks as if it did not exist; an admin sees it',
  tags: ['orders', 'roles', 'security'],
};

export async function run(page: Page): Promise<void> {
  const [owner, stranger] = await Promise.all([newCustomer(page), newCustomer(page)]);
  const { id } = await placeOrder(page, owner, await newProduct(page));

  page.assertStatus(await page.get(`/orders/${id}`, { headers: stranger.auth }), 404);
  page.assertStatus(await page.post(`/orders/${id}/cancel`, { headers: stranger.auth }), 404);
  page.assertStatus(await page.post(`/orders/${id}/pay`, { headers: stranger.auth, json: { cardToken: 'tok_visa' } }), 404);
  page.assertStatus(await page.get(`/orders/${randomUUID()}`, { headers: owner.auth }), 404);
  page.assertStatus(await page.get(`/orders/${id}`, { headers: (await admin(page)).auth }), 200);
}
