import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What lets people's text through unescaped, or runs it (S11, S15). */
const objections = (template: string): string[] =>
  [
    [/\|\s*safe\b/, 'the filter "safe"'],
    [/autoescape\s+false/, 'autoescape off'],
    [/\bhtml:\s*(?!["'])(?!\w+\s*\|\s*escape)[^\s,}]/, 'html: with something that is not a literal'],
    [/<script(?![^>]*\bsrc=)[^>]*>/i, 'an inline script'],
    [/<style\b|\sstyle=/i, 'an inline style'],
    [/\son[a-z]+=["']/i, 'an inline event handler'],
  ].flatMap(([pattern, what]) => ((pattern as RegExp).test(template) ? [what as string] : []));

const templates = ['apps', 'libs', 'outside'].flatMap((top) =>
  readdirSync(join(root, top), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.njk') && !path.includes('node_modules'))
    .map((path) => join(top, path)),
);

test('there are templates to look at', () => expect(templates.length).toBeGreaterThan(0));

test.each(templates)('%s escapes everything and runs nothing inline', (path) => {
  expect(objections(readFileSync(join(root, path), 'utf8'))).toEqual([]);
});

test.each([
  ['{{ name | safe }}'],
  ['{% autoescape false %}'],
  ['{{ govukInput({ hint: { html: it.says } }) }}'],
  ['<script>alert(1)</script>'],
  ['<p style="color: red">'],
  ['<img onerror="x">'],
])('%j is objected to', (template) => expect(objections(template)).toHaveLength(1));

test('literals and files of ours pass', () => {
  expect(objections('{{ govukInput({ hint: { html: "<b>ours</b>" } }) }}<script src="/assets/a.js"></script>')).toEqual(
    [],
  );
});
