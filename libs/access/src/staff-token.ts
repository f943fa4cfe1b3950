import { sessionCookieName } from './session.js';

/** The credential a staff request came with: bearer token or session cookie; null when it has neither. */
export function staffTokenOf(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  origin: string,
): string | null {
  const bearer = /^Bearer ([\x21-\x7e]{1,8000})$/i.exec(String(headers['authorization'] ?? ''))?.[1];
  return bearer ?? cookieIn(String(headers['cookie'] ?? ''), sessionCookieName(origin));
}

export function cookieIn(header: string, name: string): string | null {
  if (!header.includes(name)) return null;
  for (const part of header.split(';')) {
    const at = part.indexOf('=');
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim() || null;
  }
  return null;
}
