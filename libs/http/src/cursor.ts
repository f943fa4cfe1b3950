import { badRequest } from './problem.js';

/** One page of a list; `next` is an opaque cursor, null at the end. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

export const encodeCursor = (position: unknown): string => Buffer.from(JSON.stringify(position)).toString('base64url');

/** Reads a cursor with the schema of its list; anything a client made up is 400. */
export function decodeCursor<T>(
  cursor: string | undefined,
  schema: { safeParse(value: unknown): { success: true; data: T } | { success: false } },
): T | null {
  if (cursor === undefined || cursor === '') return null;
  if (cursor.length > 1000) throw badRequest('bad-cursor');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    throw badRequest('bad-cursor');
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw badRequest('bad-cursor');
  return parsed.data;
}

/** Cuts rows, read as one more than `limit`, into a page whose cursor is taken from its last row. */
export function pageOf<T>(rows: readonly T[], limit: number, positionOf: (last: T) => unknown): Page<T> {
  if (rows.length <= limit) return { items: rows, next: null };
  const items = rows.slice(0, limit);
  return { items, next: encodeCursor(positionOf(items[limit - 1]!)) };
}

/** `?limit=`, 1 to 200, 50 when absent. */
export function limitOf(text: string | undefined, usual = 50): number {
  if (text === undefined || text === '') return usual;
  if (!/^[0-9]{1,4}$/.test(text)) throw badRequest('bad-limit');
  return Math.min(200, Math.max(1, Number(text)));
}
