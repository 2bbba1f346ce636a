import { expect, type Page } from '@testimony/page';
import { captured } from '../testing/charges';

export const meta = {
  description: 'The ledger tells in order what happened, and adds up to the payment',
  tags: ['payments', 'ordering', 'money'],
};

export async function run(page: Page): Promise<void> {
  const { id } = await captured(page, 1000);
  for (const amountCents of [100, 250]) page.assertStatus(await page.post(`/payments/${id}/refunds`, { json: { amountCents } }), 201);

  const response = await page.get(`/payments/${id}/entries`);
  page.assertStatus(response, 200);
  const { entries } = response.json<{ entries: { kind: string; amountCents: number }[] }>();
  expect(entries).toEqual([
    { kind: 'authorisation', amountCents: 1000 },
    { kind: 'capture', amountCents: 1000 },
    { kind: 'refund', amountCents: 100 },
    { kind: 'refund', amountCents: 250 },
  ]);
  page.assertJson(await page.get(`/payments/${id}`), { capturedCents: 1000, refundedCents: 350 });
}
