import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { EVENTS, asyncApi } from '@app/contracts';
import { stringify } from 'yaml';
import { exampleOf } from './example.js';
import { projectRoot as root } from './project-root.js';

export const asyncApiText = (): string =>
  `# Made from libs/contracts by \`npm run docs\`; do not edit.\n${stringify(asyncApi(), { aliasDuplicateObjects: false, lineWidth: 120 })}`;

export const exampleFile = (type: string): URL => new URL(`test/compat/${type}.json`, root);

/** Writes docs/asyncapi.yaml anew, and records an example of every event version that has none; recorded ones stay for ever. */
export const writeEventDocs = async (): Promise<string[]> => {
  await writeFile(new URL('docs/asyncapi.yaml', root), asyncApiText());
  await mkdir(new URL('test/compat/', root), { recursive: true });
  const recorded: string[] = [];
  for (const event of EVENTS) {
    const file = exampleFile(event.type);
    if (existsSync(file)) continue;
    const examples = [exampleOf(event, true), exampleOf(event, false)];
    await writeFile(file, `${JSON.stringify({ type: event.type, examples }, null, 2)}\n`);
    recorded.push(event.type);
  }
  return recorded;
};
