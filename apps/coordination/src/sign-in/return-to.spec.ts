import { expect, test } from '@jest/globals';
import { returnPath } from './return-to.js';

test.each([
  ['/forum/needs?cursor=a1', '/forum/needs?cursor=a1'],
  ['/ops', '/ops'],
  [undefined, '/forum'],
  ['', '/forum'],
  ['https://evil.example/', '/forum'],
  ['//evil.example/', '/forum'],
  ['/\\evil.example/', '/forum'],
  ['/%5Cevil.example', '/%5Cevil.example'],
  ['/x/../..//evil.example', '/forum'],
  ['javascript:alert(1)', '/forum'],
  [`/${'a'.repeat(600)}`, '/forum'],
])('whoever asked to return to %s goes to %s', (wanted, goes) => {
  expect(returnPath(wanted)).toBe(goes);
});
