import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access, type Staff, Who } from '@app/access';
import { limitOf, type Page } from '@app/http';
import { Renders } from '@app/web';
import { type Listed, MessagesQuery } from './messages.query.js';

const STATES = ['created', 'queued', 'sending', 'sent', 'delivered', 'failed', 'unknown', 'cancelled'] as const;
/** A filter that is not understood is no filter: it must not look like an empty list. */
const Filters = z.object({
  state: z.enum(STATES).optional().catch(undefined),
  applicationId: z.uuid().optional().catch(undefined),
  activationId: z.uuid().optional().catch(undefined),
  cursor: z.string().max(1000).optional().catch(undefined),
  limit: z.string().max(4).optional().catch(undefined),
});

export interface MessagesPage extends Page<Listed> {
  readonly states: readonly string[];
  readonly state: string | null;
}

@Controller()
export class MessagesHttp {
  constructor(private readonly messages: MessagesQuery) {}

  @Get(['v1/messages', 'notification'])
  @Access({ staff: ['operator', 'duty-officer'] })
  @Renders('messages', import.meta.url)
  async list(@Who() who: Staff, @Query() query: Record<string, unknown>): Promise<MessagesPage> {
    const { limit, ...filters } = Filters.parse(query);
    const page = await this.messages.list({ ...filters, forumId: who.forumId, limit: limitOf(limit) });
    return { ...page, states: STATES, state: filters.state ?? null };
  }
}
