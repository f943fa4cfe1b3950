import type { Language } from '@app/language';

interface Asked {
  readonly url: string;
  readonly protocol?: string;
  readonly query?: unknown;
}

/** The same page in the other language. */
export const languageSwitch = (url: string, to: Language): string => {
  const [path = '/', query = ''] = url.split('#')[0]!.split('?', 2);
  const others = new URLSearchParams(query);
  others.set('lang', to);
  return `${path}?${others}`;
};

/** A choice made by `?lang=` is kept for a year; it says nothing about the person. */
export const languageCookie = (request: Asked): string | null => {
  const asked = (request.query as Record<string, unknown> | null | undefined)?.['lang'];
  if (asked !== 'en' && asked !== 'cy') return null;
  return `lang=${asked}; Path=/; Max-Age=31536000; SameSite=Lax; HttpOnly${request.protocol === 'https' ? '; Secure' : ''}`;
};
