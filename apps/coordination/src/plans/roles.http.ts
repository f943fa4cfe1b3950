import { Body, Controller, Get, Post, Query, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, giveAnswer, IdempotencyKey, limitOf, pageOf, type Page } from '@app/http';
import { PlannedRole } from './planned-role.js';
import { PlanQuery } from './plan.query.js';
import { PublishRole, type RoleMade } from './publish-role.command.js';

/** Role templates, from which plans take their roles. */
@Controller('v1/roles')
export class RolesHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly plans: PlanQuery,
  ) {}

  @Get()
  @Access({
    staff: ['duty-officer', 'approver', 'hub-coordinator', 'vetting-officer', 'call-handler', 'referrer', 'auditor'],
  })
  async list(
    @Who() who: Staff,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<PlannedRole>> {
    const size = limitOf(limit);
    const after = decodeCursor(cursor, z.string().max(40));
    return pageOf(await this.plans.roles(who, size, after), size, (last) => last.code);
  }

  @Post()
  @Access({ staff: ['duty-officer', 'approver'] })
  async publish(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body({ schema: PlannedRole }) role: PlannedRole,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RoleMade> {
    return giveAnswer(reply, await this.commands.execute(new PublishRole(who, key, role)));
  }
}
