import { expect } from '@testimony/page';
import { newCustomer } from '../testing/people';

export const meta = { description: 'A token that was changed, or was never signed, opens nothing', tags: ['auth', 'security'] };

const encode = (part) => Buffer.from(JSON.stringify(part)).toString('base64url');

export async function run(page) {
  const { auth } = await newCustomer(page);
  const [header, payload, signature] = auth.authorization.replace('Bearer ', '').split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  expect(claims.role).toBe('customer');

  const promoted = encode({ ...claims, role: 'admin' });
  const forgeries = [`${header}.${promoted}.${signature}`, `${encode({ alg: 'none' })}.${promoted}.`, `${header}.${payload}.`, 'nonsense'];
  for (const token of forgeries) {
    const response = await page.get('/auth/me', { headers: { authorization: `Bearer ${token}` } });
    page.assertStatus(response, 401);
  }
}
