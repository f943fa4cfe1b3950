import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { distanceKm } from './distance.js';
import { isForces, parsePostcode } from './postcode.js';

const place = fc.record({
  latitude: fc.double({ min: -90, max: 90, noNaN: true }),
  longitude: fc.double({ min: -180, max: 180, noNaN: true }),
});

describe('distance', () => {
  test('Oldham to Manchester is eleven kilometres, to Cardiff two hundred and thirty', () => {
    const oldham = { latitude: 53.5409, longitude: -2.1114 };
    expect(distanceKm(oldham, { latitude: 53.4808, longitude: -2.2426 })).toBeCloseTo(10.9, 0);
    expect(distanceKm(oldham, { latitude: 51.4816, longitude: -3.1791 })).toBeCloseTo(240, -1);
  });

  test('is nothing to oneself, the same both ways, and never more than half the earth', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        expect(distanceKm(a, a)).toBe(0);
        expect(distanceKm(a, b)).toBeCloseTo(distanceKm(b, a), 6);
        expect(distanceKm(a, b)).toBeLessThan(20_016);
      }),
    );
  });
});

describe('a postcode', () => {
  test.each([
    ['ol1 1aa', 'OL1', 'OL1 1AA'],
    ['  OL11AA ', 'OL1', 'OL1 1AA'],
    ['m60-1nw', 'M60', 'M60 1NW'],
    ['EC1A 1BB', 'EC1A', 'EC1A 1BB'],
  ])('%s is read', (typed, outwardCode, postcode) =>
    expect(parsePostcode(typed)).toEqual({ is: 'postcode', outwardCode, postcode }),
  );

  test.each(['', 'OL1', '12345', 'OL1 1AAA', `${' '.repeat(200)}OL1 1AA`, "OL1 1AA'; --"])('%j is malformed', (typed) =>
    expect(parsePostcode(typed)).toEqual({ is: 'malformed' }),
  );

  test('of the forces is recognised', () => {
    expect(['BF1 3AA', 'bfpo 57', 'GIR 0AA'].map(isForces)).toEqual([true, true, true]);
    expect(['B1', 'BB1', 'G1'].map(isForces)).toEqual([false, false, false]);
  });
});
