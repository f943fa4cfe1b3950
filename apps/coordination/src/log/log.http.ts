import { Body, Controller, Get, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, giveAnswer, IdempotencyKey, limitOf, notFound, pageOf, type Page } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { readForm, Renders, seeOther, type Page as Shown, type SeeOther } from '@app/web';
import { FormRefusal, parsed } from '../members/form-refusal.js';
import { LogQuery, type LogLine } from './log.query.js';
import { EntryForm, WriteEntry, type EntryMade } from './write-entry.command.js';

const Id = z.uuid();

@Controller()
export class LogHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly log: LogQuery,
    private readonly refusal: FormRefusal,
  ) {}

  @Get('v1/activations/:activation/log')
  @Access({ staff: ['duty-officer', 'approver', 'hub-coordinator', 'auditor'] })
  async list(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<LogLine>> {
    const size = limitOf(limit);
    const found = await this.log.of(who, activation, size, decodeCursor(cursor, Id));
    if (!found) throw notFound();
    return pageOf(found.entries, size, (last) => last.id);
  }

  @Post('v1/activations/:activation/log')
  @Access({ staff: ['duty-officer', 'approver'] })
  async write(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @IdempotencyKey() key: string,
    @Body({ schema: EntryForm }) form: EntryForm,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EntryMade> {
    return giveAnswer(reply, await this.commands.execute(new WriteEntry(who, key, activation, form)));
  }

  @Get('forum/activations/:activation/log')
  @Access({ staff: ['duty-officer', 'approver', 'hub-coordinator', 'auditor'] })
  @Renders('log', import.meta.url)
  page(@Who() who: Staff, @Param('activation') activation: string, @Query('cursor') cursor?: string): Promise<object> {
    return this.shown(who, activation, cursor);
  }

  @Post('forum/activations/:activation/log')
  @Access({ staff: ['duty-officer', 'approver'] })
  @Renders('log', import.meta.url)
  async written(
    @Who() who: Staff,
    @Param('activation') activation: string,
    @IdempotencyKey() key: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Shown | SeeOther> {
    const typed = readForm(body);
    try {
      await this.commands.execute(new WriteEntry(who, key, activation, parsed(EntryForm, typed)));
      return seeOther(`/forum/activations/${activation}/log`);
    } catch (error) {
      return this.refusal.page(request, error, await this.shown(who, activation), typed);
    }
  }

  private async shown(who: Staff, activation: string, cursor?: string): Promise<object> {
    const found = await this.log.of(who, activation, 50, decodeCursor(cursor, Id));
    if (!found) throw notFound();
    return {
      activation: found.activation,
      exercise: found.activation.kind !== 'actual',
      entries: pageOf(found.entries, 50, (last) => last.id),
      mayWrite: who.roles.some((role) => role === 'duty-officer' || role === 'approver'),
      idempotencyKey: uuidv7(),
    };
  }
}
