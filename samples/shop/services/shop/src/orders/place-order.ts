import { ConflictException, UnprocessableEntityException } from '@nestjs/common';
import type { PoolClient } from 'pg';
import { emptyCart, readCart } from '../cart/cart';
import { discountOf, findCoupon } from '../catalogue/coupons';
import type { Database } from '../database/database';
import { findOrder, findOrderByKey } from './orders';
import type { OrderDto } from './orders.dto';
import { reserveStock } from './stock';

export interface PlacedOrder {
  readonly order: OrderDto;
  /** False when the idempotency key had made this order before. */
  readonly created: boolean;
}

/** Turns the cart into an order and reserves its stock, in one transaction. The same key makes the same order once. */
export function placeOrder(database: Database, customerId: string, couponCode?: string, idempotencyKey?: string): Promise<PlacedOrder> {
  return database.transaction(async (client) => {
    // First of all the key: a second request with it waits here until the first has committed.
    const { rows } = await client.query<{ id: string }>(
      `insert into orders (customer_id, idempotency_key) values ($1, $2)
       on conflict (customer_id, idempotency_key) do nothing returning id`,
      [customerId, idempotencyKey ?? null],
    );
    const id = rows[0]?.id;
    if (!id) {
      const order = await findOrderByKey(client, customerId, idempotencyKey ?? '');
      if (!order) throw new ConflictException('An order with this key is being placed. Try again.');
      return { order, created: false };
    }
    await fillOrder(client, id, customerId, couponCode);
    const order = await findOrder(client, id);
    if (!order) throw new Error(`The order ${id} is gone.`);
    return { order, created: true };
  });
}

async function fillOrder(client: PoolClient, orderId: string, customerId: string, couponCode?: string): Promise<void> {
  const cart = await readCart(client, customerId, true);
  if (cart.items.length === 0) throw new ConflictException('The cart is empty.');
  const coupon = couponCode === undefined ? undefined : await findCoupon(client, couponCode);
  if (couponCode !== undefined && !coupon) throw new UnprocessableEntityException(`The coupon ${couponCode} is unknown or over.`);
  const discount = coupon ? discountOf(coupon, cart.subtotalCents) : 0;
  await reserveStock(client, cart.items);
  await client.query(
    `insert into order_lines (order_id, product_id, name, quantity, unit_price_cents)
     select $1, item."productId", item.name, item.quantity, item."unitPriceCents"
     from json_to_recordset($2) as item("productId" uuid, name text, quantity int, "unitPriceCents" int)`,
    [orderId, JSON.stringify(cart.items)],
  );
  await client.query('update orders set coupon_code = $2, subtotal_cents = $3, discount_cents = $4, total_cents = $5 where id = $1', [
    orderId,
    coupon?.code ?? null,
    cart.subtotalCents,
    discount,
    cart.subtotalCents - discount,
  ]);
  await emptyCart(client, customerId);
}
