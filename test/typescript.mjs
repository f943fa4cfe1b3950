/** Lets Node import our TypeScript without a build: `node --import ./test/typescript.mjs FILE.ts`, and Jest's global setup. */
import { existsSync, readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transformSync } from '@swc/core';

const root = new URL('../', import.meta.url);
const ours = (url) => url?.startsWith(root.href) && !url.includes('/node_modules/') && !url.includes('/dist/');

registerHooks({
  resolve(specifier, context, next) {
    if (ours(context.parentURL)) {
      const app = /^@app\/([a-z]+)(\/sql)?$/.exec(specifier);
      if (app) return next(new URL(`libs/${app[1]}/src/${app[2] ? 'sql' : 'index'}.ts`, root).href, context);
      if (/^\.{1,2}\/.*\.js$/.test(specifier)) {
        const file = fileURLToPath(new URL(specifier.replace(/\.js$/, '.ts'), context.parentURL));
        if (existsSync(file)) return next(pathToFileURL(file).href, context);
      }
    }
    return next(specifier, context);
  },
  load(url, context, next) {
    if (!ours(url) || !url.endsWith('.ts')) return next(url, context);
    const { code } = transformSync(readFileSync(fileURLToPath(url), 'utf8'), {
      filename: fileURLToPath(url),
      sourceMaps: 'inline',
      module: { type: 'es6' },
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
    });
    return { format: 'module', source: code, shortCircuit: true };
  },
});
