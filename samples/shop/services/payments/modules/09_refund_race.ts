import { expect, type Page } from '@testimony/page';
import { captured } from '../testing/charges';

export const meta = { description: 'Of full refunds that come at once, one is paid out', tags: ['payments', 'money', 'concurrency'] };

export async function run(page: Page): Promise<void> {
  const { id } = await captured(page, 8000);
  const refunds = await Promise.all([1, 2, 3, 4].map(() => page.post(`/payments/${id}/refunds`, { json: { amountCents: 8000 } })));
  expect(refunds.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([201, 422, 422, 422]);
  page.assertJson(await page.get(`/payments/${id}`), { refundedCents: 8000 });
}
