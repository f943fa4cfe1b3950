import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, etagOf, limitOf, notFound, pageOf, type Page } from '@app/http';
import { Renders } from '@app/web';
import { ActivationQuery, type ActivationView, type Gap } from './activation.query.js';
import { health, nextActs } from './board.decider.js';

const Id = z.uuid();
const READERS = ['duty-officer', 'approver', 'hub-coordinator', 'operator', 'auditor'] as const;
const EVERYBODY = [...READERS, 'vetting-officer', 'call-handler', 'referrer'] as const;

@Controller()
export class BoardHttp {
  constructor(private readonly activations: ActivationQuery) {}

  @Get('v1/activations')
  @Access({ staff: [...READERS] })
  async list(
    @Who() who: Staff,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<ActivationView>> {
    const size = limitOf(limit);
    return pageOf(await this.activations.list(who, size, decodeCursor(cursor, Id)), size, (last) => last.id);
  }

  @Get('v1/activations/:activation')
  @Access({ staff: [...READERS] })
  async one(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ActivationView> {
    const found = await this.activations.one(who, activation);
    if (!found) throw notFound();
    reply.header('etag', etagOf(found.version));
    return found;
  }

  @Get('v1/activations/:activation/gaps')
  @Access({ staff: [...READERS] })
  async gaps(@Who() who: Staff, @Param('activation') activation: string): Promise<Page<Gap>> {
    const found = await this.activations.gaps(who, activation);
    if (!found) throw notFound();
    return { items: found.items, next: null };
  }

  @Get('forum')
  @Access({ staff: [...EVERYBODY] })
  @Renders('home', import.meta.url)
  async home(@Who() who: Staff, @Query('cursor') cursor?: string): Promise<object> {
    const sees = who.roles.some((role) => (READERS as readonly string[]).includes(role));
    const list = sees ? await this.activations.list(who, 20, decodeCursor(cursor, Id)) : [];
    return { sees, roles: who.roles, activations: pageOf(list, 20, (last) => last.id) };
  }

  @Get('forum/activations/:activation')
  @Access({ staff: [...READERS] })
  @Renders('board', import.meta.url)
  async board(@Who() who: Staff, @Param('activation') activation: string): Promise<object> {
    const found = await this.activations.gaps(who, activation);
    if (!found) throw notFound();
    return {
      ...found.activation,
      exercise: found.activation.kind !== 'actual',
      gaps: found.items,
      health: health(found.activation.promises),
      acts: nextActs(found.activation, who),
    };
  }
}
