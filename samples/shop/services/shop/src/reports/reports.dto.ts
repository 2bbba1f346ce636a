import { IsString, Length } from 'class-validator';

export class SalesQueryDto {
  @IsString()
  @Length(1, 40)
  category!: string;
}

export class SalesDto {
  category!: string;
  orders!: number;
  unitsSold!: number;
  grossCents!: number;
  refundedCents!: number;
  netCents!: number;
}
