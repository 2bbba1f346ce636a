import { IsInt, Max, Min } from 'class-validator';

export class SetQuantityDto {
  @IsInt()
  @Min(1)
  @Max(99)
  quantity!: number;
}

export class CartItemDto {
  productId!: string;
  name!: string;
  quantity!: number;
  unitPriceCents!: number;
}

export class CartDto {
  items!: CartItemDto[];
  subtotalCents!: number;
}
