import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { helpOf } from '../../deploy/help.js';
import { ROWS } from './rows.js';

test.each(Object.entries(ROWS))('%s is explained where people look, and read on one screen', (name, { says }) => {
  expect(helpOf('chaos').replaceAll(/ +/g, ' ')).toContain(`\n ${name} ${says}\n`);
  expect(
    readFileSync(new URL(`${name}.ts`, import.meta.url), 'utf8')
      .trim()
      .split('\n').length,
  ).toBeLessThan(41);
});
