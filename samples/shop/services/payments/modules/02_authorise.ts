import { expect, type Page } from '@testimony/page';
import { charge, type Payment } from '../testing/charges';

export const meta = { description: 'An authorisation holds the amount and is found at its address', tags: ['payments', 'smoke'] };

const PAYMENT = {
  type: 'object',
  required: ['id', 'reference', 'amountCents', 'currency', 'status', 'capturedCents', 'refundedCents', 'createdAt'],
  additionalProperties: false,
  properties: {
    id: { type: 'string', format: 'uuid' },
    reference: { type: 'string' },
    amountCents: { type: 'integer', minimum: 1 },
    currency: { enum: ['EUR', 'USD', 'GBP'] },
    status: { enum: ['authorised', 'settling', 'captured', 'declined', 'voided'] },
    capturedCents: { type: 'integer', minimum: 0 },
    refundedCents: { type: 'integer', minimum: 0 },
    createdAt: { type: 'string', format: 'date-time' },
  },
};

export async function run(page: Page): Promise<void> {
  const response = await page.post('/payments', { json: charge({ amountCents: 4200 }) });
  page.assertStatus(response, 201);
  page.assertSchema(response, PAYMENT);
  page.assertJson(response, { status: 'authorised', amountCents: 4200, capturedCents: 0 });
  const { id } = response.json<Payment>();
  page.assertHeader(response, 'location', `/payments/${id}`);
  expect((await page.get(`/payments/${id}`)).json()).toEqual(response.json());
}
