import { readFileSync } from 'node:fs';
import { type AppDefinition, boot } from '@app/boot';
import { APPS, type AppName } from '../apps.js';

/** `npm run dev`: all six apps in this one process. TOGETHER names a JSON file with the environment of each. */
const environments = JSON.parse(readFileSync(process.env.TOGETHER!, 'utf8')) as Record<AppName, Record<string, string>>;

for (const app of APPS) {
  const module = (await import(new URL(`../../apps/${app}/src/${app}.config.js`, import.meta.url).href)) as Record<
    string,
    AppDefinition
  >;
  await boot(module[app]!, { environment: environments[app] });
}
