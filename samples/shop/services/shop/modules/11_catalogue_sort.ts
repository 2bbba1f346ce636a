import { expect, type Page } from '@testimony/page';
import { newProduct, type Product, uniqueCategory } from '../testing/goods';

export const meta = {
  description: 'Products sort by price both ways, and equal prices keep their order over pages',
  tags: ['catalogue', 'ordering'],
};

export async function run(page: Page): Promise<void> {
  const category = uniqueCategory();
  for (const priceCents of [300, 100, 200, 200, 200]) await newProduct(page, { category, priceCents });
  const read = async (sort: string, number: number, limit: number): Promise<Product[]> => {
    const response = await page.get('/products', { query: { category, sort, page: number, limit } });
    page.assertStatus(response, 200);
    return response.json<{ items: Product[] }>().items;
  };

  const rising = await read('price', 1, 10);
  expect(rising.map((product) => product.priceCents)).toEqual([100, 200, 200, 200, 300]);
  expect((await read('-price', 1, 10)).map((product) => product.priceCents)).toEqual([300, 200, 200, 200, 100]);
  const inPages = [...(await read('price', 1, 2)), ...(await read('price', 2, 2)), ...(await read('price', 3, 2))];
  expect(inPages.map((product) => product.id)).toEqual(rising.map((product) => product.id));
}
