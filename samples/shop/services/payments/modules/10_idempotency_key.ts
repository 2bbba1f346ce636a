import { randomUUID } from 'node:crypto';
import { expect, type Page } from '@testimony/page';
import { charge, type Payment } from '../testing/charges';

export const meta = {
  description: 'A key makes one payment, and refuses to stand for another request',
  tags: ['payments', 'idempotency', 'concurrency'],
};

export async function run(page: Page): Promise<void> {
  const json = charge();
  const headers = { 'idempotency-key': randomUUID() };
  const responses = await Promise.all([1, 2, 3].map(() => page.post('/payments', { json, headers })));
  for (const response of responses) page.assertStatus(response, 201);
  expect(new Set(responses.map((response) => response.json<Payment>().id)).size).toBe(1);
  expect(responses.filter((response) => response.headers['idempotent-replayed'] === 'false')).toHaveLength(1);

  page.assertStatus(await page.post('/payments', { json: { ...json, amountCents: 1 }, headers }), 422);
}
