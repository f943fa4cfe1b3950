import { existsSync } from 'node:fs';
import { EVENTS, asyncApi } from '@app/contracts';
import { stringify } from 'yaml';
import { exampleOf } from './example.js';
import { projectRoot } from './project-root.js';

export const asyncApiText = (): string =>
  `# Made from libs/contracts by \`npm run docs\`; do not edit.\n${stringify(asyncApi(), { aliasDuplicateObjects: false, lineWidth: 120 })}`;

/** An example of every event version that has none; recorded ones stay as they are for ever. */
export const recordedExamples = (): (readonly [path: string, text: string])[] =>
  EVENTS.map((event) => ({ event, path: `test/compat/${event.type}.json` }))
    .filter(({ path }) => !existsSync(new URL(path, projectRoot)))
    .map(({ event, path }) => {
      const examples = [exampleOf(event, true), exampleOf(event, false)];
      return [path, `${JSON.stringify({ type: event.type, examples }, null, 2)}\n`] as const;
    });
