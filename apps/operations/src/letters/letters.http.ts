import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { Access } from '@app/access';
import type { Page } from '@app/http';
import { ACTORS, LETTER_ACTORS, LETTER_LOOKERS } from '../desk/desk.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import { Edited, LetterDesk, Reasoned, ReplayFilter, type Outcome, type Replays } from './letter-desk.js';
import { LettersQuery, type AppLetter, type AppLetterDetail, type Asked } from './letters.query.js';

const Id = z.uuid();

@Controller('v1/ops/dead-letters')
export class LettersController {
  constructor(
    private readonly letters: LettersQuery,
    private readonly desk: LetterDesk,
  ) {}

  @Get()
  @Access(LETTER_LOOKERS)
  list(@Query() asked: Asked, @StaffToken() token: string): Promise<Page<AppLetter>> {
    return this.letters.list(asked, token);
  }

  @Get(':id')
  @Access(LETTER_LOOKERS)
  one(@Param('id', { schema: Id }) id: string, @StaffToken() token: string): Promise<AppLetterDetail> {
    return this.letters.one(id, token);
  }

  @Post('replay')
  @HttpCode(200)
  @Access(ACTORS)
  replayAll(
    @Body({ schema: ReplayFilter.default({}) }) filter: ReplayFilter,
    @StaffToken() token: string,
  ): Promise<Replays> {
    return this.desk.replayAll(filter, token);
  }

  @Post(':id/replay')
  @HttpCode(200)
  @Access(ACTORS)
  replay(@Param('id', { schema: Id }) id: string, @StaffToken() token: string): Promise<Outcome> {
    return this.desk.act(id, 'replay', {}, token);
  }

  @Post(':id/edit')
  @HttpCode(200)
  @Access(ACTORS)
  edit(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Edited }) body: z.infer<typeof Edited>,
    @StaffToken() token: string,
  ): Promise<Outcome> {
    return this.desk.act(id, 'edit', body, token);
  }

  @Post(':id/discard')
  @HttpCode(200)
  @Access(LETTER_ACTORS)
  discard(
    @Param('id', { schema: Id }) id: string,
    @Body({ schema: Reasoned }) body: z.infer<typeof Reasoned>,
    @StaffToken() token: string,
  ): Promise<Outcome> {
    return this.desk.act(id, 'discard', body, token);
  }
}
