import type { Page } from '@testimony/page';
import { uniqueCategory } from '../testing/goods';
import { admin } from '../testing/people';

export const meta = {
  description: 'A price is a whole number of cents, and neither price nor stock is negative',
  tags: ['catalogue', 'validation', 'money'],
};

export async function run(page: Page): Promise<void> {
  const { auth } = await admin(page);
  const good = { name: 'Lamp', category: uniqueCategory(), priceCents: 1500, stock: 1 };
  for (const wrong of [{ priceCents: -1 }, { priceCents: 9.99 }, { priceCents: '1500' }, { stock: -1 }, { stock: 0.5 }, { name: '' }]) {
    page.assertStatus(await page.post('/products', { headers: auth, json: { ...good, ...wrong } }), 400);
  }
  page.assertJson(await page.get('/products', { query: { category: good.category } }), { total: 0 });
}
