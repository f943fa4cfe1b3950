import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { invalidParamsOf, languageOf, Problem, sayInvalid, unprocessable, type Issue } from '@app/http';
import { Catalogues } from '@app/language';
import { formErrors, page, type Page } from '@app/web';

/** A form that was refused is shown again with what was typed and what is wrong with it, in the reader's language. */
@Injectable()
export class FormRefusal {
  constructor(private readonly words: Catalogues) {}

  /** Other failures go on to the problem page. */
  page(request: FastifyRequest, error: unknown, it: object, values: Record<string, unknown>): Page {
    if (!(error instanceof Problem) || !error.invalidParams) throw error;
    const language = languageOf(request);
    const invalidParams = error.invalidParams.map((param) => ({
      ...param,
      message: sayInvalid(param, this.words, language, 'coordination'),
    }));
    return page({ status: 422, it, errors: formErrors({ invalidParams }), values });
  }
}

/** Parses a form as its JSON twin is parsed. @throws the same 422 */
export function parsed<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw unprocessable(invalidParamsOf(result.error.issues as unknown as readonly Issue[], value));
}
