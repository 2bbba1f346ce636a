import type { Database, Sql } from '../database/database';
import { findProduct } from '../catalogue/products';
import type { CartDto, CartItemDto } from './cart.dto';

/** In the order in which things were put in. `lock` keeps other transactions of the same customer out. */
export async function readCart(sql: Sql, customerId: string, lock = false): Promise<CartDto> {
  const { rows } = await sql.query<{ product_id: string; name: string; quantity: number; price_cents: number }>(
    `select c.product_id, p.name, c.quantity, p.price_cents
     from cart_items c join products p on p.id = c.product_id
     where c.customer_id = $1 and not p.archived
     order by c.added_at, c.product_id ${lock ? 'for update of c' : ''}`,
    [customerId],
  );
  const items = rows.map((row): CartItemDto => ({
    productId: row.product_id,
    name: row.name,
    quantity: row.quantity,
    unitPriceCents: row.price_cents,
  }));
  return { items, subtotalCents: items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0) };
}

/** Puts the product in, or changes how many there are. */
export async function setQuantity(database: Database, customerId: string, productId: string, quantity: number): Promise<CartDto> {
  await findProduct(database, productId);
  await database.rows(
    `insert into cart_items (customer_id, product_id, quantity) values ($1, $2, $3)
     on conflict (customer_id, product_id) do update set quantity = excluded.quantity`,
    [customerId, productId, quantity],
  );
  return readCart(database.pool, customerId);
}

/** Nothing happens when it was not in. */
export async function removeFromCart(database: Database, customerId: string, productId: string): Promise<CartDto> {
  await database.rows('delete from cart_items where customer_id = $1 and product_id = $2', [customerId, productId]);
  return readCart(database.pool, customerId);
}

export async function emptyCart(sql: Sql, customerId: string): Promise<void> {
  await sql.query('delete from cart_items where customer_id = $1', [customerId]);
}
