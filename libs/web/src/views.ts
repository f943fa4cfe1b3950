import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Injectable } from '@nestjs/common';
import nunjucks from 'nunjucks';
import { Catalogues, formatInstant, type InstantStyle, type Language, type Params } from '@app/language';
import { asset } from './assets.js';
import { type FieldError, idOf } from './form-errors.js';
import { languageSwitch } from './language-switch.js';
import type { Asked } from './asked.js';

export interface Shown {
  readonly it: object;
  readonly language: Language;
  readonly request: Pick<Asked, 'url' | 'caller' | 'csrf'>;
  readonly errors?: readonly FieldError[];
  readonly values?: Readonly<Record<string, unknown>>;
}

const OURS = fileURLToPath(new URL('../views/', import.meta.url));
const GOVUK = join(dirname(createRequire(import.meta.url).resolve('govuk-frontend/package.json')), 'dist');

/** Views are compiled once and escape every value; user text is never a template (S11). */
@Injectable()
export class Views {
  readonly #environments = new Map<string, nunjucks.Environment>();

  constructor(private readonly catalogues: Catalogues) {}

  render(folder: URL, view: string, shown: Shown): string {
    const { language, request, errors = [], values = {} } = shown;
    const path = request.url.split('?')[0]!;
    const labels = new Map<string, string>();
    const context = {
      it: shown.it,
      language,
      path,
      caller: request.caller ?? null,
      csrf: request.csrf ?? '',
      errors,
      values,
      asset,
      idOf,
      t: (key: string, params?: Params) => this.catalogues.say(language, key, params),
      has: (key: string) => this.catalogues.has(language, key),
      when: (at: Date | string, style?: InstantStyle) => formatInstant(language, new Date(at), style),
      number: (of: number) => of.toLocaleString('en-GB'),
      errorOf: (name: string, label?: string, alone?: boolean) => {
        if (label && !alone) labels.set(name, label);
        return errors.find((error) => error.name === name)?.message;
      },
      summaryOf: ({ name, message }: FieldError) => (labels.has(name) ? `${labels.get(name)}: ${message}` : message),
      valueOf: (name: string) => valueOf(values, name),
      other: language === 'en' ? 'cy' : 'en',
      otherHref: languageSwitch(request.url, language === 'en' ? 'cy' : 'en'),
    };
    const drawn = this.#environment(folder).render(`${view}.njk`, context);
    // Only once its controls are drawn does the summary above them know what they are called.
    return labels.size > 0 && errors.length > 0 ? this.#environment(folder).render(`${view}.njk`, context) : drawn;
  }

  #environment(folder: URL): nunjucks.Environment {
    let environment = this.#environments.get(folder.href);
    if (!environment) {
      const loader = new nunjucks.FileSystemLoader([fileURLToPath(folder), OURS, GOVUK], { noCache: false });
      environment = new nunjucks.Environment(loader, { autoescape: true, throwOnUndefined: false, trimBlocks: true });
      this.#environments.set(folder.href, environment);
    }
    return environment;
  }
}

/** As a browser sent it, `availability.slots`, or as JSON has it, nested. */
const valueOf = (values: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(values, name)
    ? values[name]
    : name
        .split('.')
        .reduce<unknown>(
          (here, part) =>
            typeof here === 'object' && here !== null && Object.hasOwn(here, part)
              ? (here as Record<string, unknown>)[part]
              : undefined,
          values,
        );
