import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, giveAnswer, IdempotencyKey, limitOf, pageOf, type Page } from '@app/http';
import { AddOrganisation, OrganisationForm } from './add-organisation.command.js';
import { OrganisationQuery, type Organisation } from './organisation.query.js';

@Controller('v1/organisations')
export class OrganisationsHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly organisations: OrganisationQuery,
  ) {}

  @Get()
  @Access({ staff: ['duty-officer', 'approver', 'hub-coordinator', 'referrer', 'call-handler', 'operator', 'auditor'] })
  async list(
    @Who() who: Staff,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<Organisation>> {
    const size = limitOf(limit);
    return pageOf(
      await this.organisations.list(who, size, decodeCursor(cursor, z.string().max(80))),
      size,
      (last) => last.name,
    );
  }

  @Post()
  @Access({ staff: ['duty-officer', 'approver'] })
  async add(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body({ schema: OrganisationForm }) form: OrganisationForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Organisation> {
    return giveAnswer(reply, await this.commands.execute(new AddOrganisation(who, key, form)));
  }
}
