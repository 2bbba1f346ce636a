import { Controller, Get, NotFoundException, Param } from '@nestjs/common';
import { Public } from '../accounts/access';
import { Database } from '../database/database';
import { findCoupon } from './coupons';
import { CouponDto } from './coupons.dto';

@Controller('coupons')
export class CouponsController {
  constructor(private readonly database: Database) {}

  @Public()
  @Get(':code')
  async find(@Param('code') code: string): Promise<CouponDto> {
    const coupon = await findCoupon(this.database.pool, code);
    if (!coupon) throw new NotFoundException(`The coupon ${code} is unknown or over.`);
    return coupon;
  }
}
