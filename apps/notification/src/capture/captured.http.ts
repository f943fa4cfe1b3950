import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access, type Staff, Who } from '@app/access';
import { limitOf, type Page } from '@app/http';
import { Renders } from '@app/web';
import { CapturedQuery, type Listed } from './captured.query.js';

const Filters = z.object({
  cursor: z.string().max(1000).optional().catch(undefined),
  limit: z.string().max(4).optional().catch(undefined),
});

@Controller()
export class CapturedHttp {
  constructor(private readonly captured: CapturedQuery) {}

  @Get(['v1/messages/captured', 'notification/captured'])
  @Access({ staff: ['operator', 'duty-officer'] })
  @Renders('captured', import.meta.url)
  list(@Who() who: Staff, @Query() query: Record<string, unknown>): Promise<Page<Listed>> {
    const { limit, cursor } = Filters.parse(query);
    return this.captured.list({ forumId: who.forumId, limit: limitOf(limit), ...(cursor ? { cursor } : {}) });
  }
}
