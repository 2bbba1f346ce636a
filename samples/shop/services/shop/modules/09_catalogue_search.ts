import { expect, type Page } from '@testimony/page';
import { newProduct, type Product, uniqueCategory } from '../testing/goods';

export const meta = { description: 'Search finds part of a name in any case, and takes % and _ literally', tags: ['catalogue'] };

export async function run(page: Page): Promise<void> {
  const category = uniqueCategory();
  for (const name of ['Green tea', 'Teapot', '100% cotton towel', 'Snake_case mug']) await newProduct(page, { name, category });

  const search = async (text: string): Promise<string[]> => {
    const response = await page.get('/products', { query: { search: text, category } });
    page.assertStatus(response, 200);
    return response
      .json<{ items: Product[] }>()
      .items.map((product) => product.name)
      .toSorted();
  };
  expect(await search('TEA')).toEqual(['Green tea', 'Teapot']);
  expect(await search('0% c')).toEqual(['100% cotton towel']);
  expect(await search('%')).toEqual(['100% cotton towel']);
  expect(await search('e_c')).toEqual(['Snake_case mug']);
  expect(await search('e_t')).toEqual([]);
}
