import { Controller, Get, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, limitOf, pageOf, type Page } from '@app/http';
import { OffersQuery, type OfferItem } from './offers.query.js';

const Position = z.strictObject({ madeAt: z.iso.datetime(), id: z.uuid() });
const Id = z.uuid();
const known = (text: string | undefined): string | null => (Id.safeParse(text).success ? text! : null);

@Controller('v1/offers')
export class OffersHttp {
  constructor(private readonly offers: OffersQuery) {}

  /** An activation or need that is no id of ours matches nothing. */
  @Get()
  @Access({ staff: ['duty-officer', 'hub-coordinator', 'auditor'] })
  async list(
    @Who() by: Staff,
    @Query('activationId') activationId?: string,
    @Query('needId') needId?: string,
    @Query('state') state?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<OfferItem>> {
    if ((activationId && !known(activationId)) || (needId && !known(needId))) return { items: [], next: null };
    const size = limitOf(limit);
    const items = await this.offers.list(by, {
      activationId: known(activationId),
      needId: known(needId),
      state: state ?? null,
      after: decodeCursor(cursor, Position),
      limit: size + 1,
    });
    return pageOf(items, size, (last) => ({ madeAt: last.madeAt, id: last.id }));
  }
}
