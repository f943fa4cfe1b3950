import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { languageOf, prefersHtml, Problem, sayInvalid } from '@app/http';
import { Catalogues } from '@app/language';
import { formErrors, page, type Page } from '@app/web';

/** A browser gets its form again, with what was typed and what is wrong with it; a client gets the problem, and no page ever. */
@Injectable()
export class FormAgain {
  constructor(private readonly catalogues: Catalogues) {}

  show(
    error: unknown,
    request: FastifyRequest,
    facts: { view: string; it: object; values: unknown; language?: 'en' | 'cy' },
  ): Page<never> {
    if (!(error instanceof Problem) || !error.invalidParams || !prefersHtml(request.headers.accept)) throw error;
    const language = facts.language ?? languageOf(request);
    const invalidParams = error.invalidParams.map((param) => ({
      ...param,
      message: sayInvalid(param, this.catalogues, language, 'intake'),
    }));
    return page<object>({
      view: facts.view,
      status: error.status,
      it: facts.it,
      errors: formErrors({ invalidParams }),
      values: (facts.values ?? {}) as Record<string, unknown>,
      ...(facts.language && { language: facts.language }),
    }) as Page<never>;
  }
}
