import { Body, Controller, Get, Headers, HttpCode, NotFoundException, Param, ParseUUIDPipe, Post, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { type Identity, Me, Roles } from '../accounts/access';
import { Database } from '../database/database';
import { cancelOrder } from './cancel-order';
import { findOrder, listOrders } from './orders';
import { OrderDto, OrderListDto, OrderQueryDto, PayOrderDto, PlaceOrderDto } from './orders.dto';
import { payOrder } from './pay-order';
import { PaymentsClient } from './payments-client';
import { placeOrder } from './place-order';
import { refundOrder } from './refund-order';

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly database: Database,
    private readonly payments: PaymentsClient,
  ) {}

  /** Orders what is in the cart. 201 for a new order, 200 for the one that this `Idempotency-Key` made before. */
  @Post()
  async place(
    @Me() me: Identity,
    @Body() body: PlaceOrderDto,
    @Headers('idempotency-key') key: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderDto> {
    const { order, created } = await placeOrder(this.database, me.id, body.couponCode, key);
    response.status(created ? 201 : 200);
    return order;
  }

  @Get()
  async list(@Me() me: Identity, @Query() query: OrderQueryDto): Promise<OrderListDto> {
    return { items: await listOrders(this.database.pool, me.id, query.limit) };
  }

  @Get(':id')
  find(@Me() me: Identity, @Param('id', ParseUUIDPipe) id: string): Promise<OrderDto> {
    return this.ownOrder(me, id);
  }

  /** Starts the payment and answers at once; the order is confirmed when the bank has answered. */
  @Post(':id/pay')
  @HttpCode(202)
  async pay(@Me() me: Identity, @Param('id', ParseUUIDPipe) id: string, @Body() body: PayOrderDto): Promise<OrderDto> {
    await this.ownOrder(me, id);
    return payOrder(this.database, this.payments, id, body.cardToken);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  async cancel(@Me() me: Identity, @Param('id', ParseUUIDPipe) id: string): Promise<OrderDto> {
    await this.ownOrder(me, id);
    return cancelOrder(this.database, id);
  }

  @Roles('admin')
  @Post(':id/refund')
  @HttpCode(200)
  refund(@Param('id', ParseUUIDPipe) id: string): Promise<OrderDto> {
    return refundOrder(this.database, this.payments, id);
  }

  /** Somebody else's order does not exist, as far as a customer can tell. */
  private async ownOrder(me: Identity, id: string): Promise<OrderDto> {
    const order = await findOrder(this.database.pool, id);
    if (!order || (order.customerId !== me.id && me.role !== 'admin')) throw new NotFoundException(`There is no order ${id}.`);
    return order;
  }
}
