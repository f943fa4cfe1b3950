import { Controller, Get, Param, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Access } from '@app/access';
import { Clock } from '@app/calendar';
import { languageOf, notFound } from '@app/http';
import { Renders } from '@app/web';
import { modeFor } from '../submit/mode.decider.js';
import { ActivationQuery } from './activation.query.js';
import { LandingQuery } from './landing.query.js';

const HERE = import.meta.url;

/** What is needed now, for everybody. */
@Controller()
@Access({ public: true })
export class LandingHttp {
  constructor(
    private readonly activations: ActivationQuery,
    private readonly landing: LandingQuery,
    private readonly clock: Clock,
  ) {}

  @Get('/')
  @Renders('activations', HERE)
  async all(@Req() request: FastifyRequest): Promise<object> {
    const language = languageOf(request);
    const running = await this.activations.running();
    return {
      activations: running.map(({ slug, title, state, forumName }) => ({
        slug,
        title: title[language],
        state,
        forum: forumName,
        href: `/${slug}/help`,
      })),
    };
  }

  @Get('/:slug/help')
  @Renders('help', HERE)
  async help(@Param('slug') slug: string, @Req() request: FastifyRequest): Promise<object> {
    const activation = await this.activations.bySlug(slug);
    if (!activation) throw notFound();
    const language = languageOf(request);
    return {
      slug,
      title: activation.title[language],
      forum: activation.forumName,
      state: activation.state,
      exercise: activation.kind !== 'actual',
      mode: modeFor(activation, [], this.clock.now()),
      closed: activation.state === 'closed',
      needs: await this.landing.needs(activation, language),
      roles: activation.roles.map((role) => ({
        code: role.code,
        title: role.title[language],
        remote: role.remote,
        minimumAge: role.minimumAge,
      })),
      applyHref: `/${slug}/apply`,
    };
  }
}
