import type { Database } from '../database/database';
import type { SalesDto } from './reports.dto';

interface SalesRow {
  orders: number;
  units: number;
  gross: number;
  refunded: number;
}

/** What was paid for in a category, at list price: discounts belong to whole orders, not to a category. */
export async function salesOf(database: Database, category: string): Promise<SalesDto> {
  const [row] = await database.rows<SalesRow>(
    `select count(distinct o.id)::int as orders,
            coalesce(sum(l.quantity), 0)::int as units,
            coalesce(sum(l.quantity * l.unit_price_cents), 0)::float8 as gross,
            coalesce(sum(l.quantity * l.unit_price_cents) filter (where o.status = 'refunded'), 0)::float8 as refunded
     from order_lines l
     join orders o on o.id = l.order_id and o.status in ('confirmed', 'refunded')
     join products p on p.id = l.product_id and p.category = $1`,
    [category],
  );
  const { orders, units, gross, refunded } = row ?? { orders: 0, units: 0, gross: 0, refunded: 0 };
  return { category, orders, unitsSold: units, grossCents: gross, refundedCents: refunded, netCents: gross - refunded };
}
