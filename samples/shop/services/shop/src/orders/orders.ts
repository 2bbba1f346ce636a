import type { Sql } from '../database/database';
import type { OrderDto, OrderStatus } from './orders.dto';

interface OrderRow {
  id: string;
  customer_id: string;
  status: OrderStatus;
  subtotal_cents: number;
  discount_cents: number;
  total_cents: number;
  coupon_code: string | null;
  payment_id: string | null;
  created_at: Date;
  confirmed_at: Date | null;
}

interface LineRow {
  product_id: string;
  name: string;
  quantity: number;
  unit_price_cents: number;
}

type Order = Omit<OrderDto, 'lines'>;

function orderOf(row: OrderRow): Order {
  return {
    id: row.id,
    customerId: row.customer_id,
    status: row.status,
    subtotalCents: row.subtotal_cents,
    discountCents: row.discount_cents,
    totalCents: row.total_cents,
    couponCode: row.coupon_code,
    paymentId: row.payment_id,
    createdAt: row.created_at.toISOString(),
    confirmedAt: row.confirmed_at?.toISOString() ?? null,
  };
}

async function withLines(sql: Sql, order: Order): Promise<OrderDto> {
  const { rows } = await sql.query<LineRow>('select * from order_lines where order_id = $1 order by id', [order.id]);
  const lines = rows.map((row) => ({
    productId: row.product_id,
    name: row.name,
    quantity: row.quantity,
    unitPriceCents: row.unit_price_cents,
  }));
  return { ...order, lines };
}

/** `lock` holds the order until the transaction ends, so that its status cannot change in between. */
export async function findOrder(sql: Sql, id: string, lock = false): Promise<OrderDto | undefined> {
  const { rows } = await sql.query<OrderRow>(`select * from orders where id = $1 ${lock ? 'for update' : ''}`, [id]);
  return rows[0] && withLines(sql, orderOf(rows[0]));
}

export async function findOrderByKey(sql: Sql, customerId: string, idempotencyKey: string): Promise<OrderDto | undefined> {
  const { rows } = await sql.query<OrderRow>('select * from orders where customer_id = $1 and idempotency_key = $2', [
    customerId,
    idempotencyKey,
  ]);
  return rows[0] && withLines(sql, orderOf(rows[0]));
}

export async function listOrders(sql: Sql, customerId: string, limit: number): Promise<Order[]> {
  const { rows } = await sql.query<OrderRow>('select * from orders where customer_id = $1 order by created_at desc, id limit $2', [
    customerId,
    limit,
  ]);
  return rows.map(orderOf);
}

/** Answers the order as it is after the change. */
export async function changeStatus(sql: Sql, id: string, status: OrderStatus): Promise<OrderDto> {
  const { rows } = await sql.query<OrderRow>(
    `update orders
     set status = $2, confirmed_at = case when $2 = 'confirmed' then clock_timestamp() else confirmed_at end
     where id = $1 returning *`,
    [id, status],
  );
  if (!rows[0]) throw new Error(`There is no order ${id}.`);
  return withLines(sql, orderOf(rows[0]));
}
