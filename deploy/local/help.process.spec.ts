import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SHAPES } from '../../tools/surge/shapes.js';
import { helpOf } from '../help.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** What a clone holds before anything was installed or built; all that `--help` may need. */
const clone = mkdtempSync(join(tmpdir(), 'muster-help-'));
beforeAll(() => {
  mkdirSync(join(clone, 'deploy/local'), { recursive: true });
  for (const path of ['package.json', 'deploy/help', 'deploy/local/bootstrap.mjs'])
    cpSync(join(root, path), join(clone, path), { recursive: true });
});
afterAll(() => rmSync(clone, { recursive: true, force: true }));

/** As npm runs a script, without the half second that npm itself takes. */
const ask = (script: string): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = spawn('sh', ['-c', `${script} "$@"`, 'sh', '--help'], {
      cwd: clone,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      timeout: 10_000,
    });
    let [out, err] = ['', ''];
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('close', (code) => resolve({ code, out, err }));
  });

test.each(Object.keys(scripts))('npm run %s -- --help answers on a bare clone, and installs nothing', async (name) => {
  const said = await ask(scripts[name]!);
  expect(said).toMatchObject({ code: 0, err: '' });
  expect(said.out).toMatch(name.match(/^(start|test)$/) ? `npm ${name}` : `npm run ${name}`);
  expect(readdirSync(clone).sort()).toEqual(['deploy', 'package.json']);
});

test('the help of a rehearsal names every shape', () => expect(helpOf('surge')).toContain(SHAPES.join('|')));

test('the help of attacks names every row', () => {
  const folder = join(root, 'test/attack');
  const files = readdirSync(folder).filter((name) => name.endsWith('.spec.ts'));
  const titles = files.map((name) => /^describe\((['"])(.*)\1/m.exec(readFileSync(join(folder, name), 'utf8'))![2]!);
  const words = helpOf('attack').replaceAll(/ +/g, ' ');
  expect(titles.filter((title) => !words.includes(title))).toEqual([]);
});
