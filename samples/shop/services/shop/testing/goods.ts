import { randomUUID } from 'node:crypto';
import type { Page } from '@testimony/page';
import { admin } from './people';

export interface Product {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly priceCents: number;
  readonly stock: number;
}

/** A category that no other test looks into. */
export function uniqueCategory(): string {
  return randomUUID();
}

/** A product of this test's own, so that no other test sells it. */
export async function newProduct(page: Page, wish: Partial<Omit<Product, 'id'>> = {}): Promise<Product> {
  const { auth } = await admin(page);
  const response = await page.post('/products', {
    headers: auth,
    json: { name: 'Lamp', category: uniqueCategory(), priceCents: 1500, stock: 10, ...wish },
  });
  page.assertStatus(response, 201);
  return response.json<Product>();
}

export async function stockOf(page: Page, product: Product): Promise<number> {
  const response = await page.get(`/products/${product.id}`);
  page.assertStatus(response, 200);
  return response.json<Product>().stock;
}
