import { Body, Controller, Delete, Get, HttpCode, Param, ParseUUIDPipe, Patch, Post, Query } from '@nestjs/common';
import { Public, Roles } from '../accounts/access';
import { Database } from '../database/database';
import { archiveProduct, createProduct, findProduct, priceIn, searchProducts, updateProduct } from './products';
import { CreateProductDto, PriceDto, PriceQueryDto, ProductDto, ProductPageDto, ProductQueryDto, UpdateProductDto } from './products.dto';

@Controller('products')
export class ProductsController {
  constructor(private readonly database: Database) {}

  /** Searches the catalogue, a page at a time. */
  @Public()
  @Get()
  search(@Query() query: ProductQueryDto): Promise<ProductPageDto> {
    return searchProducts(this.database, query);
  }

  @Public()
  @Get(':id')
  find(@Param('id', ParseUUIDPipe) id: string): Promise<ProductDto> {
    return findProduct(this.database, id);
  }

  /** The price of some pieces in another currency, rounded once. */
  @Public()
  @Get(':id/price')
  price(@Param('id', ParseUUIDPipe) id: string, @Query() query: PriceQueryDto): Promise<PriceDto> {
    return priceIn(this.database, id, query.currency, query.quantity);
  }

  @Roles('admin')
  @Post()
  create(@Body() body: CreateProductDto): Promise<ProductDto> {
    return createProduct(this.database, body);
  }

  /** Sets the price or the stock. Orders that were placed keep their prices. */
  @Roles('admin')
  @Patch(':id')
  update(@Param('id', ParseUUIDPipe) id: string, @Body() body: UpdateProductDto): Promise<ProductDto> {
    return updateProduct(this.database, id, body);
  }

  @Roles('admin')
  @Delete(':id')
  @HttpCode(204)
  archive(@Param('id', ParseUUIDPipe) id: string): Promise<void> {
    return archiveProduct(this.database, id);
  }
}
