import type { FastifyRequest } from 'fastify';
import { languageOf, ProblemExplanationPage, ProblemPage, type ProblemBody, type ProblemExplained } from '@app/http';
import type { HtmlProblemPage, Views } from '@app/web';

const HERE = new URL('../views/', import.meta.url);

/** Where libs/http asks for a page, libs/web draws it. */
export class DrawnProblemPage extends ProblemPage {
  constructor(private readonly page: HtmlProblemPage) {
    super();
  }

  render(problem: ProblemBody, request: FastifyRequest): string {
    return this.page.render(problem, request as never);
  }
}

export class DrawnExplanationPage extends ProblemExplanationPage {
  constructor(private readonly views: Views) {
    super();
  }

  render(explained: ProblemExplained | readonly ProblemExplained[], request: FastifyRequest): string {
    const it = Array.isArray(explained) ? { items: explained } : explained;
    return this.views.render(HERE, 'problems', { it, language: languageOf(request), request });
  }
}
