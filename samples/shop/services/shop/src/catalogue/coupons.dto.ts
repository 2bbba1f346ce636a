export class CouponDto {
  code!: string;
  percent!: number;
  /** The goods must be worth at least this much. */
  minimumCents!: number;
}
