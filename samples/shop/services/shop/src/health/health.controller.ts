import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Public } from '../accounts/access';
import { Database } from '../database/database';

@Controller('health')
export class HealthController {
  constructor(private readonly database: Database) {}

  /** Healthy means that the database answers, too. */
  @Public()
  @Get()
  async health(): Promise<{ status: string; database: string }> {
    try {
      await this.database.rows('select 1');
    } catch {
      throw new ServiceUnavailableException('The database does not answer.');
    }
    return { status: 'ok', database: 'ok' };
  }
}
