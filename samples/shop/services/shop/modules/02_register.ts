import type { Page } from '@testimony/page';
import { uniqueEmail } from '../testing/people';

export const meta = { description: 'A new account is a customer, and its password is never answered', tags: ['auth', 'smoke'] };

export async function run(page: Page): Promise<void> {
  const email = uniqueEmail();
  const response = await page.post('/auth/register', { json: { email, password: 'a long password', name: 'Ada' } });
  page.assertStatus(response, 201);
  page.assertJson(response, { id: page.expect.any(String), email, name: 'Ada', role: 'customer' }, { exact: true });
}
