import type { InvalidParam } from './problem.js';

/** What a Standard Schema reports; zod's issues carry more. */
export interface Issue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
  readonly code?: string;
  readonly origin?: string;
  readonly keys?: readonly string[];
  readonly errors?: readonly (readonly Issue[])[];
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

const KEBAB = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const SIZED = new Set(['string', 'array', 'set', 'file', 'map']);

const keyOf = (segment: PropertyKey | { readonly key: PropertyKey }): string =>
  String(typeof segment === 'object' ? segment.key : segment);

/** RFC 6901; the whole body is the empty pointer. */
export const pointerOf = (path: readonly string[]): string =>
  path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/**
 * Every bad field once per rule, as pointer and code; words are found later, in the caller's language.
 * A schema names its own code by giving it as message: `z.string().regex(…, 'postcode-malformed')`.
 */
export function invalidParamsOf(issues: readonly Issue[], value: unknown): InvalidParam[] {
  const found = new Map<string, InvalidParam>();
  collect(issues, [], value, found);
  return [...found.values()].slice(0, 200);
}

function collect(
  issues: readonly Issue[],
  at: readonly string[],
  value: unknown,
  found: Map<string, InvalidParam>,
): void {
  for (const issue of issues) {
    const path = [...at, ...(issue.path ?? []).map(keyOf)];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys ?? []) add(found, pointerOf([...path, key]), 'unknown-field');
      continue;
    }
    add(found, pointerOf(path), codeOf(issue, valueAt(value, path)));
  }
}

function add(found: Map<string, InvalidParam>, pointer: string, code: string): void {
  const id = `${pointer} ${code}`;
  if (!found.has(id)) found.set(id, { pointer, code, message: '' });
}

function codeOf(issue: Issue, given: unknown): string {
  const named = issue.params?.['code'];
  if (typeof named === 'string' && KEBAB.test(named)) return named;
  if (given === undefined) return 'required';
  if (given === '' && issue.code !== 'custom') return 'required';
  if (KEBAB.test(issue.message)) return issue.message;
  const sized = SIZED.has(issue.origin ?? '');
  switch (issue.code) {
    case 'invalid_type':
      return given === null ? 'required' : 'wrong-type';
    case 'too_small':
      if (sized && (given as { length?: number }).length === 0) return 'required';
      return sized ? 'too-short' : 'too-small';
    case 'too_big':
      return sized ? 'too-long' : 'too-big';
    case 'invalid_format':
      return 'malformed';
    case 'invalid_value':
      return 'not-one-of';
    case 'not_multiple_of':
      return 'wrong-step';
    case 'invalid_union':
      return 'not-one-of';
    default:
      return 'invalid';
  }
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let here = value;
  for (const name of path) {
    if (typeof here !== 'object' || here === null) return undefined;
    here = (here as Record<string, unknown>)[name];
  }
  return here;
}
