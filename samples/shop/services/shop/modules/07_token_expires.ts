import { expect, type Page } from '@testimony/page';
import { newCustomer } from '../testing/people';

export const meta = { description: 'A token is refused once its lifetime is over', tags: ['auth', 'security'], dependsOn: ['05_login'] };

export async function run(page: Page): Promise<void> {
  const { email, password } = await newCustomer(page);
  const login = async (ttlSeconds: number): Promise<string> => {
    const response = await page.post('/auth/login', { json: { email, password, ttlSeconds } });
    page.assertStatus(response, 200);
    return response.json<{ accessToken: string }>().accessToken;
  };
  const statusWith = async (token: string): Promise<number> =>
    (await page.get('/auth/me', { headers: { authorization: `Bearer ${token}` } })).status;

  const long = await login(600);
  const short = await login(1);
  await page.waitFor(async () => (await statusWith(short)) === 401, { timeoutMs: 10_000, message: 'the short token to be refused' });
  expect(await statusWith(long)).toBe(200);
}
