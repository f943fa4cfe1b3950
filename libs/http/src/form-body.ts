import { isUtf8 } from 'node:buffer';
import { isText, type JsonFault } from './strict-json.js';

export type ParsedForm =
  | { readonly is: 'form'; readonly value: Record<string, string | string[]> }
  | { readonly is: 'faulty'; readonly fault: JsonFault };

const MAX_FIELDS = 500;

/** `application/x-www-form-urlencoded`; a control that was sent several times becomes a list. */
export function parseForm(bytes: Buffer): ParsedForm {
  if (!isUtf8(bytes)) return { is: 'faulty', fault: 'not-utf8' };
  const value: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  const text = bytes.toString('utf8');
  if (!isPercentEncodedUtf8(text)) return { is: 'faulty', fault: 'not-utf8' };
  let fields = 0;
  for (const [name, field] of new URLSearchParams(text)) {
    fields += 1;
    if (fields > MAX_FIELDS) return { is: 'faulty', fault: 'too-deep' };
    if (!isText(name) || !isText(field)) return { is: 'faulty', fault: 'broken-text' };
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') {
      return { is: 'faulty', fault: 'forbidden-member' };
    }
    const earlier = value[name];
    value[name] = earlier === undefined ? field : Array.isArray(earlier) ? [...earlier, field] : [earlier, field];
  }
  return { is: 'form', value };
}

/** URLSearchParams would put U+FFFD in the place of broken bytes and say nothing. */
function isPercentEncodedUtf8(text: string): boolean {
  if (!text.includes('%')) return true;
  try {
    // A lone % stands for itself in a form.
    decodeURIComponent(text.replaceAll(/%(?![0-9a-fA-F]{2})/g, '%25'));
    return true;
  } catch {
    return false;
  }
}
