import { expect, type Page } from '@testimony/page';

export const meta = { description: 'Fees round half a cent to the even one', tags: ['fees', 'money'] };

export async function run(page: Page): Promise<void> {
  const fee = async (amountCents: number, currency: string): Promise<number> => {
    const response = await page.get('/fees', { query: { amountCents, currency } });
    page.assertStatus(response, 200);
    return response.json<{ feeCents: number }>().feeCents;
  };
  expect(await fee(1000, 'EUR')).toBe(14 + 25);
  // 1.4 % of 2.50 and 7.50 are 3.5 and 10.5 cents: up to 4, down to 10.
  expect(await fee(250, 'EUR')).toBe(4 + 25);
  expect(await fee(750, 'EUR')).toBe(10 + 25);
  expect(await fee(1, 'USD')).toBe(0 + 30);
  page.assertStatus(await page.get('/fees', { query: { amountCents: 1000, currency: 'JPY' } }), 400);
}
