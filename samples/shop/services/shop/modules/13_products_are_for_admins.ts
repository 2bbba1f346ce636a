import type { Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { admin, newCustomer } from '../testing/people';

export const meta = { description: 'Only an admin changes the catalogue', tags: ['catalogue', 'roles', 'security'] };

export async function run(page: Page): Promise<void> {
  const product = await newProduct(page);
  const customer = await newCustomer(page);
  const json = { name: 'Free lamp', category: product.category, priceCents: 0, stock: 1 };

  page.assertStatus(await page.post('/products', { json }), 401);
  page.assertStatus(await page.post('/products', { json, headers: customer.auth }), 403);
  page.assertStatus(await page.patch(`/products/${product.id}`, { json: { priceCents: 1 }, headers: customer.auth }), 403);
  page.assertStatus(await page.delete(`/products/${product.id}`, { headers: customer.auth }), 403);
  page.assertJson(await page.get(`/products/${product.id}`), { priceCents: product.priceCents });

  const { auth } = await admin(page);
  page.assertStatus(await page.delete(`/products/${product.id}`, { headers: auth }), 204);
  page.assertStatus(await page.get(`/products/${product.id}`), 404);
}
