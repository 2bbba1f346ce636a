import { Controller, Get, Query } from '@nestjs/common';
import { Roles } from '../accounts/access';
import { Database } from '../database/database';
import { SalesDto, SalesQueryDto } from './reports.dto';
import { salesOf } from './sales';

@Roles('admin')
@Controller('admin/reports')
export class ReportsController {
  constructor(private readonly database: Database) {}

  /** What a category has sold. */
  @Get('sales')
  sales(@Query() query: SalesQueryDto): Promise<SalesDto> {
    return salesOf(this.database, query.category);
  }
}
