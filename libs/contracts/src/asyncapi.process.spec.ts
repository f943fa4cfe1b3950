import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import parser from '@asyncapi/parser';
import { parse } from 'yaml';
import { asyncApi } from './asyncapi.js';
import { EVENTS, TOPICS } from './catalogue.js';

const file = new URL('../../../docs/asyncapi.yaml', import.meta.url);

test('docs/asyncapi.yaml is what the contracts say; else: npm run docs', () => {
  expect(parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(asyncApi())));
});

test('the AsyncAPI parser finds no error in it', async () => {
  const { document, diagnostics } = await new parser.Parser().parse(readFileSync(file, 'utf8'));
  const errors = diagnostics
    .filter(({ severity }) => severity === 0)
    .map(({ path, message }) => `${path.join('/')} ${message}`);
  expect(errors).toEqual([]);
  expect(document?.allMessages().all()).toHaveLength(EVENTS.length);
  expect(document?.allChannels().all()).toHaveLength(TOPICS.length);
});
