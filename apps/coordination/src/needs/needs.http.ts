import { Body, Controller, Get, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, giveAnswer, IdempotencyKey, limitOf, notFound, pageOf, type Page } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { readForm, Renders, seeOther, type Page as Shown, type SeeOther } from '@app/web';
import { FormRefusal, parsed } from '../members/form-refusal.js';
import { CancelNeed } from './cancel-need.command.js';
import { CancelForm, NeedForm, VerifyForm } from './need-form.js';
import { needFromForm } from './need-of-form.js';
import { NeedQuery, type NeedLine, type NeedPage } from './need.query.js';
import { RaiseNeed, type NeedMade } from './raise-need.command.js';
import { mayHandle, VerifyNeed, type NeedMoved } from './verify-need.command.js';

const Id = z.uuid();
const Cancelling = CancelForm.nullish().transform((form) => form ?? CancelForm.parse({}));
const READERS = ['duty-officer', 'approver', 'hub-coordinator', 'referrer', 'auditor'] as const;
const RAISERS = ['duty-officer', 'hub-coordinator', 'referrer'] as const;

@Controller()
export class NeedsHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly needs: NeedQuery,
    private readonly refusal: FormRefusal,
  ) {}

  @Get('v1/needs')
  @Access({ staff: [...READERS] })
  async list(
    @Who() who: Staff,
    @Query('activation') activation?: string,
    @Query('state') state?: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<NeedLine>> {
    const size = limitOf(limit);
    const rows = await this.needs.list(who, { activation, state }, size, decodeCursor(cursor, Id));
    return pageOf(rows, size, (last) => last.id);
  }

  @Post('v1/needs')
  @Access({ staff: [...RAISERS] })
  async raise(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body({ schema: NeedForm }) form: NeedForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NeedMade> {
    return giveAnswer(reply, await this.commands.execute(new RaiseNeed(who, key, form)));
  }

  @Get('v1/needs/:id')
  @Access({ staff: [...READERS] })
  one(@Who() who: Staff, @Param('id', { schema: Id }) id: string): Promise<NeedPage> {
    return this.found(who, id);
  }

  @Post('v1/needs/:id/verify')
  @HttpCode(200)
  @Access({ staff: ['duty-officer', 'hub-coordinator'] })
  verify(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: VerifyForm }) form: VerifyForm,
  ): Promise<NeedMoved> {
    return this.commands.execute(new VerifyNeed(who, id, form));
  }

  @Post('v1/needs/:id/cancel')
  @HttpCode(200)
  @Access({ staff: [...RAISERS] })
  cancel(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Cancelling }) form: CancelForm,
  ): Promise<NeedMoved> {
    return this.commands.execute(new CancelNeed(who, id, form));
  }

  @Get('forum/needs')
  @Access({ staff: [...READERS] })
  @Renders('needs', import.meta.url)
  async register(@Who() who: Staff, @Query('cursor') cursor?: string): Promise<object> {
    const rows = await this.needs.list(who, {}, 50, decodeCursor(cursor, Id));
    return { ...pageOf(rows, 50, (last) => last.id), mayRaise: may(who, RAISERS) };
  }

  @Get('forum/needs/new')
  @Access({ staff: [...RAISERS] })
  @Renders('raise', import.meta.url)
  form(@Who() who: Staff, @Query('activation') activation?: string): Promise<object> {
    return this.raisePage(who, activation);
  }

  @Post('forum/needs/new')
  @Access({ staff: [...RAISERS] })
  @Renders('raise', import.meta.url)
  async raised(
    @Who() who: Staff,
    @IdempotencyKey() key: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    const typed = readForm(body, { lists: ['skills'], booleans: ['remote'], numbers: ['places'], dates: ['day'] });
    try {
      const form = parsed(NeedForm, needFromForm(typed));
      const { body: made } = await this.commands.execute(new RaiseNeed(who, key, form));
      const { id, warnings } = made;
      return seeOther(`/forum/needs/${id}${warnings[0] ? `?alike=${warnings[0].needId}` : ''}`);
    } catch (error) {
      return this.refusal.page(request, error, await this.raisePage(who), { ...(body as object), ...typed });
    }
  }

  @Get('forum/needs/:id')
  @Access({ staff: [...READERS] })
  @Renders('need', import.meta.url)
  async page(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Query('alike') alike?: string,
  ): Promise<object> {
    return { ...(await this.shown(who, id)), alike: Id.safeParse(alike).data ?? null };
  }

  @Post('forum/needs/:id/verify')
  @Access({ staff: ['duty-officer', 'hub-coordinator'] })
  @Renders('need', import.meta.url)
  async verified(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    const typed = readForm(body);
    const answer = { yes: true, no: false }[String(typed['regulatedActivity'])];
    try {
      const form = parsed(VerifyForm, { ...typed, regulatedActivity: answer });
      await this.commands.execute(new VerifyNeed(who, id, form));
      return seeOther(`/forum/needs/${id}`);
    } catch (error) {
      return this.refusal.page(request, error, await this.shown(who, id), typed);
    }
  }

  @Get('forum/needs/:id/cancel')
  @Access({ staff: [...RAISERS] })
  @Renders('cancel', import.meta.url)
  cancelForm(@Who() who: Staff, @Param('id', { schema: Id }) id: string): Promise<object> {
    return this.shown(who, id);
  }

  @Post('forum/needs/:id/cancel')
  @Access({ staff: [...RAISERS] })
  @Renders('cancel', import.meta.url)
  async cancelled(
    @Who() who: Staff,
    @Param('id', { schema: Id }) id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    const typed = readForm(body);
    try {
      await this.commands.execute(new CancelNeed(who, id, parsed(CancelForm.required(), typed)));
      return seeOther(`/forum/needs/${id}`);
    } catch (error) {
      return this.refusal.page(request, error, await this.shown(who, id), typed);
    }
  }

  private async found(who: Staff, id: string): Promise<NeedPage> {
    const need = await this.needs.one(who, id);
    if (!need) throw notFound();
    return need;
  }

  private async shown(who: Staff, id: string): Promise<object> {
    const need = await this.found(who, id);
    const handles = mayHandle(who, { organisationId: need.organisation.id, raisedBy: '' });
    const over = ['met', 'unmet-closed', 'cancelled'].includes(need.state);
    return {
      ...need,
      may: {
        verify: need.state === 'drafted' && handles && may(who, ['duty-officer', 'hub-coordinator']),
        cancel: !over && may(who, RAISERS),
      },
    };
  }

  private async raisePage(who: Staff, activation?: string): Promise<object> {
    return { activations: await this.needs.activations(who), chosen: activation ?? null, idempotencyKey: uuidv7() };
  }
}

const may = (who: Staff, roles: readonly string[]): boolean => who.roles.some((role) => roles.includes(role));
