import { ConflictException } from '@nestjs/common';
import type { Database } from '../database/database';
import { changeStatus, findOrder } from './orders';
import type { OrderDto, PaymentCallbackDto } from './orders.dto';
import type { PaymentsClient } from './payments-client';
import { releaseStock } from './stock';

const CURRENCY = 'EUR';

/** Starts the payment. The bank's answer comes later, as a callback (see `settleOrder`). */
export async function payOrder(database: Database, payments: PaymentsClient, orderId: string, cardToken: string): Promise<OrderDto> {
  const order = await database.transaction(async (client) => {
    const found = await findOrder(client, orderId, true);
    if (found?.status !== 'pending') throw new ConflictException(`An order that is ${found?.status} cannot be paid.`);
    return changeStatus(client, orderId, 'processing');
  });
  try {
    const { id } = await payments.charge(
      { amountCents: order.totalCents, currency: CURRENCY, cardToken, reference: orderId },
      `order-${orderId}`,
    );
    await database.rows('update orders set payment_id = $2 where id = $1', [orderId, id]);
    return Object.assign(order, { paymentId: id });
  } catch (error) {
    await database.rows(`update orders set status = 'pending' where id = $1 and status = 'processing'`, [orderId]);
    throw error;
  }
}

/** Applies the bank's answer. A callback that comes twice, or for an order that has moved on, changes nothing. */
export function settleOrder(database: Database, callback: PaymentCallbackDto): Promise<{ applied: boolean }> {
  return database.transaction(async (client) => {
    const order = await findOrder(client, callback.reference, true);
    // `pending`: the charge went through, but its answer never reached us.
    const awaited = order && (order.status === 'processing' || order.status === 'pending');
    if (!awaited || order.totalCents !== callback.amountCents) return { applied: false };
    if (callback.type === 'payment.captured') {
      await client.query('update orders set payment_id = $2 where id = $1', [order.id, callback.paymentId]);
      await changeStatus(client, order.id, 'confirmed');
    } else {
      await changeStatus(client, order.id, 'payment_failed');
      await releaseStock(client, order.id);
    }
    return { applied: true };
  });
}
