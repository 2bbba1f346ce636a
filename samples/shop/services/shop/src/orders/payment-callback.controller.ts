import { Body, Controller, Headers, HttpCode, Inject, Post, type RawBodyRequest, Req, UnauthorizedException } from '@nestjs/common';
import type { Request } from 'express';
import { Public } from '../accounts/access';
import { Database } from '../database/database';
import { SETTINGS, type Settings } from '../settings';
import { signatureIsGood } from './callback-signature';
import { PaymentCallbackDto } from './orders.dto';
import { settleOrder } from './pay-order';

@Controller('callbacks')
export class PaymentCallbackController {
  constructor(
    private readonly database: Database,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  /** Where payments reports how a charge ended. Public, but only a signed message is believed. */
  @Public()
  @Post('payments')
  @HttpCode(200)
  async settle(
    @Req() request: RawBodyRequest<Request>,
    @Headers('webhook-id') id: string | undefined,
    @Headers('webhook-timestamp') timestamp: string | undefined,
    @Headers('webhook-signature') signature: string | undefined,
    @Body() body: PaymentCallbackDto,
  ): Promise<{ applied: boolean }> {
    const good = signatureIsGood(
      { id, timestamp, signature },
      request.rawBody ?? Buffer.alloc(0),
      this.settings.callbackSecret,
      new Date(),
    );
    if (!good) throw new UnauthorizedException('The signature is missing, wrong or too old.');
    return settleOrder(this.database, body);
  }
}
