import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { judge } from '../overview/verdict.decider.js';
import { readMarkdown } from './markdown.js';

const folder = fileURLToPath(new URL('../../../../docs/runbooks/', import.meta.url));
const names = readdirSync(folder)
  .map((name) => name.replace('.md', ''))
  .sort();
const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** What the board says when everything is wrong at once. */
const worst = judge(
  {
    at: new Date(),
    intake: { acceptedPerSecond: 0, mode: 'open' },
    journals: [{ app: 'intake', unsent: 1, oldestSeconds: 1e6 }],
    consumers: [{ group: 'intake', topic: 't', lag: 1, oldestSeconds: 1e6 }],
    queues: [{ app: 'vetting', name: 'q', waiting: 1, active: 0, delayed: 0, failed: 0, oldestSeconds: 1e6 }],
    deadLetters: { open: 1e6, byApp: {} },
    promises: { open: 1, dueWithin24h: 1, overdue: 1 },
    providers: [{ app: 'vetting', name: 'dbs', circuit: 'open', forced: true }],
    dependencies: [{ name: 'redis', state: 'down' }],
    vitals: [],
  },
  ['intake.x'],
);

/** What can be amber or red names its runbook; what Prometheus alerts of, too. */
const declared = globSync(['{apps,libs}/**/*.vitals.ts', 'deploy/prometheus/*.yml'], { cwd: root }).flatMap((path) => {
  const text = readFileSync(join(root, path), 'utf8');
  const readings = path.endsWith('.ts')
    ? text.split(/(?=\{\s*code: ')/).slice(1)
    : text.split(/(?=- alert: )/).slice(1);
  return readings.map((reading) => ({
    what: `${path}: ${/(?:code: '|alert: )([\w-]+)/.exec(reading)?.[1]}`,
    alwaysGreen: reading.includes("level: 'green'"),
    runbook: /runbook(?:_url)?: ['"]?(?:[^\s'"]*\/)?([a-z-]+)/.exec(reading)?.[1] ?? null,
  }));
});

test('whatever can be amber or red names a runbook', () => {
  expect(declared.length).toBeGreaterThan(15);
  expect(declared.filter(({ alwaysGreen, runbook }) => !alwaysGreen && runbook === null)).toEqual([]);
});

test('every runbook that is named exists, and every one that exists is named', () => {
  const named = [...worst.alerts, ...declared].flatMap(({ runbook }) => runbook ?? []);
  expect(names).toEqual([...new Set(named)].sort());
});

test.each(names)('%s says how to look, what to do, whom to call and when it is over', (name) => {
  const blocks = readMarkdown(readFileSync(`${folder}${name}.md`, 'utf8'));
  expect(blocks[0]).toMatchObject({ is: 'heading', level: 1 });
  expect(blocks[1]).toMatchObject({ is: 'paragraph' });
  expect(blocks.flatMap((block) => (block.is === 'heading' && block.level === 2 ? [block.text] : []))).toEqual(
    expect.arrayContaining(['Look', 'Do', 'Call', 'After']),
  );
});

test('a runbook points only to runbooks and pages that exist', () => {
  const files = globSync('apps/*/src/**/*.http.ts', { cwd: root }).map((path) =>
    readFileSync(join(root, path), 'utf8'),
  );
  for (const name of names) {
    const text = readFileSync(`${folder}${name}.md`, 'utf8');
    for (const [, other] of text.matchAll(/(?:\bsee|go on with|points? to|runbook) `?([a-z]+(?:-[a-z]+)+)`?/gi))
      expect([name, names.includes(other!) || other]).toEqual([name, true]);
    for (const [, path] of text.matchAll(/`\/ops\/([a-z-]+)/g))
      expect([name, path, files.some((file) => file.includes(`ops/${path}'`))]).toEqual([name, path, true]);
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
