import type { Page } from '@testimony/page';

export const meta = { description: 'Payments is up and reaches its database', tags: ['smoke'] };

export async function run(page: Page): Promise<void> {
  const response = await page.get('/health');
  page.assertStatus(response, 200);
  page.assertJson(response, { status: 'ok', database: 'ok' });
}
