import { Controller, Get, Param, Req, Res, SetMetadata } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Catalogues } from '@app/language';
import { ACCESS_RULE } from './access-rule.js';
import { languageOf } from './language-of.js';
import { notFound } from './problem.js';
import { PROBLEMS } from './problem-catalogue.js';
import { prefersHtml, Produces } from './produces.js';

export interface ProblemExplained {
  readonly type: string;
  readonly status: number;
  readonly title: string;
  readonly explanation: string;
  readonly mend: string;
}

/** The page that explains a problem, in words of the catalogue; one app of the origin mounts it. */
export abstract class ProblemExplanationPage {
  abstract render(explained: ProblemExplained | readonly ProblemExplained[], request: FastifyRequest): string | null;
}

@Controller('problems')
@SetMetadata(ACCESS_RULE, { public: true })
@Produces('application/json', 'text/html')
export class ProblemsController {
  constructor(
    private readonly words: Catalogues,
    private readonly page: ProblemExplanationPage,
  ) {}

  @Get()
  all(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    const language = languageOf(request);
    const items = Object.keys(PROBLEMS).map((type) => this.explain(type, language));
    this.answer(request, reply, { items, next: null }, this.page.render(items, request));
  }

  @Get(':type')
  one(@Param('type') type: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    if (!Object.hasOwn(PROBLEMS, type)) throw notFound();
    const explained = this.explain(type, languageOf(request));
    this.answer(request, reply, explained, this.page.render(explained, request));
  }

  private explain(type: string, language: 'en' | 'cy'): ProblemExplained {
    const say = (part: string): string => this.words.say(language, `problem.${type}.${part}`);
    return {
      type: `/problems/${type}`,
      status: PROBLEMS[type]!,
      title: say('title'),
      explanation: say('explanation'),
      mend: say('mend'),
    };
  }

  private answer(request: FastifyRequest, reply: FastifyReply, body: unknown, html: string | null): void {
    reply.header('cache-control', 'public, max-age=3600').header('vary', 'accept, accept-language, cookie');
    if (html !== null && prefersHtml(request.headers.accept)) void reply.type('text/html; charset=utf-8').send(html);
    else void reply.send(body);
  }
}
