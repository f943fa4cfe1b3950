import { Injectable } from '@nestjs/common';
import { languageOf } from '@app/http';
import { Catalogues } from '@app/language';
import type { Asked } from './asked.js';
import { Views } from './views.js';

const HERE = new URL('../views/', import.meta.url);

interface ProblemFacts {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly instance?: string;
  readonly invalidParams?: readonly { pointer: string; message: string }[];
}

/** A problem as a page, for browsers. */
@Injectable()
export class HtmlProblemPage {
  readonly #views: Views;

  constructor(catalogues: Catalogues) {
    this.#views = new Views(catalogues);
  }

  render(problem: ProblemFacts, request: Asked): string {
    return this.#views.render(HERE, 'problem', { it: problem, language: languageOf(request), request });
  }
}
