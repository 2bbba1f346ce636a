import type { Page } from '@testimony/page';
import type { Product } from './goods';
import type { Person } from './people';

export interface Order {
  readonly id: string;
  readonly status: string;
  readonly subtotalCents: number;
  readonly discountCents: number;
  readonly totalCents: number;
  readonly paymentId: string | null;
  readonly createdAt: string;
  readonly confirmedAt: string | null;
  readonly lines: { readonly productId: string; readonly quantity: number; readonly unitPriceCents: number }[];
}

export async function putInCart(page: Page, who: Person, product: Product, quantity = 1): Promise<void> {
  page.assertStatus(await page.put(`/cart/items/${product.id}`, { headers: who.auth, json: { quantity } }), 200);
}

/** A new order for some pieces of one product. */
export async function placeOrder(page: Page, who: Person, product: Product, quantity = 1): Promise<Order> {
  await putInCart(page, who, product, quantity);
  const response = await page.post('/orders', { headers: who.auth, json: {} });
  page.assertStatus(response, 201);
  return response.json<Order>();
}

export async function orderOf(page: Page, who: Pick<Person, 'auth'>, orderId: string): Promise<Order> {
  const response = await page.get(`/orders/${orderId}`, { headers: who.auth });
  page.assertStatus(response, 200);
  return response.json<Order>();
}

/** Waits for the bank's answer. */
export function settled(page: Page, who: Person, orderId: string): Promise<Order> {
  return page.waitFor(
    async () => {
      const current = await orderOf(page, who, orderId);
      return current.status === 'processing' ? undefined : current;
    },
    { timeoutMs: 10_000, intervalMs: 25, message: 'the bank to answer' },
  ) as Promise<Order>;
}

/** An order that is paid for. */
export async function buy(page: Page, who: Person, product: Product, quantity = 1): Promise<Order> {
  const placed = await placeOrder(page, who, product, quantity);
  page.assertStatus(await page.post(`/orders/${placed.id}/pay`, { headers: who.auth, json: { cardToken: 'tok_visa' } }), 202);
  return settled(page, who, placed.id);
}
