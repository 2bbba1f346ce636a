create schema if not exists shop;

create table if not exists customers (
  id uuid primary key default gen_random_uuid(),
  email text not null unique,
  name text not null,
  role text not null default 'customer' check (role in ('customer', 'admin')),
  password_hash text not null,
  created_at timestamptz not null default now()
);

create table if not exists products (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  category text not null,
  price_cents integer not null check (price_cents >= 0),
  stock integer not null check (stock >= 0),
  archived boolean not null default false,
  created_at timestamptz not null default now()
);
create index if not exists products_by_category on products (category, name, id);

create table if not exists coupons (
  code text primary key,
  percent integer not null check (percent between 1 and 100),
  minimum_cents integer not null default 0,
  expires_at timestamptz
);

create table if not exists cart_items (
  customer_id uuid not null references customers,
  product_id uuid not null references products,
  quantity integer not null check (quantity > 0),
  added_at timestamptz not null default now(),
  primary key (customer_id, product_id)
);

create table if not exists orders (
  id uuid primary key default gen_random_uuid(),
  customer_id uuid not null references customers,
  idempotency_key text,
  status text not null default 'pending'
    check (status in ('pending', 'processing', 'confirmed', 'payment_failed', 'cancelled', 'refunded')),
  coupon_code text references coupons,
  subtotal_cents integer not null default 0,
  discount_cents integer not null default 0,
  total_cents integer not null default 0,
  payment_id uuid,
  created_at timestamptz not null default clock_timestamp(),
  confirmed_at timestamptz,
  unique (customer_id, idempotency_key)
);
create index if not exists orders_by_customer on orders (customer_id, created_at desc, id);

create table if not exists order_lines (
  id uuid primary key default gen_random_uuid(),
  order_id uuid not null references orders,
  product_id uuid not null references products,
  name text not null,
  quantity integer not null check (quantity > 0),
  unit_price_cents integer not null
);
create index if not exists order_lines_by_order on order_lines (order_id, id);
create index if not exists order_lines_by_product on order_lines (product_id);
