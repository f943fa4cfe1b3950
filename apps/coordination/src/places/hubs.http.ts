import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, giveAnswer, IdempotencyKey, limitOf, pageOf, type Page } from '@app/http';
import { AddHub, HubForm, type HubMade } from './add-hub.command.js';
import { HubQuery, type Hub } from './hub.query.js';

@Controller('v1/hubs')
export class HubsHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly hubs: HubQuery,
  ) {}

  @Get()
  @Access({ staff: ['duty-officer', 'approver', 'hub-coordinator', 'referrer', 'call-handler', 'operator', 'auditor'] })
  async list(@Who() who: Staff, @Query('limit') limit?: string, @Query('cursor') cursor?: string): Promise<Page<Hub>> {
    const size = limitOf(limit);
    return pageOf(await this.hubs.list(who, size, decodeCursor(cursor, z.string().max(80))), size, (last) => last.name);
  }

  @Post()
  @Access({ staff: ['duty-officer', 'approver'] })
  async add(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body({ schema: HubForm }) form: HubForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<HubMade> {
    return giveAnswer(reply, await this.commands.execute(new AddHub(who, key, form)));
  }
}
