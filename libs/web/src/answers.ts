import type { Language } from '@app/language';
import type { FieldError } from './form-errors.js';

export interface PageFacts {
  /** Name of the view; by default the route's. */
  readonly view?: string;
  readonly status?: number;
  readonly it: object;
  readonly errors?: readonly FieldError[];
  /** By default what the browser asked for. */
  readonly language?: Language;
  /** What was typed, to be shown again. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Another page than the route's own; a caller who reads JSON gets `it` alone. */
export class Page {
  constructor(readonly facts: PageFacts) {}
}

/** After a form: the browser goes on to `url` with GET, so that reload sends nothing twice. */
export class SeeOther {
  constructor(
    readonly url: string,
    readonly body: object | null,
  ) {}
}

export const page = (facts: PageFacts): Page => new Page(facts);
/** `body` is what a caller who reads JSON gets instead. */
export const seeOther = (url: string, body: object | null = null): SeeOther => new SeeOther(url, body);
