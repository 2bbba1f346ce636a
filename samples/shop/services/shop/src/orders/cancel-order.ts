import { ConflictException } from '@nestjs/common';
import type { Database } from '../database/database';
import { changeStatus, findOrder } from './orders';
import type { OrderDto } from './orders.dto';
import { releaseStock } from './stock';

/** Only an order that nobody has begun to pay. Its pieces go back into stock. */
export function cancelOrder(database: Database, orderId: string): Promise<OrderDto> {
  return database.transaction(async (client) => {
    const order = await findOrder(client, orderId, true);
    if (order?.status !== 'pending') throw new ConflictException(`An order that is ${order?.status} cannot be cancelled.`);
    await releaseStock(client, orderId);
    return changeStatus(client, orderId, 'cancelled');
  });
}
