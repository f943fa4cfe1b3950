import { describe, expect, test } from '@jest/globals';
import type { Cursor } from './cursor.repository.js';
import { memoryOf, rewound } from './rewind.decider.js';

const cursor = (more: Partial<Cursor> = {}): Cursor => ({
  seq: 900,
  logId: 'one',
  acknowledged: { 'intake.application': { 0: '41', 3: '7' }, 'intake.activation': { 1: '5' } },
  epochs: {},
  againUntil: 0,
  againTopics: [],
  ...more,
});
const log = (application: Record<number, string> | null, activation: Record<number, string>, logId = 'one') => ({
  logId,
  ends: { ...(application ? { 'intake.application': application } : {}), 'intake.activation': activation },
});

describe('does the log remember', () => {
  test('yes, when every partition ends behind what was acknowledged', () => {
    expect(memoryOf(cursor(), log({ 0: '42', 3: '100' }, { 1: '6' }))).toEqual({ is: 'remembers' });
  });
  test('no, when a partition ends before it, and says which topic', () => {
    const memory = memoryOf(cursor(), log({ 0: '41', 3: '100' }, { 1: '6' }));
    expect(memory).toEqual({ is: 'forgot', topics: ['intake.application'] });
  });
  test('no, when the topic is missing', () => {
    expect(memoryOf(cursor(), log(null, { 1: '6' }))).toEqual({ is: 'forgot', topics: ['intake.application'] });
  });
  test('no, when it is another log, whatever its ends', () => {
    const memory = memoryOf(cursor(), log({ 0: '99', 3: '99' }, { 1: '99' }, 'two'));
    expect(memory).toEqual({ is: 'forgot', topics: ['intake.activation', 'intake.application'] });
  });
  test('no, when a place was given twice, however long the topic is', () => {
    const memory = memoryOf(cursor(), log({ 0: '99', 3: '99' }, { 1: '99' }), ['intake.activation']);
    expect(memory).toEqual({ is: 'forgot', topics: ['intake.activation'] });
  });
  test('a log that was never sent to has nothing to forget', () => {
    expect(memoryOf(cursor({ logId: null, acknowledged: {} }), log({}, {}))).toEqual({ is: 'new' });
    expect(memoryOf(cursor({ acknowledged: {} }), log({}, {}, 'two'))).toEqual({ is: 'new' });
  });
});

describe('going back', () => {
  test('only the lost topics are sent again, in a new epoch', () => {
    expect(rewound(cursor(), log({}, {}), ['intake.application'])).toEqual({
      seq: 0,
      logId: 'one',
      acknowledged: { 'intake.activation': { 1: '5' } },
      epochs: { 'intake.application': 1 },
      againUntil: 900,
      againTopics: ['intake.application'],
    });
  });
  test('a second loss while going back keeps the first in mind', () => {
    const first = rewound(cursor(), log({}, {}), ['intake.application']);
    const second = rewound({ ...first, seq: 400 }, log({}, {}), ['intake.activation']);
    expect(second).toMatchObject({
      seq: 0,
      againUntil: 900,
      againTopics: ['intake.activation', 'intake.application'],
      epochs: { 'intake.application': 1, 'intake.activation': 1 },
    });
  });
  test('once back where it was, an old loss is over', () => {
    const first = rewound(cursor(), log({}, {}), ['intake.application']);
    const second = rewound({ ...first, seq: 950 }, log({}, {}), ['intake.activation']);
    expect(second).toMatchObject({ againUntil: 950, againTopics: ['intake.activation'] });
  });
});
