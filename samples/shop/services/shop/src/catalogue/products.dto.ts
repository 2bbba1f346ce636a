import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { CURRENCIES } from './currency';

const HIGHEST_PRICE_CENTS = 10_000_000;
const HIGHEST_STOCK = 1_000_000;

export class CreateProductDto {
  @IsString()
  @Length(1, 120)
  name!: string;

  @IsString()
  @Length(1, 40)
  category!: string;

  @IsInt()
  @Min(0)
  @Max(HIGHEST_PRICE_CENTS)
  priceCents!: number;

  @IsInt()
  @Min(0)
  @Max(HIGHEST_STOCK)
  stock!: number;
}

export class UpdateProductDto {
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(HIGHEST_PRICE_CENTS)
  priceCents?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(HIGHEST_STOCK)
  stock?: number;
}

export class ProductQueryDto {
  /** Part of the name, in any case. */
  @IsOptional()
  @IsString()
  @MaxLength(100)
  search?: string;

  @IsOptional()
  @IsString()
  @MaxLength(40)
  category?: string;

  @IsOptional()
  @IsIn(['name', 'price', '-price'])
  sort: 'name' | 'price' | '-price' = 'name';

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(10_000)
  page = 1;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 20;
}

export class PriceQueryDto {
  @IsIn(Object.keys(CURRENCIES))
  currency!: string;

  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  quantity = 1;
}

export class ProductDto {
  id!: string;
  name!: string;
  category!: string;
  priceCents!: number;
  stock!: number;
}

export class ProductPageDto {
  items!: ProductDto[];
  page!: number;
  pages!: number;
  total!: number;
}

export class PriceDto {
  currency!: string;
  /** Digits after the point: 2 for USD, 0 for JPY. */
  exponent!: number;
  /** In the smallest unit of the currency. */
  totalMinor!: number;
}
