import { expect, type Page } from '@testimony/page';
import { charge } from '../testing/charges';

export const meta = {
  description: 'Amounts are whole positive cents, currencies are known, and a refusal names the field',
  tags: ['payments', 'validation', 'money'],
};

export async function run(page: Page): Promise<void> {
  const wrong: [string, unknown][] = [
    ['amountCents', 0],
    ['amountCents', -100],
    ['amountCents', 12.5],
    ['amountCents', '1200'],
    ['currency', 'EURO'],
    ['cardToken', '4111 1111 1111 1111'],
    ['reference', ''],
  ];
  for (const [field, value] of wrong) {
    const response = await page.post('/payments', { json: charge({ [field]: value }) });
    page.assertStatus(response, 400);
    expect(response.json<{ detail: string }>().detail).toContain(field);
  }
  page.assertStatus(await page.post('/payments', { body: '{"amountCents":', headers: { 'content-type': 'application/json' } }), 400);
}
