import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { inTransaction, type Sql } from './database';
import { notFound, Refusal } from './refusal';
import type { AuthoriseRequest } from './requests';

type PaymentStatus = 'authorised' | 'settling' | 'captured' | 'declined' | 'voided';

export interface Payment {
  id: string;
  reference: string;
  amountCents: number;
  currency: string;
  status: PaymentStatus;
  capturedCents: number;
  refundedCents: number;
  createdAt: string;
}

interface PaymentRow {
  id: string;
  request_hash: string;
  reference: string;
  amount_cents: number;
  currency: string;
  status: PaymentStatus;
  captured_cents: number;
  refunded_cents: number;
  created_at: Date;
}

function paymentOf(row: PaymentRow): Payment {
  return {
    id: row.id,
    reference: row.reference,
    amountCents: row.amount_cents,
    currency: row.currency,
    status: row.status,
    capturedCents: row.captured_cents,
    refundedCents: row.refunded_cents,
    createdAt: row.created_at.toISOString(),
  };
}

/** The bank of this demonstration refuses one card. */
export const bankAccepts = (cardToken: string): boolean => cardToken !== 'tok_declined';

type EntryKind = 'authorisation' | 'capture' | 'refund' | 'void';

async function book(sql: Sql, paymentId: string, kind: EntryKind, amountCents: number): Promise<void> {
  await sql.query('insert into entries (payment_id, kind, amount_cents) values ($1, $2, $3)', [paymentId, kind, amountCents]);
}

async function lockPayment(sql: Sql, id: string): Promise<PaymentRow> {
  const { rows } = await sql.query<PaymentRow>('select * from payments where id = $1 for update', [id]);
  if (!rows[0]) throw notFound(id);
  return rows[0];
}

async function firstRow(sql: Sql, text: string, values: unknown[]): Promise<Payment> {
  const { rows } = await sql.query<PaymentRow>(text, values);
  if (!rows[0]) throw new Error('The statement answered no payment.');
  return paymentOf(rows[0]);
}

/** `replayed` when this key made the payment before. Throws a 422 when the key comes with another request. */
export function authorise(
  pool: Pool,
  request: AuthoriseRequest,
  idempotencyKey: string | undefined,
): Promise<{ payment: Payment; replayed: boolean }> {
  const hash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
  const status: PaymentStatus = request.capture === 'automatic' ? 'settling' : bankAccepts(request.cardToken) ? 'authorised' : 'declined';
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<PaymentRow>(
      `insert into payments (idempotency_key, request_hash, reference, amount_cents, currency, card_token, status, callback_url)
       values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (idempotency_key) do nothing returning *`,
      [
        idempotencyKey ?? null,
        hash,
        request.reference,
        request.amountCents,
        request.currency,
        request.cardToken,
        status,
        request.callbackUrl ?? null,
      ],
    );
    const [created] = rows;
    if (created) {
      if (status === 'authorised') await book(client, created.id, 'authorisation', created.amount_cents);
      return { payment: paymentOf(created), replayed: false };
    }
    const [earlier] = (await client.query<PaymentRow>('select * from payments where idempotency_key = $1', [idempotencyKey])).rows;
    if (!earlier) throw new Refusal(409, 'conflict', 'A payment with this key is being made. Try again.');
    if (earlier.request_hash !== hash) throw new Refusal(422, 'key-reused', 'This Idempotency-Key belongs to another request.');
    return { payment: paymentOf(earlier), replayed: true };
  });
}

export async function findPayment(sql: Sql, id: string): Promise<Payment> {
  const { rows } = await sql.query<PaymentRow>('select * from payments where id = $1', [id]);
  if (!rows[0]) throw notFound(id);
  return paymentOf(rows[0]);
}

/** All of what was authorised, or less. What is not captured is given up. */
export function capture(pool: Pool, id: string, amountCents: number | undefined): Promise<Payment> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, id);
    if (payment.status !== 'authorised') throw new Refusal(409, 'conflict', `A payment that is ${payment.status} cannot be captured.`);
    const amount = amountCents ?? payment.amount_cents;
    if (amount > payment.amount_cents) {
      throw new Refusal(422, 'too-much', `Only ${payment.amount_cents} cents are authorised.`);
    }
    await book(client, id, 'capture', amount);
    return firstRow(client, `update payments set status = 'captured', captured_cents = $2 where id = $1 returning *`, [id, amount]);
  });
}

/** Gives up an authorisation. */
export function voidPayment(pool: Pool, id: string): Promise<Payment> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, id);
    if (payment.status !== 'authorised') throw new Refusal(409, 'conflict', `A payment that is ${payment.status} cannot be voided.`);
    await book(client, id, 'void', payment.amount_cents);
    return firstRow(client, `update payments set status = 'voided' where id = $1 returning *`, [id]);
  });
}

export interface Refund {
  id: string;
  paymentId: string;
  amountCents: number;
}

interface RefundRow {
  id: string;
  payment_id: string;
  amount_cents: number;
}

const refundOf = (row: RefundRow): Refund => ({ id: row.id, paymentId: row.payment_id, amountCents: row.amount_cents });

/** Never more than was captured, also when two come at once: the payment's row is locked while the rest is computed. */
export function refund(
  pool: Pool,
  id: string,
  amountCents: number,
  idempotencyKey: string | undefined,
): Promise<{ refund: Refund; replayed: boolean }> {
  return inTransaction(pool, async (client) => {
    const payment = await lockPayment(client, id);
    const [earlier] = (
      await client.query<RefundRow>('select * from refunds where payment_id = $1 and idempotency_key = $2', [id, idempotencyKey ?? null])
    ).rows;
    if (earlier) return { refund: refundOf(earlier), replayed: true };
    if (payment.status !== 'captured') throw new Refusal(409, 'conflict', `A payment that is ${payment.status} has nothing to refund.`);
    const left = payment.captured_cents - payment.refunded_cents;
    if (amountCents > left) throw new Refusal(422, 'too-much', `Only ${left} cents are left to refund.`);
    await book(client, id, 'refund', amountCents);
    await client.query('update payments set refunded_cents = refunded_cents + $2 where id = $1', [id, amountCents]);
    const { rows } = await client.query<RefundRow>(
      'insert into refunds (payment_id, idempotency_key, amount_cents) values ($1, $2, $3) returning *',
      [id, idempotencyKey ?? null, amountCents],
    );
    if (!rows[0]) throw new Error('insert returned nothing');
    return { refund: refundOf(rows[0]), replayed: false };
  });
}

export interface Entry {
  kind: EntryKind;
  amountCents: number;
}

/** What happened to the money, oldest first. */
export async function entriesOf(sql: Sql, id: string): Promise<Entry[]> {
  await findPayment(sql, id);
  const { rows } = await sql.query<{ kind: EntryKind; amount_cents: number }>(
    'select kind, amount_cents from entries where payment_id = $1 order by position',
    [id],
  );
  return rows.map((row) => ({ kind: row.kind, amountCents: row.amount_cents }));
}

export interface PaymentPage {
  items: Payment[];
  /** For the next page; null on the last. */
  nextCursor: string | null;
}

/** Oldest first. The cursor is the last row's place, so that payments that arrive meanwhile shift nothing. */
export async function listPayments(sql: Sql, reference: string, limit: number, cursor: string | undefined): Promise<PaymentPage> {
  const after = cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString();
  if (after !== undefined && !/^\d+ [0-9a-f-]{36}$/.test(after)) throw new Refusal(400, 'bad-request', 'cursor: not one that we gave.');
  const [micros, id] = after?.split(' ') ?? [];
  const { rows } = await sql.query<PaymentRow & { micros: string }>(
    `select *, (extract(epoch from created_at) * 1000000)::bigint as micros from payments
     where reference = $1
       and ($3::bigint is null or ((extract(epoch from created_at) * 1000000)::bigint, id) > ($3::bigint, $4::uuid))
     order by created_at, id limit $2`,
    [reference, limit + 1, micros ?? null, id ?? null],
  );
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = rows.length > limit && last ? Buffer.from(`${last.micros} ${last.id}`).toString('base64url') : null;
  return { items: page.map(paymentOf), nextCursor };
}
