export interface FormShape {
  /** Controls that may be sent several times: always an array, empty when none was. */
  readonly lists?: readonly string[];
  readonly numbers?: readonly string[];
  /** Single tick boxes: true when sent with `true` or `on`, else false. */
  readonly booleans?: readonly string[];
  /** Three fields `name-day`, `name-month`, `name-year`, joined to `YYYY-MM-DD`. */
  readonly dates?: readonly string[];
  /** Several lines in one field: an array of the lines that are not empty. */
  readonly lines?: readonly string[];
}

type Nested = { [name: string]: unknown };
const OURS = new Set(['csrf', 'idempotencyKey', 'website']);
const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

const set = (into: Nested, name: string, value: unknown): void => {
  const path = name.split('.');
  if (path.length > 5 || path.some((part) => part === '' || FORBIDDEN.has(part))) return;
  let here = into;
  for (const part of path.slice(0, -1)) {
    const next = here[part];
    if (next === undefined) here = here[part] = Object.create(null) as Nested;
    else if (typeof next === 'object' && next !== null && !Array.isArray(next)) here = next as Nested;
    else return;
  }
  here[path.at(-1)!] = value;
};

/** As typed when it is no date at all, so that the schema's message is shown beside what the person wrote. */
const joined = (day: string, month: string, year: string): string | undefined => {
  if (!day && !month && !year) return undefined;
  return /^\d{1,2}$/.test(day) && /^\d{1,2}$/.test(month) && /^\d{4}$/.test(year)
    ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
    : `${year}-${month}-${day}`;
};

/** The last of several; whatever is no text counts as nothing. */
const textOf = (raw: unknown): string => {
  const last: unknown = Array.isArray(raw) ? raw.at(-1) : raw;
  return typeof last === 'string' ? last.trim() : '';
};

/**
 * A posted form as the JSON that the same route takes: dotted names nested, numbers and ticks typed, empty texts left out, as are the
 * fields of our own (token, key, honeypot). A number that is none stays text, for the schema to refuse.
 */
export const readForm = (body: unknown, shape: FormShape = {}): Record<string, unknown> => {
  const sent = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const form = Object.create(null) as Nested;
  const parts = new Set(
    (shape.dates ?? []).flatMap((name) => ['day', 'month', 'year'].map((part) => `${name}-${part}`)),
  );
  const lists = new Set(shape.lists);
  const numbers = new Set(shape.numbers);
  const booleans = new Set(shape.booleans);
  const lines = new Set(shape.lines);
  for (const [name, raw] of Object.entries(sent)) {
    if (OURS.has(name) || parts.has(name) || lists.has(name) || booleans.has(name)) continue;
    const text = textOf(raw);
    if (text === '') continue;
    if (lines.has(name)) {
      const given = text.split(/\r?\n/).map((line) => line.trim());
      set(
        form,
        name,
        given.filter((line) => line !== ''),
      );
    } else {
      set(form, name, numbers.has(name) && Number.isFinite(Number(text)) ? Number(text) : text);
    }
  }
  for (const name of lists) {
    const raw = sent[name];
    const given = raw === undefined ? [] : Array.isArray(raw) ? raw : [raw];
    set(
      form,
      name,
      [...new Set(given.map(String))].filter((text) => text !== ''),
    );
  }
  for (const name of booleans) set(form, name, sent[name] === 'true' || sent[name] === 'on');
  for (const name of shape.dates ?? []) {
    const of = (part: string): string => textOf(sent[`${name}-${part}`]);
    const date = joined(of('day'), of('month'), of('year'));
    if (date !== undefined) set(form, name, date);
  }
  return plain(form) as Record<string, unknown>;
};

/** Objects without a prototype upset schemas and logs; by now no name can reach one. */
const plain = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([name, of]) => [name, plain(of)]))
    : value;
