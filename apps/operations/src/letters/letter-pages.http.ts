import { Body, Controller, Get, Param, Post, Query, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Access } from '@app/access';
import { notFound, type Page as ListPage } from '@app/http';
import { page, readForm, Renders, seeOther, type Page, type SeeOther } from '@app/web';
import { ACTORS, DESK, LETTER_ACTORS, LETTER_LOOKERS } from '../desk/desk.js';
import { Forms } from '../desk/forms.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import { LetterDesk, Reasoned, ReplayFilter } from './letter-desk.js';
import { LettersQuery, type AppLetter, type AppLetterDetail, type Asked } from './letters.query.js';

const Id = z.uuid();
const DONE = z
  .enum(['replayed', 'still-failing', 'edited', 'discarded', 'second-person-needed'])
  .nullable()
  .catch(null);
/** What is typed into the editing form: the event's data as JSON text. */
const EditForm = z.strictObject({
  data: z
    .string({ error: 'required' })
    .max(60_000)
    .transform((text, context) => {
      try {
        return z.record(z.string(), z.unknown()).parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'not-json' });
        return z.NEVER;
      }
    }),
  reason: Reasoned.shape.reason,
});

interface Deciding {
  readonly letter: AppLetterDetail;
  readonly act: 'replay' | 'discard';
}

/** The same acts as pages: look, confirm, and come back to what became of it. */
@Controller('ops/dead-letters')
export class LetterPagesController {
  constructor(
    private readonly letters: LettersQuery,
    private readonly desk: LetterDesk,
    private readonly forms: Forms,
  ) {}

  @Get()
  @Access(LETTER_LOOKERS)
  @Renders('dead-letters', DESK)
  async list(
    @Query() asked: Asked,
    @StaffToken() token: string,
  ): Promise<ListPage<AppLetter> & { asked: Asked; query: string }> {
    const { cursor: _, done: __, ...filter } = asked;
    const query = new URLSearchParams(
      Object.entries(filter).filter((entry): entry is [string, string] => Boolean(entry[1])),
    );
    return { ...(await this.letters.list({ ...filter, cursor: asked['cursor'] }, token)), asked, query: String(query) };
  }

  @Get('replay')
  @Access(ACTORS)
  @Renders('replay-letters', DESK)
  confirmAll(@Query() asked: Asked): { asked: Asked } {
    return { asked };
  }

  @Post('replay')
  @Access(ACTORS)
  @Renders('replay-letters', DESK)
  async replayAll(
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @StaffToken() token: string,
  ): Promise<Page | SeeOther> {
    const form = this.forms.read(ReplayFilter, readForm(body), request);
    if (form.is === 'wrong') {
      return page({ status: 422, it: { asked: {} }, errors: form.errors, values: form.values });
    }
    const { replayed, failing, away } = await this.desk.replayAll(form.value, token);
    return page({ it: { asked: {}, result: { replayed, failing, away } } });
  }

  @Get(':id')
  @Access(LETTER_LOOKERS)
  @Renders('dead-letter', DESK)
  async one(
    @Param('id') id: string,
    @Query() asked: Asked,
    @StaffToken() token: string,
  ): Promise<AppLetterDetail & { done: string | null }> {
    return { ...(await this.letters.one(idOf(id), token)), done: DONE.parse(asked['done'] ?? null) };
  }

  @Get(':id/replay')
  @Access(ACTORS)
  @Renders('confirm-letter', DESK)
  async askReplay(@Param('id') id: string, @StaffToken() token: string): Promise<Deciding> {
    return { letter: await this.letters.one(idOf(id), token), act: 'replay' };
  }

  @Post(':id/replay')
  @Access(ACTORS)
  @Renders('confirm-letter', DESK)
  async replay(@Param('id') id: string, @StaffToken() token: string): Promise<SeeOther> {
    const outcome = await this.desk.act(idOf(id), 'replay', {}, token);
    return seeOther(`/ops/dead-letters/${id}?done=${outcome.outcome}`, outcome);
  }

  @Get(':id/discard')
  @Access(LETTER_ACTORS)
  @Renders('confirm-letter', DESK)
  async askDiscard(@Param('id') id: string, @StaffToken() token: string): Promise<Deciding> {
    return { letter: await this.letters.one(idOf(id), token), act: 'discard' };
  }

  @Post(':id/discard')
  @Access(LETTER_ACTORS)
  @Renders('confirm-letter', DESK)
  async discard(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @StaffToken() token: string,
  ): Promise<Page | SeeOther> {
    const form = this.forms.read(Reasoned, readForm(body), request);
    if (form.is === 'wrong') {
      const it = { letter: await this.letters.one(idOf(id), token), act: 'discard' };
      return page({ status: 422, it, errors: form.errors, values: form.values });
    }
    const outcome = await this.desk.act(idOf(id), 'discard', form.value, token);
    return seeOther(`/ops/dead-letters/${id}?done=${outcome.outcome}`, outcome);
  }

  @Get(':id/edit')
  @Access(ACTORS)
  @Renders('edit-letter', DESK)
  async askEdit(@Param('id') id: string, @StaffToken() token: string): Promise<{ letter: AppLetterDetail }> {
    return { letter: await this.letters.one(idOf(id), token) };
  }

  @Post(':id/edit')
  @Access(ACTORS)
  @Renders('edit-letter', DESK)
  async edit(
    @Param('id') id: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
    @StaffToken() token: string,
  ): Promise<Page | SeeOther> {
    const typed = readForm(body);
    const again = async (errors: Parameters<typeof page>[0]['errors']): Promise<Page> =>
      page({ status: 422, it: { letter: await this.letters.one(idOf(id), token) }, errors: errors!, values: typed });
    const form = this.forms.read(EditForm, typed, request);
    if (form.is === 'wrong') return again(form.errors);
    const sent = await this.forms.tried(() => this.desk.act(idOf(id), 'edit', form.value, token), request);
    if (sent.is === 'wrong') return again(sent.errors);
    return seeOther(`/ops/dead-letters/${id}?done=edited`, sent.value);
  }
}

const idOf = (id: string): string => {
  if (!Id.safeParse(id).success) throw notFound();
  return id;
};
