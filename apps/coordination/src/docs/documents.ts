import { existsSync, readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';

/** The generated documents, read once from `docs/` of the installation this runs in. */
@Injectable()
export class Documents {
  private readonly folder = docsFolder();
  private readonly read = new Map<string, string>();

  text(name: 'openapi.json' | 'asyncapi.yaml'): string {
    let text = this.read.get(name);
    if (text === undefined) this.read.set(name, (text = readFileSync(new URL(name, this.folder), 'utf8')));
    return text;
  }
}

/** Built files lie deeper than sources, so the folder is looked for upwards. */
function docsFolder(): URL {
  for (let folder = new URL('../', import.meta.url); folder.pathname !== '/'; folder = new URL('../', folder)) {
    if (existsSync(new URL('docs/openapi.json', folder))) return new URL('docs/', folder);
  }
  throw new Error('docs/openapi.json is missing; `npm run docs` makes it');
}
