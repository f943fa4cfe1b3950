import { expect, test } from '@jest/globals';
import { quantile } from './ledger.js';
import { reasonOf } from './load.js';
import { judge, type Facts } from './verdict.js';

const GOOD: Facts = {
  keysWithTwoIds: 0,
  idsWithoutRow: 0,
  rowsUnnamed: 0,
  keysUnknown: 0,
  unsettled: 0,
  overdue: 0,
  broken: 0,
  withoutPromise: 0,
  requestsWithoutMessage: 0,
  messagesUnsent: 0,
  peopleWithoutMail: 0,
  mailRepeated: 0,
  mailUnknown: 0,
  sentTwiceForOneCause: 0,
  overfilled: 0,
  overbooked: 0,
  offeredUnvetted: 0,
  lapsedEarly: 0,
  versionsShrunk: 0,
  lettersOpen: 0,
  strangeAnswers: 0,
  linesWithNames: 0,
  wronglyAccepted: 0,
  wronglyRefused: 0,
  promises: {},
  messages: {},
};

test('a clean run has no fault', () => {
  expect(judge(GOOD)).toMatchObject({ lost: 0, doubled: 0, late: 0, faults: [] });
});

test('a row without an acknowledgement is doubled only when no key is unknown', () => {
  expect(judge({ ...GOOD, rowsUnnamed: 2, keysUnknown: 2 }).faults).toEqual([]);
  expect(judge({ ...GOOD, rowsUnnamed: 3, keysUnknown: 2 })).toMatchObject({ doubled: 1 });
});

test('the same mail again counts as one', () => {
  expect(judge({ ...GOOD, mailRepeated: 4 }).faults).toEqual([]);
});

const COUNTS = Object.keys(GOOD).filter(
  (name) => !['promises', 'messages', 'keysUnknown', 'mailRepeated'].includes(name),
);
test.each(COUNTS)('%s makes it fail', (name) => {
  expect(judge({ ...GOOD, [name]: 1 }).faults).toHaveLength(1);
});

test('a refusal is told by its codes', () => {
  const problem = (body: object) => reasonOf({ status: 422, body: JSON.stringify(body) });
  expect(problem({ type: '/problems/outside-area' })).toBe('422 outside-area');
  expect(problem({ type: '/problems/invalid', invalidParams: [{ code: 'b' }, { code: 'a' }, { code: 'b' }] })).toBe(
    '422 a+b',
  );
  expect(reasonOf({ status: 502, body: '<html>' })).toBe('502');
});

test('a quantile is a value that was seen', () => {
  const values = Array.from({ length: 200 }, (_, i) => 200 - i);
  expect([0, 0.5, 0.99, 1].map((share) => quantile(values, share))).toEqual([1, 100, 198, 200]);
  expect(quantile([], 0.5)).toBeNull();
});
