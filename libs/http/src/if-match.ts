import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { badRequest, preconditionFailed, preconditionRequired } from './problem.js';

/** The version in `If-Match: "7"` (weak or bare forms too); absent 428, unreadable 400. */
export function readIfMatch(header: string | undefined): number {
  if (header === undefined || header.trim() === '') throw preconditionRequired();
  const [, version] = /^(?:W\/)?"?([0-9]{1,15})"?$/.exec(header.trim()) ?? [];
  if (version === undefined) throw badRequest('version-malformed');
  return Number(version);
}

export const etagOf = (version: number): string => `"${version}"`;

/** 412 unless the version that the caller saw is the one that stands. */
export function mustMatch(seen: number, stands: number): void {
  if (seen !== stands) throw preconditionFailed();
}

/** The version that the caller saw. */
export const IfMatch = createParamDecorator((_: unknown, context: ExecutionContext): number =>
  readIfMatch(context.switchToHttp().getRequest<{ headers: Record<string, string | undefined> }>().headers['if-match']),
);
