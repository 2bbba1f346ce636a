import { expect, type Page } from '@testimony/page';
import { uniqueEmail } from '../testing/people';

export const meta = { description: 'Registration names what is wrong and lets nobody choose a role', tags: ['auth', 'validation'] };

export async function run(page: Page): Promise<void> {
  const good = { email: uniqueEmail(), password: 'a long password', name: 'Ada' };
  const bad: [string, object][] = [
    ['email', { ...good, email: 'not an address' }],
    ['password', { ...good, password: 'short' }],
    ['name', { ...good, name: '' }],
    ['role', { ...good, role: 'admin' }],
  ];
  for (const [field, json] of bad) {
    const response = await page.post('/auth/register', { json });
    page.assertStatus(response, 400);
    expect(response.json<{ message: string[] }>().message.join()).toContain(field);
  }
}
