import { isUtf8 } from 'node:buffer';

export type JsonFault = 'not-utf8' | 'not-json' | 'too-deep' | 'duplicate-member' | 'forbidden-member' | 'broken-text';

export type ParsedJson =
  { readonly is: 'json'; readonly value: unknown } | { readonly is: 'faulty'; readonly fault: JsonFault };

export const MAX_DEPTH = 20;

/**
 * JSON as nobody can read it two ways: UTF-8, at most 20 levels, no member twice, no `__proto__`, no lone surrogate and
 * no NUL, which PostgreSQL could not keep. Costs one pass over the text beside `JSON.parse`.
 */
export function parseStrictJson(bytes: Buffer): ParsedJson {
  if (!isUtf8(bytes)) return { is: 'faulty', fault: 'not-utf8' };
  const text = bytes.toString('utf8');
  const members = countMembers(text);
  if (members === 'too-deep') return { is: 'faulty', fault: 'too-deep' };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { is: 'faulty', fault: 'not-json' };
  }
  const walked = walk(value);
  if (typeof walked === 'string') return { is: 'faulty', fault: walked };
  // A colon outside a text stands for one member; whatever JSON.parse merged was a duplicate.
  return walked === members ? { is: 'json', value } : { is: 'faulty', fault: 'duplicate-member' };
}

const QUOTE = 34;
const BACKSLASH = 92;
const COLON = 58;

function countMembers(text: string): number | 'too-deep' {
  let members = 0;
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at += 1;
      while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
    } else if (code === COLON) {
      members += 1;
    } else if (code === 123 || code === 91) {
      depth += 1;
      if (depth > MAX_DEPTH) return 'too-deep';
    } else if (code === 125 || code === 93) {
      depth -= 1;
    }
  }
  return members;
}

/** The number of members in the tree, or what is wrong with one of its names or texts. */
function walk(value: unknown): number | JsonFault {
  if (typeof value === 'string') return isText(value) ? 0 : 'broken-text';
  if (typeof value !== 'object' || value === null) return 0;
  let members = 0;
  if (Array.isArray(value)) {
    for (const one of value) {
      const inner = walk(one);
      if (typeof inner === 'string') return inner;
      members += inner;
    }
    return members;
  }
  for (const name of Object.keys(value)) {
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') return 'forbidden-member';
    if (!isText(name)) return 'broken-text';
    const inner = walk((value as Record<string, unknown>)[name]);
    if (typeof inner === 'string') return inner;
    members += inner + 1;
  }
  return members;
}

export const isText = (text: string): boolean => !text.includes('\0') && text.isWellFormed();
