import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, IsUUID, Length, Max, MaxLength, Min } from 'class-validator';

export type OrderStatus = 'pending' | 'processing' | 'confirmed' | 'payment_failed' | 'cancelled' | 'refunded';

export class PlaceOrderDto {
  @IsOptional()
  @IsString()
  @Length(1, 40)
  couponCode?: string;
}

export class PayOrderDto {
  /** What the card form gave: `tok_visa`, `tok_mastercard`, or `tok_declined` for a card that the bank refuses. */
  @IsString()
  @Length(1, 100)
  cardToken!: string;
}

export class OrderQueryDto {
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 20;
}

/** What payments says when the bank has answered. */
export class PaymentCallbackDto {
  @IsIn(['payment.captured', 'payment.declined'])
  type!: 'payment.captured' | 'payment.declined';

  @IsUUID()
  paymentId!: string;

  /** The order. */
  @IsUUID()
  reference!: string;

  @IsInt()
  @Min(1)
  amountCents!: number;

  @IsString()
  @MaxLength(3)
  currency!: string;
}

export class OrderLineDto {
  productId!: string;
  name!: string;
  quantity!: number;
  /** As it was when the order was placed. */
  unitPriceCents!: number;
}

export class OrderDto {
  id!: string;
  customerId!: string;
  status!: OrderStatus;
  subtotalCents!: number;
  discountCents!: number;
  totalCents!: number;
  couponCode!: string | null;
  paymentId!: string | null;
  createdAt!: string;
  confirmedAt!: string | null;
  /** In no particular order. */
  lines!: OrderLineDto[];
}

export class OrderListDto {
  /** Newest first, without their lines. */
  items!: Omit<OrderDto, 'lines'>[];
}
