import type { Worded } from './wording.js';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escape = (text: string): string => text.replaceAll(/[&<>"']/g, (one) => ENTITIES[one]!);

/** The HTML part of a mail: the same paragraphs, escaped after they were filled; nothing is loaded from anywhere. */
export const toHtml = ({ language, subject, paragraphs, link }: Worded): string => {
  const href = escape(link);
  const lines = paragraphs.map((text) => `<p>${escape(text).replaceAll(href, `<a href="${href}">${href}</a>`)}</p>`);
  return `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>${escape(subject)}</title></head><body>${lines.join('\n')}</body></html>`;
};

export const toText = ({ paragraphs }: Worded): string => `${paragraphs.join('\n\n')}\n`;
