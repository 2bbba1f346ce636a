import { randomUUID } from 'node:crypto';
import type { Page } from '@testimony/page';

export interface Person {
  readonly id: string;
  readonly email: string;
  readonly password: string;
  /** Headers that make a request theirs. */
  readonly auth: { readonly authorization: string };
}

/** Never the same twice: runs share one database. */
export function uniqueEmail(): string {
  return `buyer-${randomUUID()}@shop.example`;
}

async function tokenOf(page: Page, email: string, password: string): Promise<{ authorization: string }> {
  const response = await page.post('/auth/login', { json: { email, password } });
  page.assertStatus(response, 200);
  return { authorization: `Bearer ${response.json<{ accessToken: string }>().accessToken}` };
}

export async function newCustomer(page: Page): Promise<Person> {
  const email = uniqueEmail();
  const password = 'correct horse battery';
  const response = await page.post('/auth/register', { json: { email, password, name: 'Robin Buyer' } });
  page.assertStatus(response, 201);
  return { id: response.json<{ id: string }>().id, email, password, auth: await tokenOf(page, email, password) };
}

export async function admin(page: Page): Promise<Pick<Person, 'auth'>> {
  return { auth: await tokenOf(page, 'admin@shop.example', process.env['SHOP_ADMIN_PASSWORD'] ?? 'demo-admin-password') };
}
