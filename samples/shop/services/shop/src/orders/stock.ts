import { ConflictException } from '@nestjs/common';
import type { Sql } from '../database/database';

interface Wanted {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
}

/**
 * Takes the pieces out of stock, all or none. Products are locked in the order of their ids, so that two orders for the same
 * goods wait for each other instead of dead-locking.
 */
export async function reserveStock(sql: Sql, wanted: readonly Wanted[]): Promise<void> {
  const { rows } = await sql.query<{ id: string; stock: number }>(
    'select id, stock from products where id = any($1) order by id for no key update',
    [wanted.map((item) => item.productId)],
  );
  const stock = new Map(rows.map((row) => [row.id, row.stock]));
  const short = wanted.find((item) => (stock.get(item.productId) ?? 0) < item.quantity);
  if (short)
    throw new ConflictException(`Out of stock: ${short.quantity} of ${short.name} wanted, ${stock.get(short.productId) ?? 0} left.`);
  await sql.query(
    `update products p set stock = p.stock - w.quantity
     from json_to_recordset($1) as w("productId" uuid, quantity int) where p.id = w."productId"`,
    [JSON.stringify(wanted)],
  );
}

/** Puts an order's pieces back. */
export async function releaseStock(sql: Sql, orderId: string): Promise<void> {
  await sql.query(
    'select p.id from products p join order_lines l on l.product_id = p.id where l.order_id = $1 order by p.id for no key update of p',
    [orderId],
  );
  await sql.query(
    `update products p set stock = p.stock + l.quantity
     from order_lines l where l.order_id = $1 and l.product_id = p.id`,
    [orderId],
  );
}
