import type { Page } from '@testimony/page';
import { authorised, captured } from '../testing/charges';

export const meta = { description: 'An authorisation can be given up, a captured payment cannot', tags: ['payments'] };

export async function run(page: Page): Promise<void> {
  const { id } = await authorised(page);
  page.assertJson(await page.post(`/payments/${id}/void`), { status: 'voided' });
  page.assertStatus(await page.post(`/payments/${id}/capture`, { json: {} }), 409);
  const taken = await captured(page);
  page.assertStatus(await page.post(`/payments/${taken.id}/void`), 409);
}
