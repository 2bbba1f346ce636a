import { Body, Controller, Delete, Get, Param, ParseUUIDPipe, Put } from '@nestjs/common';
import { type Identity, Me } from '../accounts/access';
import { Database } from '../database/database';
import { readCart, removeFromCart, setQuantity } from './cart';
import { CartDto, SetQuantityDto } from './cart.dto';

/** Everybody has one cart, their own. */
@Controller('cart')
export class CartController {
  constructor(private readonly database: Database) {}

  @Get()
  read(@Me() me: Identity): Promise<CartDto> {
    return readCart(this.database.pool, me.id);
  }

  @Put('items/:productId')
  set(@Me() me: Identity, @Param('productId', ParseUUIDPipe) productId: string, @Body() body: SetQuantityDto): Promise<CartDto> {
    return setQuantity(this.database, me.id, productId, body.quantity);
  }

  @Delete('items/:productId')
  remove(@Me() me: Identity, @Param('productId', ParseUUIDPipe) productId: string): Promise<CartDto> {
    return removeFromCart(this.database, me.id, productId);
  }
}
