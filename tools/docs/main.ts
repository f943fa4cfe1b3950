import 'reflect-metadata';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { asyncApiText, recordedExamples } from './events.js';
import { openApiDocuments } from './openapi.js';
import { projectRoot } from './project-root.js';
import { readmes } from './readmes.js';

/** Every file that is made from the code: its path, and what it must say. */
const documents: readonly (readonly [path: string, text: string])[] = [
  ['docs/asyncapi.yaml', asyncApiText()],
  ...openApiDocuments(),
  ...recordedExamples(),
  ...readmes(),
];

const stale = documents.filter(([path, text]) => {
  const file = new URL(path, projectRoot);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});

/** `npm run docs` makes them anew; with `--check` it only says which are not what the code says. */
if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path} is not what the code says; npm run docs makes it anew\n`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const [path, text] of stale) await writeFile(new URL(path, projectRoot), text);
  process.stdout.write(
    `${stale.map(([path]) => `${path} written\n`).join('')}${documents.length} documents say what the code says\n`,
  );
}
