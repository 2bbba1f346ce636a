import { randomUUID } from 'node:crypto';
import type { Page } from '@testimony/page';

export interface Payment {
  readonly id: string;
  readonly reference: string;
  readonly status: string;
  readonly amountCents: number;
  readonly capturedCents: number;
  readonly refundedCents: number;
}

/** A request that would be accepted; each has a reference of its own. */
export function charge(wish: Record<string, unknown> = {}): Record<string, unknown> {
  return { amountCents: 5000, currency: 'EUR', cardToken: 'tok_visa', reference: `test-${randomUUID()}`, ...wish };
}

export async function authorised(page: Page, amountCents = 5000): Promise<Payment> {
  const response = await page.post('/payments', { json: charge({ amountCents }) });
  page.assertStatus(response, 201);
  return response.json<Payment>();
}

export async function captured(page: Page, amountCents = 5000): Promise<Payment> {
  const { id } = await authorised(page, amountCents);
  const response = await page.post(`/payments/${id}/capture`, { json: {} });
  page.assertStatus(response, 200);
  return response.json<Payment>();
}
