import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '@app/access';
import { OfferAnswer, TaskCode } from '@app/contracts';
import { etagOf, forbidden, IfMatch, notFound, prefersHtml, Problem, Produces, unprocessable } from '@app/http';
import { page, readForm, Renders, seeOther, type Page, type SeeOther } from '@app/web';
import { ChangeProfile, touchesContact } from '../application/change-profile.command.js';
import { Complain } from '../application/complain.command.js';
import { EraseApplication } from '../application/erase-application.command.js';
import { PauseApplication, ResumeApplication } from '../application/pause-application.command.js';
import { WithdrawApplication } from '../application/withdraw-application.command.js';
import { FormAgain } from '../apply/form-again.js';
import { ConfirmContact, DisownContact } from '../links/confirm-contact.command.js';
import { ANSWERS_ALLOWED, LinkQuery, unconfirmed, type Entry } from '../links/link.query.js';
import { hashOfToken } from '../links/token.js';
import { AskForCode, GiveCode, type CodeSent } from '../links/step-up.command.js';
import { AnswerOffer, type OfferReceipt } from '../offers/answer-offer.command.js';
import { AnswerTask } from '../tasks/answer-task.command.js';
import { ProviderPageQuery } from '../tasks/provider-page.query.js';
import { HeldDataQuery, type HeldData } from './held-data.query.js';
import { pauseUntil } from './pause-until.js';
import type { StatusPage } from './status-page.js';
import { StatusQuery } from './status.query.js';
import { StatusStream } from './status-stream.js';

/** `Page<never>` is for browsers alone: a form that was refused. */
type Answer = Page<StatusPage> | Page<never> | SeeOther<StatusPage>;
type Task = StatusPage['tasks'][number];
type Offer = StatusPage['offers'][number];
const HERE = import.meta.url;

/** The one page of a person: JSON or HTML, without JavaScript. GET changes nothing (S15). */
@Controller('/s/:token')
@Access({ person: true })
export class StatusHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly links: LinkQuery,
    private readonly status: StatusQuery,
    private readonly stream: StatusStream,
    private readonly held: HeldDataQuery,
    private readonly providerPages: ProviderPageQuery,
    private readonly again: FormAgain,
  ) {}

  @Get()
  @Renders('status', HERE)
  async show(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('lang') lang?: string,
  ): Promise<Answer> {
    const entry = await this.links.find(token);
    if (entry.rights === 'unconfirmed') return this.ask(entry, request);
    const it = await this.status.of(entry.applicationId, token, entry.rights);
    reply.header('etag', etagOf(it.version));
    return page({ it, ...(lang === undefined && { language: it.language }) });
  }

  /** A browser sees the question; anything else is told that there is one. */
  private ask(entry: Entry, request: FastifyRequest): Page<never> {
    if (!prefersHtml(request.headers.accept) || entry.failedAnswers >= ANSWERS_ALLOWED) throw unconfirmed(entry);
    return page<object>({ view: 'confirm', it: { question: entry.question } }) as Page<never>;
  }

  @Post('confirm')
  @HttpCode(200)
  @Renders('confirm', HERE)
  async confirm(@Param('token') token: string, @Body() body: unknown, @Req() request: FastifyRequest): Promise<Answer> {
    const entry = await this.links.find(token);
    if (entry.rights !== 'unconfirmed') return this.done(token, entry);
    const answer = (body as Record<string, unknown> | null)?.['answer'];
    try {
      if (typeof answer !== 'string' || answer.trim() === '' || answer.length > 200) {
        throw unprocessable([{ pointer: '/answer', code: 'required', message: '' }]);
      }
      await this.commands.execute(new ConfirmContact(entry.applicationId, answer));
    } catch (error) {
      return this.again.show(error, request, { view: 'confirm', it: { question: entry.question }, values: {} });
    }
    return this.done(token, await this.links.enter(token));
  }

  @Post('not-me')
  @HttpCode(200)
  @Renders('not-me', HERE)
  async notMe(@Param('token') token: string): Promise<{ stopped: true }> {
    const entry = await this.links.find(token);
    // Whoever holds the receipt is the applicant; only a mailed link can have gone astray.
    if (entry.rights !== 'unconfirmed') throw forbidden('step-up-needed');
    await this.commands.execute(new DisownContact(entry.applicationId));
    return { stopped: true };
  }

  /** How to get a code, for what this link alone may not do (S7). */
  @Get('code')
  @Renders('code', HERE)
  async codePage(@Param('token') token: string): Promise<Page<StatusPage & { canHaveCode: boolean }>> {
    const entry = await this.links.enter(token);
    const it = await this.read(token, entry);
    return page({ it: { ...it, canHaveCode: entry.canHaveCode }, language: it.language });
  }

  @Post('code')
  @HttpCode(202)
  @Renders('code', HERE)
  async askForCode(@Param('token') token: string): Promise<SeeOther<CodeSent> | SeeOther<StatusPage>> {
    const entry = await this.links.enter(token);
    if (entry.rights === 'full') return this.done(token, entry);
    const sent: CodeSent = await this.commands.execute(new AskForCode(entry.applicationId, hashOfToken(token)));
    return seeOther(`/s/${token}/code/confirm`, sent);
  }

  @Get('code/confirm')
  @Renders('code-confirm', HERE)
  codeConfirmPage(@Param('token') token: string): Promise<Page<StatusPage>> {
    return this.form(token, 'code-confirm');
  }

  @Post('code/confirm')
  @HttpCode(200)
  @Renders('code-confirm', HERE)
  async giveCode(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<SeeOther<{ fullUntil: string }> | Page<never>> {
    const entry = await this.links.enter(token);
    try {
      const given = new GiveCode(entry.applicationId, hashOfToken(token), codeIn(body));
      return seeOther(`/s/${token}`, await this.commands.execute(given));
    } catch (error) {
      return this.again.show(error, request, { view: 'code-confirm', it: await this.read(token, entry), values: {} });
    }
  }

  @Get('events')
  @Produces('text/event-stream')
  async events(
    @Param('token') token: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
    @Headers('last-event-id') lastSeen?: string,
  ): Promise<void> {
    const entry = await this.links.enter(token);
    // HEAD asks what would come, and must not be kept waiting for it.
    if (request.method === 'HEAD') {
      return void reply.header('cache-control', 'no-store').type('text/event-stream; charset=utf-8').send();
    }
    const link = hashOfToken(token).toString('hex');
    const line = {
      write: (text: string): void => void reply.raw.write(text),
      end: (): void => void reply.raw.end(),
    };
    const close = await this.stream.add(link, entry.applicationId, line, () =>
      this.status.of(entry.applicationId, token, entry.rights),
    );
    reply.hijack();
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined));
    reply.raw.writeHead(200, {
      ...(headers as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    reply.raw.write('retry: 3000\n\n');
    reply.raw.once('close', close);
    if (lastSeen !== String(entry.version)) await this.stream.tell(link, entry.applicationId);
  }

  /** M1: the page is the receipt, and prints. */
  @Get('receipt')
  @Renders('receipt', HERE)
  receipt(@Param('token') token: string): Promise<Page<StatusPage>> {
    return this.form(token, 'receipt');
  }

  @Get('withdraw')
  @Renders('withdraw', HERE)
  withdrawPage(@Param('token') token: string): Promise<Page<StatusPage>> {
    return this.form(token, 'withdraw');
  }

  @Post('withdraw')
  @HttpCode(200)
  @Renders('status', HERE)
  async withdraw(@Param('token') token: string): Promise<Answer> {
    const entry = await this.links.enter(token);
    await this.commands.execute(new WithdrawApplication(entry.applicationId));
    return this.done(token, entry);
  }

  @Get('pause')
  @Renders('pause', HERE)
  pausePage(@Param('token') token: string): Promise<Page<StatusPage>> {
    return this.form(token, 'pause');
  }

  @Post('pause')
  @HttpCode(200)
  @Renders('pause', HERE)
  async pause(@Param('token') token: string, @Body() body: unknown, @Req() request: FastifyRequest): Promise<Answer> {
    const entry = await this.links.enter(token);
    const given = isForm(request) ? readForm(body, { dates: ['until'] }) : body;
    try {
      await this.commands.execute(new PauseApplication(entry.applicationId, pauseUntil(given, this.status.today())));
    } catch (error) {
      return this.again.show(error, request, { view: 'pause', it: await this.read(token, entry), values: body });
    }
    return this.done(token, entry);
  }

  @Post('resume')
  @HttpCode(200)
  @Renders('status', HERE)
  async resume(@Param('token') token: string): Promise<Answer> {
    const entry = await this.links.enter(token);
    await this.commands.execute(new ResumeApplication(entry.applicationId));
    return this.done(token, entry);
  }

  @Get('complaint')
  @Renders('complaint', HERE)
  complaintPage(@Param('token') token: string): Promise<Page<StatusPage>> {
    return this.form(token, 'complaint');
  }

  @Post('complaint')
  @HttpCode(202)
  @Renders('complaint', HERE)
  async complain(
    @Param('token') token: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<SeeOther<{ id: string }> | Page<never>> {
    const entry = await this.links.enter(token);
    try {
      const { id } = await this.commands.execute(new Complain(entry.applicationId, body));
      return seeOther(`/s/${token}`, { id });
    } catch (error) {
      return this.again.show(error, request, { view: 'complaint', it: await this.read(token, entry), values: body });
    }
  }

  @Patch()
  async change(
    @Param('token') token: string,
    @IfMatch() seen: number,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StatusPage> {
    const entry = touchesContact(body) ? await this.links.enterFully(token) : await this.links.enter(token);
    const { version } = await this.commands.execute(new ChangeProfile(entry.applicationId, seen, body));
    reply.header('etag', etagOf(version));
    return this.read(token, entry);
  }

  @Get('tasks/:code')
  @Renders('task', HERE)
  async taskPage(
    @Param('token') token: string,
    @Param('code') code: string,
  ): Promise<Page<StatusPage & { task: Task }>> {
    const entry = await this.links.enter(token);
    const it = await this.read(token, entry);
    const task = it.tasks.find((one) => one.code === code);
    if (!task) throw new Problem({ type: 'no-such-task', status: 404 });
    return page({ it: { ...it, task }, language: it.language });
  }

  @Post('tasks/:code')
  @HttpCode(202)
  @Renders('task', HERE)
  async answerTask(
    @Param('token') token: string,
    @Param('code') code: string,
    @Body() body: unknown,
    @Req() request: FastifyRequest,
  ): Promise<Answer> {
    const entry = await this.links.enter(token);
    const given = isForm(request) ? readForm(body, { dates: ['dateOfBirth'], booleans: ['consent'] }) : body;
    try {
      await this.commands.execute(new AnswerTask(entry.applicationId, code, given));
    } catch (error) {
      const it = await this.read(token, entry);
      const task = it.tasks.find((one) => one.code === code);
      return this.again.show(error, request, { view: 'task', it: { ...it, task }, values: body });
    }
    // The provider's page is made by vetting; the next page leads there as soon as it is known.
    const next = code === TaskCode.enum.identity ? `/s/${token}/tasks/identity/continue` : `/s/${token}`;
    return seeOther(next, await this.read(token, entry));
  }

  /** On to the provider's page; until vetting has made one, a page that waits for it. */
  @Get('tasks/:code/continue')
  @Renders('continue', HERE)
  async continueTask(
    @Param('token') token: string,
    @Param('code') code: string,
  ): Promise<Page<StatusPage & { url: null }> | SeeOther<{ url: string }>> {
    const entry = await this.links.enter(token);
    const it = await this.read(token, entry);
    if (!it.tasks.some((task) => task.code === code)) throw new Problem({ type: 'no-such-task', status: 404 });
    const url = await this.providerPages.of(entry.applicationId, entry.forumId, code);
    return url === null ? page({ it: { ...it, url: null }, language: it.language }) : seeOther(url, { url });
  }

  @Get('offers/:id')
  @Renders('offer', HERE)
  async offerPage(
    @Param('token') token: string,
    @Param('id') id: string,
  ): Promise<Page<StatusPage & { offer: Offer }>> {
    const entry = await this.links.enter(token);
    const it = await this.read(token, entry);
    const offer = it.offers.find((one) => one.id === id);
    if (!offer) throw notFound();
    return page({ it: { ...it, offer }, language: it.language });
  }

  @Post('offers/:id/:answer')
  @HttpCode(202)
  @Renders('offer', HERE)
  async answerOffer(
    @Param('token') token: string,
    @Param('id') id: string,
    @Param('answer') given: string,
  ): Promise<SeeOther<OfferReceipt>> {
    const entry = await this.links.enter(token);
    const answer = OfferAnswer.safeParse(given);
    if (!answer.success || !/^[0-9a-f-]{36}$/i.test(id)) throw notFound();
    const receipt = await this.commands.execute(new AnswerOffer(entry.applicationId, id, answer.data));
    return seeOther(`/s/${token}`, receipt);
  }

  @Get('data')
  async data(@Param('token') token: string): Promise<HeldData> {
    const entry = await this.links.enterFully(token);
    return this.held.of(entry.applicationId);
  }

  @Get('erase')
  @Renders('erase', HERE)
  async erasePage(@Param('token') token: string): Promise<Page<StatusPage>> {
    await this.links.enterFully(token);
    return this.form(token, 'erase');
  }

  @Delete()
  @HttpCode(204)
  async erase(@Param('token') token: string): Promise<void> {
    const entry = await this.links.enterFully(token);
    await this.commands.execute(new EraseApplication(entry.applicationId));
  }

  /** What a form without JavaScript can send in the place of DELETE. */
  @Post('erase')
  @HttpCode(200)
  @Renders('erased', HERE)
  async eraseByForm(@Param('token') token: string): Promise<{ erased: true }> {
    const entry = await this.links.enterFully(token);
    await this.commands.execute(new EraseApplication(entry.applicationId));
    return { erased: true };
  }

  private async form(token: string, view: string): Promise<Page<StatusPage>> {
    const it = await this.read(token, await this.links.enter(token));
    return page({ view, it, language: it.language });
  }

  private read(token: string, entry: Entry): Promise<StatusPage> {
    return this.status.of(entry.applicationId, token, entry.rights);
  }

  /** After an act: a browser goes back to the page, a client gets it. */
  private async done(token: string, entry: Entry): Promise<SeeOther<StatusPage>> {
    return seeOther(`/s/${token}`, await this.read(token, entry));
  }
}

/** People type codes in groups. */
const codeIn = (body: unknown): string => {
  const given = (body as Record<string, unknown> | null | undefined)?.['code'];
  const code = typeof given === 'string' && given.length <= 40 ? given.replaceAll(/[\s-]/g, '') : '';
  if (!/^[0-9]{6}$/.test(code))
    throw unprocessable([{ pointer: '/code', code: given ? 'code-malformed' : 'required', message: '' }]);
  return code;
};

const isForm = (request: FastifyRequest): boolean =>
  (request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
