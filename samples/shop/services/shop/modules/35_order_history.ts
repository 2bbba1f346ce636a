import { expect, type Page } from '@testimony/page';
import { newProduct } from '../testing/goods';
import { newCustomer } from '../testing/people';
import { type Order, placeOrder } from '../testing/purchases';

export const meta = { description: 'The own orders are listed newest first, as many as asked for', tags: ['orders', 'ordering', 'paging'] };

export async function run(page: Page): Promise<void> {
  const customer = await newCustomer(page);
  const product = await newProduct(page);
  const placed: string[] = [];
  for (let count = 0; count < 3; count += 1) placed.push((await placeOrder(page, customer, product)).id);

  const list = async (limit: number): Promise<string[]> => {
    const response = await page.get('/orders', { headers: customer.auth, query: { limit } });
    page.assertStatus(response, 200);
    return response.json<{ items: Order[] }>().items.map((order) => order.id);
  };
  expect(await list(10)).toEqual(placed.toReversed());
  expect(await list(2)).toEqual(placed.toReversed().slice(0, 2));
}
