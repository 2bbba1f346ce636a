import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';

export const meta = {
  description: 'A converted price is rounded once, over all pieces, to the unit of its currency',
  tags: ['catalogue', 'money'],
};

export async function run(page: Page): Promise<void> {
  const product = await newProduct(page, { priceCents: 333 });
  const price = async (currency: string, quantity: number): Promise<number> => {
    const response = await page.get(`/products/${product.id}/price`, { query: { currency, quantity } });
    page.assertStatus(response, 200);
    return response.json<{ totalMinor: number }>().totalMinor;
  };
  expect(await price('EUR', 3)).toBe(999);
  // 3.33 EUR are 3.61305 USD. Three of them are 10.83915, not three times 3.61.
  expect(await price('USD', 1)).toBe(361);
  expect(await price('USD', 3)).toBe(1084);
  // A yen has no cents: 3.33 EUR are 540.6255 JPY.
  expect(await price('JPY', 1)).toBe(541);
  page.assertStatus(await page.get(`/products/${product.id}/price`, { query: { currency: 'XXX' } }), 400);
}
