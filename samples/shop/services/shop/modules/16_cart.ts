import type { Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';

export const meta = {
  description: 'A cart adds up, changes quantities instead of doubling lines, and forgets what is taken out',
  tags: ['cart', 'smoke'],
};

export async function run(page: Page): Promise<void> {
  const { auth: headers } = await newCustomer(page);
  const lamp = await newProduct(page, { priceCents: 1500 });
  const bulb = await newProduct(page, { priceCents: 199 });

  page.assertJson(await page.get('/cart', { headers }), { items: [], subtotalCents: 0 });
  page.assertOk(await page.put(`/cart/items/${lamp.id}`, { headers, json: { quantity: 1 } }));
  page.assertJson(await page.put(`/cart/items/${bulb.id}`, { headers, json: { quantity: 3 } }), { subtotalCents: 2097 });
  page.assertJson(await page.put(`/cart/items/${bulb.id}`, { headers, json: { quantity: 2 } }), {
    items: [
      { productId: lamp.id, quantity: 1 },
      { productId: bulb.id, quantity: 2 },
    ],
    subtotalCents: 1898,
  });
  page.assertJson(await page.delete(`/cart/items/${lamp.id}`, { headers }), { subtotalCents: 398 });
}
