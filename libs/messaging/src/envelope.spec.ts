import { expect, test } from '@jest/globals';
import { MessageRequested, TaskAnswered } from '@app/contracts';
import { isForOthers } from './envelope.js';

const wanted = new Set([TaskAnswered.type]);
const arrived = (type: string, topic = 'intake.application', source = '/intake') => ({
  ...{ topic, partition: 0, offset: '0', key: 'k', value: Buffer.from('not even JSON') },
  headers: { ce_type: type, ce_source: source },
});

test('what others read is theirs to judge, and only in its own place', () => {
  expect(isForOthers(arrived(MessageRequested.type), wanted)).toBe(true);
  expect(isForOthers(arrived(TaskAnswered.type), wanted)).toBe(false);
  expect(isForOthers(arrived('intake.never-heard-of.v1'), wanted)).toBe(false);
  expect(isForOthers(arrived(MessageRequested.type, 'vetting.application'), wanted)).toBe(false);
  expect(isForOthers(arrived(MessageRequested.type, 'intake.application', '/vetting'), wanted)).toBe(false);
});
