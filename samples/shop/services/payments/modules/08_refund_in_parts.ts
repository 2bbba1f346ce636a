import type { Page } from '@testimony/page';
import { captured } from '../testing/charges';

export const meta = { description: 'Refunds in parts add up to what was captured and not one cent more', tags: ['payments', 'money'] };

export async function run(page: Page): Promise<void> {
  const { id } = await captured(page, 1000);
  const refund = (amountCents: number) => page.post(`/payments/${id}/refunds`, { json: { amountCents } });
  page.assertStatus(await refund(333), 201);
  page.assertStatus(await refund(333), 201);
  page.assertStatus(await refund(335), 422);
  page.assertStatus(await refund(334), 201);
  page.assertStatus(await refund(1), 422);
  page.assertJson(await page.get(`/payments/${id}`), { capturedCents: 1000, refundedCents: 1000 });
}
