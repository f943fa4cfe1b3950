import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readForm } from './read-form.js';

describe('a posted form', () => {
  test('becomes the JSON that the route takes', () => {
    const body = {
      csrf: 't',
      idempotencyKey: 'k',
      website: '',
      givenName: '  Ann ',
      familyName: '',
      'availability.slots': 'weekday-evening',
      'availability.maxDistanceKm': '10',
      vehicle: 'on',
      'dateOfBirth-day': '3',
      'dateOfBirth-month': '2',
      'dateOfBirth-year': '2001',
      'address.lines': '1 High Street\r\n\r\nOldham',
    };
    expect(
      readForm(body, {
        lists: ['availability.slots', 'roles'],
        numbers: ['availability.maxDistanceKm'],
        booleans: ['vehicle', 'remoteOnly'],
        dates: ['dateOfBirth'],
        lines: ['address.lines'],
      }),
    ).toEqual({
      givenName: 'Ann',
      availability: { slots: ['weekday-evening'], maxDistanceKm: 10 },
      roles: [],
      vehicle: true,
      remoteOnly: false,
      dateOfBirth: '2001-02-03',
      address: { lines: ['1 High Street', 'Oldham'] },
    });
  });

  test('leaves what is no number or no date for the schema to refuse', () => {
    expect(
      readForm({ places: 'ten', 'd-day': 'x', 'd-month': '1', 'd-year': '20' }, { numbers: ['places'], dates: ['d'] }),
    ).toEqual({
      places: 'ten',
      d: '20-1-x',
    });
  });

  test('no name of a control reaches a prototype, whatever is sent', () => {
    const name = fc.oneof(
      fc.string(),
      fc
        .array(fc.constantFrom('__proto__', 'constructor', 'prototype', 'a', '', 'b'), { maxLength: 4 })
        .map((parts) => parts.join('.')),
    );
    fc.assert(
      fc.property(fc.dictionary(name, fc.string()), (body) => {
        readForm(body, { lists: ['a.b'], booleans: ['__proto__.polluted'] });
        return Object.keys(Object.prototype).length === 0 && !('polluted' in {});
      }),
    );
  });
});
