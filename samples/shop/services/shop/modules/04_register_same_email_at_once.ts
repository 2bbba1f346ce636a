import { expect, type Page } from '@testimony/page';
import { uniqueEmail } from '../testing/people';

export const meta = { description: 'Of simultaneous registrations of one address, in any case, one wins', tags: ['auth', 'concurrency'] };

export async function run(page: Page): Promise<void> {
  const email = uniqueEmail();
  const spellings = [email, email.toUpperCase(), email, email.toUpperCase()];
  const responses = await Promise.all(
    spellings.map((spelling) => page.post('/auth/register', { json: { email: spelling, password: 'a long password', name: 'Ada' } })),
  );
  expect(responses.map((response) => response.status).toSorted((a, b) => a - b)).toEqual([201, 409, 409, 409]);
}
