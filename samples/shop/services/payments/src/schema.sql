create schema if not exists payments;

create table if not exists payments (
  id uuid primary key default gen_random_uuid(),
  idempotency_key text unique,
  request_hash text not null,
  reference text not null,
  amount_cents integer not null check (amount_cents > 0),
  currency text not null,
  card_token text not null,
  -- settling: the bank has been asked and has not answered yet
  status text not null check (status in ('authorised', 'settling', 'captured', 'declined', 'voided')),
  captured_cents integer not null default 0 check (captured_cents between 0 and amount_cents),
  refunded_cents integer not null default 0 check (refunded_cents between 0 and captured_cents),
  callback_url text,
  created_at timestamptz not null default clock_timestamp()
);
create index if not exists payments_by_reference on payments (reference, created_at, id);
create index if not exists payments_settling on payments (created_at) where status = 'settling';

create table if not exists refunds (
  id uuid primary key default gen_random_uuid(),
  payment_id uuid not null references payments,
  idempotency_key text,
  amount_cents integer not null check (amount_cents > 0),
  created_at timestamptz not null default clock_timestamp(),
  unique (payment_id, idempotency_key)
);

create table if not exists entries (
  position bigint generated always as identity primary key,
  payment_id uuid not null references payments,
  kind text not null check (kind in ('authorisation', 'capture', 'refund', 'void')),
  amount_cents integer not null,
  created_at timestamptz not null default clock_timestamp()
);
create index if not exists entries_by_payment on entries (payment_id, position);
