import { expect, type Page } from '@testimony/page';
import { authorised } from '../testing/charges';

export const meta = {
  description: 'A part can be captured, never more than was authorised, and only once',
  tags: ['payments', 'money'],
  dependsOn: ['02_authorise'],
};

export async function run(page: Page): Promise<void> {
  const { id } = await authorised(page, 5000);
  const capture = (amountCents: number) => page.post(`/payments/${id}/capture`, { json: { amountCents } });
  page.assertStatus(await capture(5001), 422);
  const captures = await Promise.all([capture(3000), capture(3000)]);
  expect(captures.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([200, 409]);
  page.assertJson(await page.get(`/payments/${id}`), { status: 'captured', capturedCents: 3000 });
}
