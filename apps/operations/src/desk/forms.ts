import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { invalidParamsOf, languageOf, Problem, sayInvalid, type InvalidParam, type Issue } from '@app/http';
import { Catalogues } from '@app/language';
import { formErrors, type FieldError } from '@app/web';

export type Filled<T> =
  | { readonly is: 'right'; readonly value: T }
  | { readonly is: 'wrong'; readonly errors: FieldError[]; readonly values: Record<string, unknown> };

/** Reads what a page's form sent; what is wrong comes back as the errors that the page shows again. */
@Injectable()
export class Forms {
  constructor(private readonly words: Catalogues) {}

  read<S extends z.ZodType>(schema: S, typed: Record<string, unknown>, request: FastifyRequest): Filled<z.output<S>> {
    const parsed = schema.safeParse(typed);
    if (parsed.success) return { is: 'right', value: parsed.data };
    const params = invalidParamsOf(parsed.error.issues as unknown as Issue[], typed);
    return { is: 'wrong', errors: this.errors(params, request), values: typed };
  }

  /** Does it; fields that an app refuses are shown like those refused here. */
  async tried<T>(work: () => Promise<T>, request: FastifyRequest): Promise<Filled<T>> {
    try {
      return { is: 'right', value: await work() };
    } catch (error) {
      if (!(error instanceof Problem) || !error.invalidParams) throw error;
      return { is: 'wrong', errors: this.errors(error.invalidParams, request), values: {} };
    }
  }

  private errors(params: readonly InvalidParam[], request: FastifyRequest): FieldError[] {
    const language = languageOf(request);
    const invalidParams = params.map((param) => ({
      ...param,
      message: sayInvalid(param, this.words, language, 'ops'),
    }));
    return formErrors({ invalidParams });
  }
}
