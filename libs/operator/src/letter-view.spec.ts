import { expect, test } from '@jest/globals';
import { AvailabilityGiven, MessageRequested, type DataOf } from '@app/contracts';
import type { LetterDetail } from '@app/messaging';
import { letterDetailView, restored } from './letter-view.js';

const ID = '01930000-0000-7000-8000-000000000001';
const given: DataOf<typeof AvailabilityGiven> = {
  applicationId: ID,
  activationId: ID,
  forumId: ID,
  language: 'en',
  ageBand: '18-plus',
  roles: ['sandbags'],
  skills: ['driving'],
  vehicle: false,
  remoteOnly: false,
  outwardCode: 'OL1',
  slots: ['weekday-morning'],
  maxDistanceKm: 15,
  availableFrom: '2026-11-26',
  profileVersion: 1,
};
const letter = (data: unknown, change: Partial<LetterDetail> = {}): LetterDetail => ({
  id: ID,
  seq: 1,
  consumer: 'matching.follow-intake',
  eventId: ID,
  type: AvailabilityGiven.type,
  key: ID,
  forumId: ID,
  state: 'parked',
  reason: 'wrong-schema',
  attempts: 0,
  nextTryAt: null,
  firstError: '',
  lastError: '',
  parkedAt: new Date(0),
  settledAt: null,
  discardAskedBy: null,
  edited: false,
  protected: false,
  acts: [],
  followers: 0,
  arrived: {
    topic: 'intake.application',
    partition: 0,
    offset: '0',
    key: ID,
    headers: {},
    value: Buffer.from(JSON.stringify(data)),
  },
  ...change,
});

test('what the contract accepts is shown: ids, codes and times', () => {
  expect(letterDetailView(letter(given)).data).toEqual(given);
});

test('where a code should stand and does not, anything may stand: it is hidden, and nothing else', () => {
  const wrong = {
    ...given,
    outwardCode: 'Zyxwquince',
    skills: ['driving', 'Zyxwquince'],
    maxDistanceKm: '447700900123',
  };
  expect(letterDetailView(letter(wrong)).data).toEqual({
    ...given,
    outwardCode: '…',
    skills: ['driving', '…'],
    maxDistanceKm: '…',
  });
});

test('what the contract does not know is hidden with its name, however deep', () => {
  const spread = { ...given, givenName: { Zyxwquince: ['Zyxwquince'] }, Zyxwramp: 447700900123 };
  expect(letterDetailView(letter(spread)).data).toEqual({ ...given, '…': '…' });
  const facts = { mode: 'open', familyName: 'Zyxwquince' };
  expect(letterDetailView(letter({ facts }, { type: MessageRequested.type })).data).toEqual({
    facts: { mode: 'open', '…': '…' },
  });
});

test('nothing is shown of what no contract knows, nor of a key that is not an id', () => {
  const words = { word: 'Zyxwquince' };
  for (const type of [null, 'intake.word-said.v1'])
    expect(letterDetailView(letter(words, { type, key: 'Zyxwquince' }))).toMatchObject({ data: null, key: '…' });
});

test('what was hidden or left out comes back when the rest is edited', () => {
  const wrong = {
    ...given,
    roles: Array.from({ length: 300 }, () => 'sandbags'),
    maxDistanceKm: { far: 'Zyxwquince' },
  };
  const { data } = letterDetailView(letter(wrong));
  expect(JSON.stringify(data)).not.toContain('Zyxwquince');
  expect(restored(data, wrong)).toEqual(wrong);
});
