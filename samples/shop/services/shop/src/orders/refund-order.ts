import { ConflictException, NotFoundException } from '@nestjs/common';
import type { Database } from '../database/database';
import { changeStatus, findOrder } from './orders';
import type { OrderDto } from './orders.dto';
import type { PaymentsClient } from './payments-client';
import { releaseStock } from './stock';

/** Gives all the money back and puts the pieces back into stock. */
export async function refundOrder(database: Database, payments: PaymentsClient, orderId: string): Promise<OrderDto> {
  const order = await findOrder(database.pool, orderId);
  if (!order) throw new NotFoundException(`There is no order ${orderId}.`);
  if (order.status !== 'confirmed' || !order.paymentId) throw new ConflictException(`An order that is ${order.status} cannot be refunded.`);
  await payments.refund(order.paymentId, order.totalCents, `refund-${orderId}`);
  return database.transaction(async (client) => {
    await findOrder(client, orderId, true);
    const current = await changeStatus(client, orderId, 'refunded');
    // Two refunds at once must not put the pieces back twice.
    if (current.status === 'confirmed') await releaseStock(client, orderId);
    return current;
  });
}
