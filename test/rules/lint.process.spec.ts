import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'muster-lint-'));

/** File → its text and the rule that must object. */
const PLANTED: Record<string, [text: string, rule: string]> = {
  'apps/a/clock.decider.ts': ['export const x = () => new Date();', 'house(decider-without-clock)'],
  'apps/a/now.decider.ts': ['export const x = () => Date.now();', 'house(decider-without-clock)'],
  'apps/a/chance.decider.ts': ['export const x = () => Math.random();', 'house(decider-without-clock)'],
  'apps/a/id.decider.ts': ['export const x = () => crypto.randomUUID();', 'eslint(no-restricted-globals)'],
  'apps/a/env.decider.ts': ['export const x = () => process.pid;', 'eslint(no-restricted-globals)'],
  'apps/a/long.decider.ts': [`${'// a line\n'.repeat(251)}export const x = 1;`, 'eslint(max-lines)'],
  'apps/a/environment.ts': ['export const x = process.env.HOME;', 'house(environment-in-boot-only)'],
  'apps/a/loud.ts': ["export const x = () => console.log('x');", 'eslint(no-console)'],
  'apps/a/render.ts': [
    'export const x = (e: { renderString(t: string): string }) => e.renderString("{{ name }}");',
    'house(templates-are-ours)',
  ],
  'apps/a/escape.ts': ['export const x = { autoescape: false };', 'house(templates-are-ours)'],
  'apps/a/hint.http.ts': [
    'export const x = (name: string) => ({ hint: { html: name } });',
    'house(templates-are-ours)',
  ],
  'apps/a/floating.ts': [
    'const f = async () => 1;\nexport const x = () => {\n  f();\n};',
    'typescript(no-floating-promises)',
  ],
};
const GOOD: Record<string, string> = {
  'apps/a/good.decider.ts': 'export const x = (now: Date) => new Date(now.getTime() + 1);',
  'apps/a/good.http.ts': "export const x = { hint: { html: '<b>ours</b>' } };",
  'libs/boot/environment.ts': 'export const x = process.env.HOME;',
  'tools/loud.ts': "console.log('x');",
};

let found: { code: string; filename: string }[] = [];

beforeAll(async () => {
  for (const [file, text] of [
    ...Object.entries(PLANTED).map(([file, [text]]) => [file, text] as const),
    ...Object.entries(GOOD),
  ]) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`);
  }
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'deploy/lint'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const args = [join(root, 'node_modules/oxlint/bin/oxlint'), '--type-aware', '-f', 'json', 'apps', 'libs', 'tools'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, maxBuffer: 1 << 26 }).catch(
    (error: { stdout: string }) => error,
  );
  found = (JSON.parse(stdout) as { diagnostics: typeof found }).diagnostics;
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(Object.entries(PLANTED))('%s is caught', (file, [, rule]) => {
  expect(found.filter((it) => it.filename === file).map((it) => it.code)).toContain(rule);
});

test.each(Object.keys(GOOD))('%s is left alone', (file) => {
  expect(found.filter((it) => it.filename === file)).toEqual([]);
});
