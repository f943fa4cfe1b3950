import type { FastifyRequest } from 'fastify';
import { DRAFT_KEPT_FOR } from '../drafts/save-draft.command.js';
import { isToken } from '../links/token.js';

/** The port is in the name: two stacks on one machine share cookies (S6). */
const nameOf = (origin: string): string => {
  const { protocol, port } = new URL(origin);
  return protocol === 'https:' ? '__Secure-draft' : `draft-${port || '80'}`;
};

export const draftTokenOf = (request: FastifyRequest, origin: string): string | null => {
  const name = nameOf(origin);
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const [key, value = ''] = part.trim().split('=', 2);
    if (key === name && isToken(value)) return value;
  }
  return null;
};

/** For the pages of one activation, for as long as the draft is kept; other sites' forms do not carry it. */
export const draftCookie = (origin: string, slug: string, token: string): string => {
  const secure = origin.startsWith('https:') ? '; Secure' : '';
  return `${nameOf(origin)}=${token}; Path=/${slug}; Max-Age=${DRAFT_KEPT_FOR / 1000}; HttpOnly; SameSite=Lax${secure}`;
};
