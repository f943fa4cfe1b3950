import { expect, test } from '@jest/globals';
import { fragments, mobileOf, published, statusAt, type Notification } from './notification.js';

const PACE = { sendingMs: 50, deliveredMs: 400 };
const SENT: Notification = {
  id: 'b3a5c7de-0000-4000-8000-000000000001',
  type: 'sms',
  reference: null,
  to: '+447700900123',
  lines: [],
  subject: null,
  body: 'x',
  postage: null,
  unsubscribe: null,
  template: { id: 't', name: 'Text', version: 1 },
  createdAt: '2026-11-22T12:00:00.000Z',
};
const at = (ms: number): number => Date.parse(SENT.createdAt) + ms;

test('a status follows from the age and the recipient', () => {
  expect([0, 49, 50, 399, 400].map((ms) => statusAt(SENT, PACE, at(ms)))).toEqual([
    'created',
    'created',
    'sending',
    'sending',
    'delivered',
  ]);
  expect(statusAt({ ...SENT, to: '+447700900003' }, PACE, at(400))).toBe('temporary-failure');
  expect(statusAt({ ...SENT, to: '+447700900002' }, PACE, at(399))).toBe('sending');
  expect(statusAt({ ...SENT, type: 'letter', to: null }, PACE, at(1))).toBe('accepted');
});

test('times appear when they are known', () => {
  expect(published(SENT, PACE, 'http://o', at(10))).toMatchObject({ sent_at: null, completed_at: null });
  expect(published(SENT, PACE, 'http://o', at(400))).toMatchObject({
    sent_at: '2026-11-22T12:00:00.050Z',
    completed_at: '2026-11-22T12:00:00.400Z',
  });
});

test.each(['07700900123', '07700 900 123', '+44 7700 900123', '0044(7700)900-123', '447700900123'])(
  '%s is one number',
  (text) => expect(mobileOf(text)).toEqual({ number: '+447700900123' }),
);

test('texts are billed in pieces', () => {
  expect([160, 161, 306, 307].map((n) => fragments('x'.repeat(n)))).toEqual([1, 2, 2, 3]);
});
