import { expect, type Page } from '@testimony/page';
import { newCustomer } from '../testing/people';

export const meta = {
  description: 'A login answers a token that opens the own account',
  tags: ['auth', 'smoke'],
  dependsOn: ['02_register'],
};

export async function run(page: Page): Promise<void> {
  const { id, email, password } = await newCustomer(page);
  const response = await page.login('/auth/login', { json: { email, password } });
  page.assertJson(response, { expiresInSeconds: 3600 });

  const me = await page.get('/auth/me');
  page.assertOk(me);
  page.assertJson(me, { id, email, role: 'customer' });
  expect(me.text()).not.toContain('password');
}
