import { expect, test } from '@jest/globals';
import { missed } from './limits.js';

const run = {
  away: [
    { name: 'intake', seconds: 2.9, partitions: 3.9 },
    { name: 'operations', seconds: 1, partitions: null },
    { name: 'postgres', seconds: 9, partitions: null },
    { name: 'kafka', seconds: 99, partitions: null },
  ],
  recoverySeconds: 29,
  seen: { parked: 2 },
};
const limits = { process: 3, partitions: 4, postgres: 10, recovery: 30, parked: 5 };

test('a run within its limits has missed none', () => {
  expect(missed(limits, run)).toEqual([]);
});

test('each figure above its limit is named, of each process that was killed', () => {
  const slow = [
    ...run.away,
    { name: 'vetting', seconds: 3.1, partitions: 4.1 },
    { name: 'postgres', seconds: 11, partitions: null },
  ];
  expect(missed(limits, { away: slow, recoverySeconds: 31, seen: { parked: 6 } })).toEqual([
    'vetting: 3.1, and 3 at most',
    'the partitions of vetting: 4.1, and 4 at most',
    'postgres: 11, and 10 at most',
    'recovery: 31, and 30 at most',
    'parked: 6, and 5 at most',
  ]);
});

test('what was not measured was not kept', () => {
  expect(missed(limits, { away: [], recoverySeconds: null, seen: {} })).toEqual(
    Object.keys(limits).map((name) => `${name} was not measured`),
  );
});
