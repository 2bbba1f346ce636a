import { expect, type Page } from '@testimony/page';
import type { Product } from '../testing/goods';

export const meta = { description: 'The pages of a category hold each product once and none is missing', tags: ['catalogue', 'paging'] };

interface ProductPage {
  items: Product[];
  total: number;
  pages: number;
}

export async function run(page: Page): Promise<void> {
  const read = async (number: number): Promise<ProductPage> => {
    const response = await page.get('/products', { query: { category: 'garden', page: number, limit: 7 } });
    page.assertStatus(response, 200);
    return response.json<ProductPage>();
  };
  const first = await read(1);
  expect(first).toMatchObject({ total: 20, pages: 3 });
  const pages = [first, await read(2), await read(3)];
  expect(pages.map((one) => one.items.length)).toEqual([7, 7, 6]);
  expect(new Set(pages.flatMap((one) => one.items.map((product) => product.id))).size).toBe(20);
  expect((await read(4)).items).toEqual([]);
}
