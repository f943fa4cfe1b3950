import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { Access, Who, type Staff } from '@app/access';
import { decodeCursor, limitOf, notFound, pageOf, type Page } from '@app/http';
import { ChecksQuery, type After, type WorklistItem } from './checks.query.js';
import { DetermineCheck, DeterminationForm, type Determined } from './determine-check.command.js';
import { OpenCase, type OpenedCase } from './open-case.command.js';

const STATES = [
  'required',
  'with-applicant',
  'with-provider',
  'provider-error',
  'result-in',
  'determined',
  'expired',
  'cancelled',
];
/** What is no id of ours names nothing. */
const KNOWN_ID = new ParseUUIDPipe({ exceptionFactory: () => notFound() });
const Position = z.strictObject({ since: z.iso.datetime(), id: z.uuid() });

@Controller('v1/checks')
export class ChecksHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly checks: ChecksQuery,
  ) {}

  /** `state` defaults to what waits for an officer. */
  @Get()
  @Access({ staff: ['vetting-officer'] })
  async list(
    @Who() by: Staff,
    @Query('state') state = 'result-in',
    @Query('limit') limit?: string,
    @Query('cursor') cursor?: string,
  ): Promise<Page<WorklistItem>> {
    if (!STATES.includes(state)) return { items: [], next: null };
    const size = limitOf(limit);
    const after: After | null = decodeCursor(cursor, Position);
    const items = await this.checks.list(by, state, size + 1, after);
    return pageOf(items, size, (last) => ({ since: last.waitingSince, id: last.id }));
  }

  @Get(':id')
  @Access({ staff: ['vetting-officer'] })
  open(@Who() by: Staff, @Param('id', KNOWN_ID) id: string): Promise<OpenedCase> {
    return this.commands.execute(new OpenCase(by, id));
  }

  @Post(':id/determination')
  @HttpCode(200)
  @Access({ staff: ['vetting-officer'] })
  determine(
    @Who() by: Staff,
    @Param('id', KNOWN_ID) id: string,
    @Body({ schema: DeterminationForm }) form: DeterminationForm,
  ): Promise<Determined> {
    return this.commands.execute(new DetermineCheck(by, id, form));
  }

  @Post(':id/determination/confirm')
  @HttpCode(200)
  @Access({ staff: ['vetting-officer'] })
  confirm(@Who() by: Staff, @Param('id', KNOWN_ID) id: string): Promise<Determined> {
    return this.commands.execute(new DetermineCheck(by, id, null));
  }
}
