import { Catalogues, type Language } from '@app/language';
import type { InvalidParam, Problem } from './problem.js';

export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  /** The trace id, by which an operator finds the logs. */
  readonly instance?: string;
  readonly invalidParams?: readonly InvalidParam[];
  readonly [member: string]: unknown;
}

/** What leaves the house: codes turned into words, nothing of the inside. */
export function problemBody(
  problem: Problem,
  words: Catalogues,
  language: Language,
  of: { app?: string; traceId?: string | undefined } = {},
): ProblemBody {
  const key = `problem.${problem.type}`;
  const title =
    problem.title ?? (words.has(language, `${key}.title`) ? words.say(language, `${key}.title`) : problem.type);
  const detail =
    problem.detail ??
    (words.has(language, `${key}.explanation`) ? words.say(language, `${key}.explanation`) : undefined);
  return {
    ...problem.extra,
    type: `/problems/${problem.type}`,
    title,
    status: problem.status,
    ...(detail === undefined ? {} : { detail }),
    ...(of.traceId === undefined ? {} : { instance: of.traceId }),
    ...(problem.invalidParams
      ? {
          invalidParams: problem.invalidParams.map((param) => ({
            ...param,
            message: sayInvalid(param, words, language, of.app),
          })),
        }
      : {}),
  };
}

/**
 * Words for a broken rule: the app's own for this field (`field.<name>.<code>`, list positions left out), else its own
 * for the code (`field.<code>` or `<app>.fields.<code>`), else the house's (`invalid.<code>`).
 */
export function sayInvalid(param: InvalidParam, words: Catalogues, language: Language, app = ''): string {
  if (param.message !== '') return param.message;
  const field = param.pointer
    .split('/')
    .slice(1)
    .filter((name) => !/^[0-9]+$/.test(name))
    .join('.');
  const own = [`field.${field}.${param.code}`, `field.${param.code}`, `${app}.fields.${param.code}`];
  for (const key of [...own, `invalid.${param.code}`]) {
    if (words.has(language, key)) return words.say(language, key);
  }
  return words.say(language, 'invalid.invalid');
}
