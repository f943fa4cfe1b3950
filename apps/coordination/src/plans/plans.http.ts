import { Body, Controller, Get, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import {
  decodeCursor,
  etagOf,
  giveAnswer,
  IdempotencyKey,
  IfMatch,
  limitOf,
  notFound,
  pageOf,
  preconditionRequired,
  readIfMatch,
  type Page,
} from '@app/http';
import { readForm, Renders, seeOther, type Page as Shown, type SeeOther } from '@app/web';
import { FormRefusal, parsed } from '../members/form-refusal.js';
import { PlanChange, PlanForm } from './plan-content.js';
import { PlanQuery, type PlanLine, type PlanPage } from './plan.query.js';
import { RevisePlan } from './revise-plan.command.js';
import { ApprovePlan, SubmitPlan, type Reviewed } from './review-plan.command.js';
import { WritePlan, type PlanMade } from './write-plan.command.js';

const Id = z.uuid();
/** The version that the approver read; a form sends it in a hidden field. */
const Seen = z.object({ version: z.coerce.number().int().positive().optional() }).nullish();
type Seen = z.infer<typeof Seen>;

const READERS = ['duty-officer', 'approver', 'hub-coordinator', 'auditor'] as const;

@Controller()
export class PlansHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly plans: PlanQuery,
    private readonly refusal: FormRefusal,
  ) {}

  @Get('v1/plans')
  @Access({ staff: [...READERS] })
  async list(
    @Who() who: Staff,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<PlanLine>> {
    const size = limitOf(limit);
    return pageOf(await this.plans.list(who, size, decodeCursor(cursor, Id)), size, (last) => last.id);
  }

  @Post('v1/plans')
  @Access({ staff: ['duty-officer', 'approver'] })
  async write(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body({ schema: PlanForm }) form: PlanForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanMade> {
    return giveAnswer(reply, await this.commands.execute(new WritePlan(who, key, form)));
  }

  @Get('v1/plans/:id')
  @Access({ staff: [...READERS] })
  async one(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanPage> {
    const plan = await this.plans.one(who, id);
    if (!plan) throw notFound();
    reply.header('etag', etagOf(plan.version));
    return plan;
  }

  @Patch('v1/plans/:id')
  @Access({ staff: ['duty-officer', 'approver'] })
  async revise(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @IfMatch() seen: number,
    @Body({ schema: PlanChange }) change: PlanChange,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PlanPage> {
    const { version } = await this.commands.execute(new RevisePlan(who, id, seen, change));
    reply.header('etag', etagOf(version));
    return (await this.plans.one(who, id))!;
  }

  @Post('v1/plans/:id/submit')
  @HttpCode(200)
  @Access({ staff: ['duty-officer', 'approver'] })
  submit(@Who() who: Staff, @Param('id', { schema: Id }) id: string): Promise<Reviewed> {
    return this.commands.execute(new SubmitPlan(who, id));
  }

  /** An approval names the version it saw: in `If-Match`, or as `version`. */
  @Post('v1/plans/:id/approve')
  @HttpCode(200)
  @Access({ staff: ['approver', 'duty-officer'] })
  approve(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Seen }) seen: Seen,
    @Req() request: FastifyRequest,
  ): Promise<Reviewed> {
    const version = seen?.version ?? readIfMatch(request.headers['if-match']);
    return this.commands.execute(new ApprovePlan(who, id, version));
  }

  @Get('forum/plans')
  @Access({ staff: [...READERS] })
  @Renders('plans', import.meta.url)
  async readiness(@Who() who: Staff, @Query('cursor') cursor?: string): Promise<Page<PlanLine>> {
    return pageOf(await this.plans.list(who, 50, decodeCursor(cursor, Id)), 50, (last) => last.id);
  }

  @Get('forum/plans/:id')
  @Access({ staff: [...READERS] })
  @Renders('plan', import.meta.url)
  async page(@Who() who: Staff, @Param('id', { schema: Id }) id: string): Promise<object> {
    return this.shown(who, id);
  }

  @Post('forum/plans/:id/submit')
  @Access({ staff: ['duty-officer', 'approver'] })
  @Renders('plan', import.meta.url)
  async submitted(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    try {
      await this.commands.execute(new SubmitPlan(who, id));
      return seeOther(`/forum/plans/${id}`);
    } catch (error) {
      return this.refusal.page(request, error, await this.shown(who, id), {});
    }
  }

  @Post('forum/plans/:id/approve')
  @Access({ staff: ['approver', 'duty-officer'] })
  @Renders('plan', import.meta.url)
  async approved(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    try {
      const version = parsed(Seen, readForm(body, { numbers: ['version'] }))?.version;
      if (version === undefined) throw preconditionRequired();
      await this.commands.execute(new ApprovePlan(who, id, version));
      return seeOther(`/forum/plans/${id}`);
    } catch (error) {
      return this.refusal.page(request, error, await this.shown(who, id), {});
    }
  }

  private async shown(who: Staff, id: string): Promise<object> {
    const plan = await this.plans.one(who, id);
    if (!plan) throw notFound();
    return {
      ...plan,
      may: {
        submit: plan.state === 'draft' && who.roles.some((role) => role === 'duty-officer' || role === 'approver'),
        approve: plan.state === 'in-review' && who.roles.includes('approver'),
        activate: plan.approvedVersion !== null && who.roles.includes('duty-officer'),
      },
    };
  }
}
