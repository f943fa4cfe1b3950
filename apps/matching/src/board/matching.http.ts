import { Controller, Get } from '@nestjs/common';
import { Access, Who, type Staff } from '@app/access';
import { Clock } from '@app/calendar';
import { Renders } from '@app/web';
import { NeedsQuery, type NeedItem } from './needs.query.js';

@Controller('matching')
export class MatchingHttp {
  constructor(
    private readonly needs: NeedsQuery,
    private readonly clock: Clock,
  ) {}

  @Get()
  @Access({ staff: ['duty-officer', 'hub-coordinator', 'auditor'] })
  @Renders('needs', import.meta.url)
  async list(@Who() by: Staff): Promise<{ items: readonly NeedItem[] }> {
    return { items: await this.needs.list(by, this.clock.now(), 200) };
  }
}
