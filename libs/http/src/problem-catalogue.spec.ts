import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { Catalogues, LANGUAGES } from '@app/language';
import { httpLocales } from './index.js';
import { PROBLEMS } from './problem-catalogue.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const sources = (folder: string, suffix = '.ts'): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(suffix) && !file.endsWith('.spec.ts') && !file.includes('node_modules'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'));

const THROWN =
  /(?:new Problem\(\{\s*type: |\b(?:badRequest|unauthorised|forbidden|notFound|conflict|gone|preconditionFailed|preconditionRequired)\(\s*|\b(?:tooMany|unavailable)\([^,()]*,\s*)'([a-z][a-z0-9-]*)'/g;

/** A consumer's domain error parks an event; a command's reaches a caller. */
const REFUSED = /new DomainError\(\s*'([a-z][a-z0-9-]*)'/g;

test('every problem has its words in both languages, and no words are left over', () => {
  const words = Catalogues.load([httpLocales]);
  for (const type of Object.keys(PROBLEMS)) {
    for (const language of LANGUAGES) {
      for (const part of ['title', 'explanation', 'mend']) {
        expect([type, part, words.has(language, `problem.${type}.${part}`)]).toEqual([type, part, true]);
      }
    }
  }
  const written = JSON.parse(readFileSync(join(fileURLToPath(httpLocales), 'en/problem.json'), 'utf8'));
  expect(Object.keys(written).sort()).toEqual(Object.keys(PROBLEMS).sort());
});

test('whatever type is thrown anywhere has a page that explains it', () => {
  const typesIn = (texts: string[], pattern: RegExp): string[] =>
    texts.flatMap((text) => [...text.matchAll(pattern)].map(([, type]) => type!));
  const thrown = new Set([
    ...typesIn([...sources('apps'), ...sources('libs')], THROWN),
    ...typesIn(sources('apps', '.command.ts'), REFUSED),
  ]);
  expect(thrown.size).toBeGreaterThan(10);
  expect([...thrown].filter((type) => !Object.hasOwn(PROBLEMS, type)).sort()).toEqual([]);
});
