import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { Problem } from './problem.js';

interface Asked {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body?: unknown;
}

const PRINTABLE = /^[\x21-\x7e]+$/;

/** Reads the key from the header, or from a form's hidden field; 1–255 characters, from the public at least 22 (S18). */
export function readIdempotencyKey(request: Asked, leastLength = 1): string {
  const header = request.headers['idempotency-key'];
  const fromForm =
    header === undefined && isForm(request) ? (request.body as Record<string, unknown>)['idempotencyKey'] : undefined;
  const key = header ?? fromForm;
  if (key === undefined || key === '') throw new Problem({ type: 'idempotency-key-missing', status: 400 });
  if (typeof key !== 'string' || key.length > 255 || key.length < leastLength || !PRINTABLE.test(key)) {
    throw new Problem({ type: 'idempotency-key-malformed', status: 400 });
  }
  return key;
}

const isForm = (request: Asked): boolean =>
  String(request.headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded') &&
  typeof request.body === 'object' &&
  request.body !== null;

/** The request's idempotency key. `@IdempotencyKey(22)` on routes that are open to the public. */
export const IdempotencyKey = createParamDecorator(
  (leastLength: number | undefined, context: ExecutionContext): string =>
    readIdempotencyKey(context.switchToHttp().getRequest<Asked>(), leastLength ?? 1),
);
