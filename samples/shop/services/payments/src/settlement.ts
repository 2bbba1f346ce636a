import type { Pool } from 'pg';
import { callBack } from './callback';
import { inTransaction } from './database';
import { bankAccepts } from './payments';
import type { Settings } from './settings';

interface SettlingRow {
  id: string;
  status: string;
  amount_cents: number;
  currency: string;
  card_token: string;
  reference: string;
  callback_url: string | null;
}

/** Waits for the bank, which takes its time, books its answer and calls the merchant back. */
export function startSettlement(pool: Pool, settings: Settings, paymentId: string): void {
  const { fastest, slowest } = settings.bankMs;
  setTimeout(
    () => {
      settle(pool, settings, paymentId).catch((error: unknown) => console.error(`payment ${paymentId} is not settled:`, error));
    },
    fastest + Math.random() * (slowest - fastest),
  ).unref();
}

async function settle(pool: Pool, settings: Settings, paymentId: string): Promise<void> {
  const settled = await inTransaction(pool, async (client) => {
    const { rows } = await client.query<SettlingRow>('select * from payments where id = $1 for update', [paymentId]);
    const [payment] = rows;
    if (payment?.status !== 'settling') return undefined;
    const accepted = bankAccepts(payment.card_token);
    await client.query('update payments set status = $2, captured_cents = $3 where id = $1', [
      paymentId,
      accepted ? 'captured' : 'declined',
      accepted ? payment.amount_cents : 0,
    ]);
    if (accepted) {
      await client.query(`insert into entries (payment_id, kind, amount_cents) values ($1, 'authorisation', $2), ($1, 'capture', $2)`, [
        paymentId,
        payment.amount_cents,
      ]);
    }
    return { payment, type: accepted ? 'payment.captured' : 'payment.declined' };
  });
  if (!settled?.payment.callback_url) return;
  const { payment, type } = settled;
  const body = { type, paymentId, reference: payment.reference, amountCents: payment.amount_cents, currency: payment.currency };
  await callBack(settled.payment.callback_url, body, settings.callbackSecret);
}

const MOST_RESUMED = 1000;

/** Takes up what an earlier life of this process left with the bank. */
export async function resumeSettlements(pool: Pool, settings: Settings): Promise<void> {
  const { rows } = await pool.query<{ id: string }>(`select id from payments where status = 'settling' order by created_at limit $1`, [
    MOST_RESUMED,
  ]);
  for (const { id } of rows) startSettlement(pool, settings, id);
}
