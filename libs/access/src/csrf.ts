import { timingSafeEqual } from 'node:crypto';
import { forbidden } from '@app/http';

interface Sent {
  readonly method: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body?: unknown;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * For requests that a session cookie authenticates: what the browser says of their origin must be ours, and the form
 * (field `csrf`) or script (header `x-csrf-token`) must hold the session's token (S23).
 */
export function refuseForgery(request: Sent, csrf: string, origin: string): void {
  if (SAFE.has(request.method)) return;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw forbidden('cross-site-request');
  const from = request.headers['origin'];
  if (from !== undefined && from !== origin) throw forbidden('cross-site-request');
  const field = (request.body as Record<string, unknown> | null | undefined)?.['csrf'];
  const given = request.headers['x-csrf-token'] ?? field;
  if (typeof given !== 'string' || !equal(given, csrf)) throw forbidden('csrf-token-wrong');
}

function equal(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
