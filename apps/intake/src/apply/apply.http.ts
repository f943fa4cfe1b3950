import { createHash } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, Who, type Caller } from '@app/access';
import { CONFIG } from '@app/boot';
import { SkillCode, Slot } from '@app/contracts';
import { languageOf, notFound, Problem, unprocessable } from '@app/http';
import { page, readForm, Renders, seeOther, type Page, type SeeOther } from '@app/web';
import { DraftQuery } from '../drafts/draft.query.js';
import { MintDraft, SaveDraft } from '../drafts/save-draft.command.js';
import type { IntakeConfig } from '../intake.settings.js';
import type { Activation } from '../landing/activation.js';
import { ActivationQuery } from '../landing/activation.query.js';
import { mintToken } from '../links/token.js';
import { PRIVACY_VERSIONS } from '../submit/application-form.js';
import { FormReader } from '../submit/form-reader.js';
import { PublicShare } from '../submit/public-share.js';
import { SubmitApplication } from '../submit/submit-application.command.js';
import { draftCookie, draftTokenOf } from './draft-cookie.js';
import { FormAgain } from './form-again.js';
import { stepAfter, stepBefore, stepCalled, stepOf, STEPS } from './steps.js';

const HERE = import.meta.url;
type Typed = Record<string, unknown>;

/** The form for people: one question a page, without JavaScript; what was typed lies in a sealed draft. */
@Controller('/:slug/apply')
@Access({ public: true })
export class ApplyHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly activations: ActivationQuery,
    private readonly drafts: DraftQuery,
    private readonly reader: FormReader,
    private readonly share: PublicShare,
    private readonly again: FormAgain,
    @Inject(CONFIG) private readonly config: IntakeConfig,
  ) {}

  @Get()
  @Renders('start', HERE)
  async start(@Param('slug') slug: string): Promise<SeeOther> {
    await this.activation(slug);
    return seeOther(`/${slug}/apply/${STEPS[0]!.name}`);
  }

  @Get('check')
  @Renders('check', HERE)
  async check(@Param('slug') slug: string, @Req() request: FastifyRequest): Promise<Page | SeeOther> {
    const activation = await this.activation(slug);
    const token = draftTokenOf(request, this.config.MUSTER_ORIGIN);
    const typed = await this.typed(token);
    if (token === null || typed === null) return seeOther(`/${slug}/apply/${STEPS[0]!.name}`);
    if (typeof typed['submitted'] === 'string') return seeOther(`/s/${typed['submitted']}/receipt`);
    return page({ it: this.checkFacts(activation, typed, request) });
  }

  @Post('check')
  @HttpCode(202)
  @Renders('check', HERE)
  async send(
    @Param('slug') slug: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Who() who: Caller,
    @Body() body: Typed | null,
  ): Promise<Page | SeeOther> {
    reply.headers(this.share.take(request.ip));
    const activation = await this.activation(slug);
    const token = draftTokenOf(request, this.config.MUSTER_ORIGIN);
    const typed = await this.typed(token);
    if (token === null || typed === null) return seeOther(`/${slug}/apply/${STEPS[0]!.name}`);
    if (typeof typed['submitted'] === 'string') return seeOther(`/s/${typed['submitted']}/receipt`);
    const form = { ...typed, activation: slug, ...(body?.['website'] ? { website: body['website'] } : {}) };
    try {
      // The draft is its own key: sent twice, it is one application.
      const key = createHash('sha256').update(`apply ${token}`).digest('base64url');
      const receipt = await this.commands.execute(
        new SubmitApplication(key, asPublic(who, request), form, languageOf(request)),
      );
      await this.commands.execute(new SaveDraft(token, { submitted: receipt.token }));
      return seeOther(`/s/${receipt.token}/receipt`);
    } catch (error) {
      const it = this.checkFacts(activation, typed, request);
      return this.again.show(error, request, { view: 'check', it, values: {} });
    }
  }

  @Get(':step')
  @Renders('step', HERE)
  async show(
    @Param('slug') slug: string,
    @Param('step') name: string,
    @Req() request: FastifyRequest,
    @Query('change') change?: string,
  ): Promise<Page> {
    const activation = await this.activation(slug);
    if (!stepCalled(name)) throw notFound();
    const typed = (await this.typed(draftTokenOf(request, this.config.MUSTER_ORIGIN))) ?? {};
    return page({ view: name, it: this.facts(activation, name, request, change !== undefined), values: shown(typed) });
  }

  @Post(':step')
  @HttpCode(200)
  @Renders('step', HERE)
  async save(
    @Param('slug') slug: string,
    @Param('step') name: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Who() who: Caller,
    @Body() body: Typed | null,
    @Query('change') change?: string,
  ): Promise<Page | SeeOther> {
    reply.headers(this.share.take(request.ip));
    const activation = await this.activation(slug);
    const step = stepCalled(name);
    if (!step) throw notFound();
    const given = readForm(body, step.shape);
    const answers = Object.fromEntries(step.fields.map((field) => [field, given[field]]));
    const token = draftTokenOf(request, this.config.MUSTER_ORIGIN);
    const typed = await this.typed(token);
    const fresh = token === null || typed === null || typeof typed['submitted'] === 'string';
    try {
      const read = await this.reader.read(
        { ...(fresh ? {} : typed), ...answers, activation: slug },
        asPublic(who, request),
        languageOf(request),
      );
      const wrong = read.is === 'wrong' ? read.params.filter(({ pointer }) => stepOf(pointer) === name) : [];
      if (wrong.length > 0) throw unprocessable(wrong);
    } catch (error) {
      const it = this.facts(activation, name, request, change !== undefined);
      return this.again.show(error, request, { view: name, it, values: body });
    }
    if (fresh) {
      const minted = mintToken();
      await this.commands.execute(new MintDraft(minted, answers));
      reply.header('set-cookie', draftCookie(this.config.MUSTER_ORIGIN, slug, minted));
    } else {
      await this.commands.execute(new SaveDraft(token, answers, true));
    }
    return seeOther(`/${slug}/apply/${change === undefined ? stepAfter(name) : 'check'}`);
  }

  private async activation(slug: string): Promise<Activation> {
    const activation = await this.activations.bySlug(slug);
    if (!activation) throw notFound();
    if (activation.state === 'closed') throw new Problem({ type: 'gone', status: 410 });
    return activation;
  }

  private async typed(token: string | null): Promise<Typed | null> {
    return token === null ? null : ((await this.drafts.of(token))?.form ?? null);
  }

  private facts(activation: Activation, step: string, request: FastifyRequest, change: boolean): object {
    const language = languageOf(request);
    const slug = activation.slug;
    const before = stepBefore(step);
    return {
      slug,
      step,
      exercise: activation.kind !== 'actual',
      action: `/${slug}/apply/${step}${change ? '?change' : ''}`,
      back: change ? `/${slug}/apply/check` : before === null ? `/${slug}/help` : `/${slug}/apply/${before}`,
      slots: Slot.options,
      skills: SkillCode.options,
      roles: activation.roles.map(({ code, title, minimumAge }) => ({ code, title: title[language], minimumAge })),
      privacy: PRIVACY_VERSIONS[PRIVACY_VERSIONS.length - 1],
      forum: activation.forumName,
    };
  }

  private checkFacts(activation: Activation, typed: Typed, request: FastifyRequest): object {
    return { ...this.facts(activation, 'check', request, false), typed };
  }
}

/** Staff who fill in the public page do so as the public; their own entry is the API. */
const asPublic = (who: Caller, request: FastifyRequest): Caller =>
  who.is === 'public' ? who : { is: 'public', address: request.ip };

/** Lists of lines as the text field shows them. */
const shown = (typed: Typed): Typed => {
  const address = typed['address'] as { lines?: string[] } | undefined;
  return address?.lines ? { ...typed, address: { ...address, lines: address.lines.join('\n') } } : typed;
};
