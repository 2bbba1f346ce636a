import { expect, type Page } from '@testimony/page';
import { newCustomer, uniqueEmail } from '../testing/people';

export const meta = { description: 'A wrong password and an unknown address get the very same answer', tags: ['auth', 'security'] };

export async function run(page: Page): Promise<void> {
  const { email } = await newCustomer(page);
  const wrongPassword = await page.post('/auth/login', { json: { email, password: 'not the password' } });
  const unknownAddress = await page.post('/auth/login', { json: { email: uniqueEmail(), password: 'not the password' } });
  page.assertStatus(wrongPassword, 401);
  page.assertStatus(unknownAddress, 401);
  expect(unknownAddress.json()).toEqual(wrongPassword.json());
}
