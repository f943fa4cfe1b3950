import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { giveAnswer, IdempotencyKey, notFound, readIfMatch } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { readForm, Renders, seeOther, type Page as Shown, type SeeOther } from '@app/web';
import { FormRefusal, parsed } from '../members/form-refusal.js';
import { PlanQuery } from '../plans/plan.query.js';
import { ActivationForm, TransitionForm } from './activation-form.js';
import { ApproveActivation, MoveActivation, type Moved } from './move-activation.command.js';
import { RequestActivation, type ActivationMade } from './request-activation.command.js';
import { RequestQuery } from './request.query.js';

const Id = z.uuid();
const Seen = z.object({ version: z.coerce.number().int().positive().optional() }).nullish();
type Seen = z.infer<typeof Seen>;

const seenBy = (seen: Seen, request: FastifyRequest): number | null =>
  seen?.version ?? (request.headers['if-match'] ? readIfMatch(request.headers['if-match']) : null);

@Controller()
export class ActivationsHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly plans: PlanQuery,
    private readonly requests: RequestQuery,
    private readonly refusal: FormRefusal,
  ) {}

  @Post('v1/activations')
  @Access({ staff: ['duty-officer'] })
  async request(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body({ schema: ActivationForm }) form: ActivationForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ActivationMade> {
    return giveAnswer(reply, await this.commands.execute(new RequestActivation(who, key, form)));
  }

  @Post('v1/activations/:activation/approve')
  @HttpCode(200)
  @Access({ staff: ['approver', 'duty-officer'] })
  approve(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @Body({ schema: Seen }) seen: Seen,
    @Req() request: FastifyRequest,
  ): Promise<Moved> {
    return this.commands.execute(new ApproveActivation(who, activation, seenBy(seen, request)));
  }

  @Post('v1/activations/:activation/transitions')
  @HttpCode(200)
  @Access({ staff: ['duty-officer', 'approver'] })
  move(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @Body({ schema: TransitionForm }) form: TransitionForm,
  ): Promise<Moved> {
    return this.commands.execute(new MoveActivation(who, activation, form));
  }

  @Get('forum/plans/:id/activate')
  @Access({ staff: ['duty-officer'] })
  @Renders('request', import.meta.url)
  form(@Who() who: Staff, @Param('id', { schema: Id }) id: string): Promise<object> {
    return this.requestPage(who, id);
  }

  @Post('forum/plans/:id/activate')
  @Access({ staff: ['duty-officer'] })
  @Renders('request', import.meta.url)
  async requested(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @IdempotencyKey() key: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    const typed = readForm(body, { lists: ['areas'] });
    try {
      const form = parsed(ActivationForm, { ...typed, planId: id });
      const { body: made } = await this.commands.execute(new RequestActivation(who, key, form));
      return seeOther(`/forum/activations/${made.slug}`);
    } catch (error) {
      return this.refusal.page(request, error, await this.requestPage(who, id), typed);
    }
  }

  @Get('forum/activations/:activation/approve')
  @Access({ staff: ['approver', 'duty-officer'] })
  @Renders('approve', import.meta.url)
  approval(@Who() who: Staff, @Param('activation') activation: string): Promise<object> {
    return this.decisionPage(who, activation);
  }

  @Post('forum/activations/:activation/approve')
  @Access({ staff: ['approver', 'duty-officer'] })
  @Renders('approve', import.meta.url)
  async approved(@Who() who: Staff, @Param('activation') activation: string, @Body() body: unknown): Promise<SeeOther> {
    const seen = parsed(Seen, readForm(body, { numbers: ['version'] }));
    const made = await this.commands.execute(new ApproveActivation(who, activation, seen?.version ?? null));
    return seeOther(`/forum/activations/${made.slug}`);
  }

  @Get('forum/activations/:activation/move')
  @Access({ staff: ['duty-officer', 'approver'] })
  @Renders('move', import.meta.url)
  async moveForm(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @Query('to') to?: string,
  ): Promise<object> {
    const target = TransitionForm.shape.to.safeParse(to);
    if (!target.success) throw notFound();
    return { ...(await this.decisionPage(who, activation)), to: target.data };
  }

  @Post('forum/activations/:activation/move')
  @Access({ staff: ['duty-officer', 'approver'] })
  @Renders('move', import.meta.url)
  async moved(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    const typed = readForm(body);
    try {
      const made = await this.commands.execute(new MoveActivation(who, activation, parsed(TransitionForm, typed)));
      return seeOther(`/forum/activations/${made.slug}`);
    } catch (error) {
      return this.refusal.page(
        request,
        error,
        { ...(await this.decisionPage(who, activation)), to: typed['to'] },
        typed,
      );
    }
  }

  private async requestPage(who: Staff, planId: string): Promise<object> {
    const plan = await this.plans.one(who, planId);
    if (!plan || plan.approvedVersion === null) throw notFound();
    return { plan, districts: await this.requests.districts(who), idempotencyKey: uuidv7() };
  }

  private async decisionPage(who: Staff, activation: string): Promise<object> {
    const found = await this.requests.one(who, activation);
    if (!found) throw notFound();
    return { ...found, exercise: found.kind !== 'actual', own: found.requestedById === who.memberId };
  }
}
