import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Catalogues } from './catalogues.js';
import { differences } from './differences.js';
import { formatInstant } from './format-instant.js';

const catalogues = (en: object, cy: object): Catalogues => {
  const folder = mkdtempSync(join(tmpdir(), 'words-'));
  for (const [language, words] of Object.entries({ en, cy })) {
    mkdirSync(join(folder, language));
    writeFileSync(join(folder, language, 'sample.json'), JSON.stringify(words));
  }
  return Catalogues.load([folder]);
};

describe('catalogues', () => {
  const words = catalogues(
    { hello: 'Hello {{name}}', people_one: '{{count}} person', people_other: '{{count}} people', deep: { er: 'Deep' } },
    {
      hello: 'Helo {{name}}',
      people_zero: '{{count}} o bobl',
      people_one: '{{count}} person',
      people_two: '{{count}} berson',
      people_few: '{{count}} pherson',
      people_many: '{{count}} o bobl',
      people_other: '{{count}} o bobl',
      deep: { er: 'Dwfn' },
    },
  );

  test('say a key in both languages', () => {
    expect(words.say('en', 'sample.hello', { name: 'Ann' })).toBe('Hello Ann');
    expect(words.say('cy', 'sample.deep.er')).toBe('Dwfn');
  });

  test('know the plurals of both languages', () => {
    expect([1, 2].map((count) => words.say('en', 'sample.people', { count }))).toEqual(['1 person', '2 people']);
    expect([1, 2, 3, 7].map((count) => words.say('cy', 'sample.people', { count }))).toEqual([
      '1 person',
      '2 berson',
      '3 pherson',
      '7 o bobl',
    ]);
  });

  test('fill a value in once and read nothing into it', () => {
    for (const name of ['{{count}}', '$t(sample.deep.er)', '{{name}}{{7*7}}', '$& $1', '</b>']) {
      expect(words.say('en', 'sample.hello', { name })).toBe(`Hello ${name}`);
    }
    fc.assert(fc.property(fc.string(), (name) => words.say('en', 'sample.hello', { name }) === `Hello ${name}`));
  });

  test('an unknown key is a defect, not a text', () => {
    expect(() => words.say('en', 'sample.nothing')).toThrow('no words for en sample.nothing');
    expect(() => words.say('en', 'sample.deep')).toThrow();
    expect(words.has('cy', 'sample.hello')).toBe(true);
    expect(words.has('cy', 'sample.nothing')).toBe(false);
  });

  test('refuse a key or a placeholder that stands in one language only', () => {
    expect(() => catalogues({ a: 'A', b: '{{x}}' }, { b: '{{y}}' })).toThrow(
      'sample.a is missing in cy; sample.b has {{x}} in one language only; sample.b has {{y}} in one language only',
    );
    expect(differences({ a_one: '1', a_other: '{{count}}' }, { a_many: '{{count}}' })).toEqual([]);
  });
});

describe('an instant in words', () => {
  test.each([
    ['2026-11-26T14:00:00Z', 'Thursday 26 November at 2pm', 'dydd Iau 26 Tachwedd am 2yp'],
    ['2026-07-01T08:05:00Z', 'Wednesday 1 July at 9:05am', 'dydd Mercher 1 Gorffennaf am 9:05yb'],
    ['2026-12-25T12:00:00Z', 'Friday 25 December at midday', 'dydd Gwener 25 Rhagfyr am ganol dydd'],
    ['2026-12-25T00:00:00Z', 'Friday 25 December at midnight', 'dydd Gwener 25 Rhagfyr am ganol nos'],
    ['2026-06-30T23:30:00Z', 'Wednesday 1 July at 12:30am', 'dydd Mercher 1 Gorffennaf am 12:30yb'],
  ])('%s is %s', (at, english, welsh) => {
    expect(formatInstant('en', new Date(at))).toBe(english);
    expect(formatInstant('cy', new Date(at))).toBe(welsh);
  });

  test('may be a date or a time alone', () => {
    const at = new Date('2026-11-26T09:30:00Z');
    expect(formatInstant('en', at, 'date')).toBe('Thursday 26 November');
    expect(formatInstant('cy', at, 'time')).toBe('9:30yb');
  });
});
