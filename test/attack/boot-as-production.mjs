/**
 * Boots built apps as production would, one after the other in one process, and says how each was refused, as one line of JSON.
 *
 *   node boot-as-production.mjs ROOT  < [{ "app": …, "change": { … } }]
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const built = (path) => import(pathToFileURL(`${process.argv[2]}/dist/${path}`).href);
const { boot } = await built('libs/boot/src/index.js');
const refusals = [];
for (const { app, change } of JSON.parse(readFileSync(0, 'utf8'))) {
  const definition = (await built(`apps/${app}/src/${app}.config.js`))[app];
  refusals.push(
    await boot(definition, { environment: change }).then(
      () => null,
      (error) => `${error.name}: ${error.message}`,
    ),
  );
}
process.stdout.write(`${JSON.stringify(refusals)}\n`);
process.exit(0);
