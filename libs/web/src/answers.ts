import type { Language } from '@app/language';
import type { FieldError } from './form-errors.js';

export interface PageFacts<It extends object = object> {
  /** Name of the view; by default the route's. */
  readonly view?: string;
  readonly status?: number;
  readonly it: It;
  readonly errors?: readonly FieldError[];
  /** By default what the browser asked for. */
  readonly language?: Language;
  /** What was typed, to be shown again. */
  readonly values?: Readonly<Record<string, unknown>>;
}

/** Another page than the route's own; a caller who reads JSON gets `it` alone. */
export class Page<It extends object = object> {
  constructor(readonly facts: PageFacts<It>) {}
}

/** After a form: the browser goes on to `url` with GET, so that reload sends nothing twice. */
export class SeeOther<Body extends object | null = object | null> {
  constructor(
    readonly url: string,
    readonly body: Body,
  ) {}
}

export const page = <It extends object>(facts: PageFacts<It>): Page<It> => new Page(facts);
/** `body` is what a caller who reads JSON gets instead. */
export function seeOther(url: string): SeeOther<null>;
export function seeOther<Body extends object>(url: string, body: Body): SeeOther<Body>;
export function seeOther(url: string, body: object | null = null): SeeOther {
  return new SeeOther(url, body);
}
