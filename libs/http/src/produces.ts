import { SetMetadata } from '@nestjs/common';

export const PRODUCES = Symbol.for('muster:produces');

/** The media types that a route can answer with; `application/json` when it says nothing. */
export const Produces = (...types: string[]): MethodDecorator & ClassDecorator => SetMetadata(PRODUCES, types);

const JSON_ONLY = ['application/json', 'application/problem+json'];

/** Whether any of the types satisfies an `Accept` header. */
export function acceptable(accept: string | undefined, types: readonly string[] = JSON_ONLY): boolean {
  if (accept === undefined || accept === '' || accept.includes('*/*'))
    return !/^\s*\*\/\*\s*;\s*q=0(\.0*)?\s*$/.test(accept ?? '');
  for (const part of accept.slice(0, 1000).split(',')) {
    const [range = '', ...options] = part.split(';').map((piece) => piece.trim().toLowerCase());
    if (options.some((option) => /^q=0(\.0*)?$/.test(option))) continue;
    if (types.some((type) => range === type || (range.endsWith('/*') && type.startsWith(range.slice(0, -1)))))
      return true;
  }
  return false;
}

/** Whether a browser asks: HTML stands in `Accept` before JSON. */
export const prefersHtml = (accept: string | undefined): boolean => {
  if (!accept) return false;
  const html = accept.indexOf('text/html');
  const json = accept.indexOf('json');
  return html >= 0 && (json < 0 || html < json);
};
