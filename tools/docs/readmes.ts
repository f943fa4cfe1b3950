import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { EVENTS } from '@app/contracts';
import { consumesOf, sweepsOf } from '@app/messaging';
import { linesAmong } from '@app/queue';
import { APPS, prototypesOf } from './apps.js';
import { projectRoot } from './project-root.js';

const BEGIN = '<!-- Made from the code by `npm run docs`; do not edit. -->';
const END = '<!-- The end of what is made from the code. -->';

/** The README of each app: its own words, and between two marks what its code says it owns, consumes, publishes and owes by when. */
export const readmes = (): (readonly [path: string, text: string])[] =>
  APPS.map(([app, module]) => {
    const path = `apps/${app}/README.md`;
    const text = readFileSync(new URL(path, projectRoot), 'utf8');
    const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
    if (begin < 0 || end < begin)
      throw new Error(`${path} has no place for what is made from the code: ${BEGIN} ${END}`);
    return [
      path,
      `${text.slice(0, begin)}${BEGIN}\n\n${factsOf(app, prototypesOf(module))}\n\n${text.slice(end)}`,
    ] as const;
  });

function factsOf(app: string, prototypes: readonly object[]): string {
  const consumers = prototypes.flatMap((one) => consumesOf(one) ?? []).sort(by(({ consumer }) => consumer));
  const published = EVENTS.filter(({ context }) => context === app);
  const sweepers = prototypes.flatMap((one) => sweepsOf(one) ?? []).sort(by(({ sweeper }) => sweeper));
  const queues = linesAmong(prototypes).map(({ queue }) => queue);
  return [
    '## Owns',
    list(tablesOf(app).map(({ name, says }) => `\`${name}\`${says ? `: ${says}` : ''}`)),
    '## Consumes',
    list(
      consumers.map(({ consumer, events }) => `\`${consumer}\`: ${events.map(({ type }) => `\`${type}\``).join(', ')}`),
    ),
    '## Publishes',
    list(published.map(({ type, says }) => `\`${type}\`: ${says}`)),
    '## Due dates',
    list(
      sweepers.map(({ sweeper, everyMs }) => `\`${sweeper}\`, every ${seconds(everyMs)}: ${sentenceOf(app, sweeper)}`),
    ),
    ...(queues.length > 0
      ? [
          '## Outward work',
          list(
            queues.map(
              ({ name, ratePerSecond, circuit }) =>
                `\`${name}\`: at most ${ratePerSecond} a second${circuit ? `, behind the circuit \`${circuit}\`` : ''}`,
            ),
          ),
        ]
      : []),
  ].join('\n\n');
}

const list = (lines: readonly string[]): string =>
  lines.length > 0 ? lines.map((line) => `- ${line}`).join('\n') : 'Nothing.';

const by =
  <T>(key: (one: T) => string) =>
  (a: T, b: T): number =>
    key(a) < key(b) ? -1 : 1;

const seconds = (ms: number): string =>
  ms < 1000 ? `${ms} ms` : ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;

const read = (pattern: string): string =>
  globSync(pattern, { cwd: fileURLToPath(projectRoot) })
    .sort()
    .map((path) => readFileSync(new URL(path, projectRoot), 'utf8'))
    .join('\n');

/** Tables as the migrations make them, with the comment that stands right above. */
const tablesOf = (app: string): { name: string; says: string }[] =>
  [...read(`apps/${app}/migrations/*.up.sql`).matchAll(/((?:^-- .*\n)*)^create table (\w+)/gm)].map(
    ([, comment = '', name]) => ({ name: name!, says: comment.replaceAll(/^-- /gm, '').trim().replaceAll('\n', ' ') }),
  );

/** A sweeper says above its class what becomes due. */
function sentenceOf(app: string, sweeper: string): string {
  const [, says] =
    new RegExp(`/\\*\\* ([^*]+) \\*/\\n@Sweeps\\('${sweeper}'`).exec(read(`apps/${app}/src/**/*.sweeper.ts`)) ?? [];
  if (!says) throw new Error(`${sweeper}: a sentence above the class must say what becomes due`);
  return says;
}
