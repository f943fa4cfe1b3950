import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { readMarkdown } from './markdown.js';

const folder = fileURLToPath(new URL('../../../../docs/runbooks/', import.meta.url));
const ALERTS = [
  'journal-unsent',
  'consumer-lag',
  'dead-letters',
  'queue-oldest',
  'provider-circuit',
  'promise-overdue',
  'dependency-down',
];

test('there is a runbook for every alert, which says how to look, what to do and when it is over', () => {
  const names = readdirSync(folder).map((name) => name.replace('.md', ''));
  expect(names).toEqual(expect.arrayContaining(ALERTS));
  for (const code of ALERTS) {
    const blocks = readMarkdown(readFileSync(`${folder}${code}.md`, 'utf8'));
    const headings = blocks.flatMap((block) => (block.is === 'heading' && block.level === 2 ? [block.text] : []));
    expect([code, headings]).toEqual([code, expect.arrayContaining(['Look', 'Do', 'After'])]);
  }
});

test('reads headings, lists, code and paragraphs as text', () => {
  expect(
    readMarkdown('# A `b`\n\nOne\ntwo [x](y).\n\n- a\n  more\n- b\n\n1. c\n\n```\nselect *;\n\n# no\n```\n'),
  ).toEqual([
    { is: 'heading', level: 1, text: 'A b' },
    { is: 'paragraph', text: 'One two x.' },
    { is: 'list', ordered: false, items: ['a more', 'b'] },
    { is: 'list', ordered: true, items: ['c'] },
    { is: 'code', text: 'select *;\n\n# no' },
  ]);
});
