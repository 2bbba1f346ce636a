import { hashPassword } from '../accounts/password';
import type { Sql } from './database';

const ADMIN_EMAIL = 'admin@shop.example';

const RANGES = [
  { category: 'books', things: ['Atlas', 'Cookbook', 'Novel', 'Field guide', 'Dictionary'], cents: 900 },
  { category: 'garden', things: ['Rake', 'Trowel', 'Lantern', 'Watering can', 'Bench'], cents: 1450 },
  { category: 'kitchen', things: ['Mug', 'Teapot', 'Bread knife', 'Skillet', 'Colander'], cents: 700 },
];
const EDITIONS = ['small', 'classic', 'large', 'luxury'];

/** The same 60 products, three coupons and one admin on every machine. Rows that are there already stay as they are. */
export async function seed(sql: Sql, adminPassword: string): Promise<void> {
  const products = RANGES.flatMap((range, r) =>
    range.things.flatMap((thing, t) =>
      EDITIONS.map((edition, e) => ({
        id: `00000000-0000-4000-8000-${String(r * 100 + t * 10 + e + 1).padStart(12, '0')}`,
        name: `${thing}, ${edition}`,
        category: range.category,
        price_cents: range.cents + t * 250 + e * 399,
        stock: 1000,
      })),
    ),
  );
  await sql.query(
    `insert into products (id, name, category, price_cents, stock)
     select id, name, category, price_cents, stock
     from json_to_recordset($1) as seed(id uuid, name text, category text, price_cents int, stock int)
     on conflict do nothing`,
    [JSON.stringify(products)],
  );
  await sql.query(
    `insert into coupons (code, percent, minimum_cents, expires_at) values
       ('WELCOME10', 10, 2000, null), ('SPRING15', 15, 0, null), ('OLD20', 20, 0, '2020-01-01')
     on conflict do nothing`,
  );
  await sql.query(
    `insert into customers (email, name, role, password_hash) values ($1, 'Administrator', 'admin', $2)
     on conflict (email) do update set password_hash = excluded.password_hash`,
    [ADMIN_EMAIL, await hashPassword(adminPassword)],
  );
}
