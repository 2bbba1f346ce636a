import { randomUUID } from 'node:crypto';
import { expect, type Page } from '@testimony/page';
import { charge, type Payment } from '../testing/charges';

export const meta = { description: 'A payment that arrives while a list is read shifts no page', tags: ['payments', 'paging', 'ordering'] };

interface PaymentPage {
  items: Payment[];
  nextCursor: string | null;
}

export async function run(page: Page): Promise<void> {
  const reference = `list-${randomUUID()}`;
  const add = async (): Promise<string> => (await page.post('/payments', { json: charge({ reference }) })).json<Payment>().id;
  const read = async (cursor: string | null): Promise<PaymentPage> => {
    const response = await page.get('/payments', { query: { reference, limit: 2, cursor } });
    page.assertStatus(response, 200);
    return response.json<PaymentPage>();
  };

  const added = [await add(), await add(), await add()];
  const first = await read(null);
  added.push(await add());
  const second = await read(first.nextCursor);
  expect([...first.items, ...second.items].map((payment) => payment.id)).toEqual(added);
  expect(second.nextCursor).toBeNull();
  page.assertStatus(await page.get('/payments', { query: { reference, cursor: 'made-up' } }), 400);
}
