import { UnprocessableEntityException } from '@nestjs/common';
import type { Sql } from '../database/database';
import type { CouponDto } from './coupons.dto';

interface CouponRow {
  code: string;
  percent: number;
  minimum_cents: number;
}

/** Undefined for a code that never was or is over. */
export async function findCoupon(sql: Sql, code: string): Promise<CouponDto | undefined> {
  const { rows } = await sql.query<CouponRow>('select * from coupons where code = $1 and (expires_at is null or expires_at > now())', [
    code,
  ]);
  const [row] = rows;
  return row && { code: row.code, percent: row.percent, minimumCents: row.minimum_cents };
}

/** In cents, half a cent rounded up in the customer's favour. */
export function discountOf(coupon: CouponDto, subtotalCents: number): number {
  if (subtotalCents < coupon.minimumCents) {
    throw new UnprocessableEntityException(
      `${coupon.code} needs goods for at least ${coupon.minimumCents} cents; these are ${subtotalCents}.`,
    );
  }
  return Math.floor((subtotalCents * coupon.percent + 50) / 100);
}
