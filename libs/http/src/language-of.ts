import type { Language } from '@app/language';

interface Spoken {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly query?: unknown;
}

const isLanguage = (text: unknown): text is Language => text === 'en' || text === 'cy';

/** What the caller reads: `?lang=`, else the cookie `lang`, else the first of `Accept-Language` that we speak, else English. */
export function languageOf(request: Spoken): Language {
  const asked = (request.query as Record<string, unknown> | null | undefined)?.['lang'];
  if (isLanguage(asked)) return asked;
  const cookie = /(?:^|;\s*)lang=(en|cy)(?:;|$)/.exec(String(request.headers['cookie'] ?? ''))?.[1];
  if (isLanguage(cookie)) return cookie;
  return preferred(String(request.headers['accept-language'] ?? ''));
}

function preferred(header: string): Language {
  if (!header.includes('cy')) return 'en';
  let best: Language = 'en';
  let weight = 0;
  for (const part of header.slice(0, 400).split(',')) {
    const [tag = '', ...options] = part.trim().toLowerCase().split(';');
    const code = tag.split('-')[0];
    const quality = Number(/^\s*q=([0-9.]+)/.exec(options[0] ?? 'q=1')?.[1] ?? 1);
    if (isLanguage(code) && quality > weight) {
      best = code;
      weight = quality;
    }
  }
  return best;
}
