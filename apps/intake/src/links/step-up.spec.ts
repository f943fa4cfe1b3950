import { describe, expect, test } from '@jest/globals';
import { after, DAY, HOUR, MINUTE, SECOND } from '@app/calendar';
import { askForCode, giveCode, type StepUp } from './step-up.decider.js';

const NOW = new Date('2026-11-23T22:30:00Z');
const LINK = Buffer.alloc(32, 1);
const OTHER = Buffer.alloc(32, 2);
const CONFIRMED = { contact: 'confirmed', channel: 'email' } as const;

const asked = (before: StepUp | null = null, now = NOW, link = LINK): StepUp => {
  const answer = askForCode(before, CONFIRMED, link, now);
  if (answer.is !== 'send') throw new Error(answer.is);
  return answer.after;
};
const wrong = (before: StepUp, now: Date): StepUp => {
  const answer = giveCode(before, LINK, false, now);
  if (answer.is !== 'wrong') throw new Error(answer.is);
  return answer.after;
};
const worn = (): StepUp => [1, 2, 3, 4, 5].reduce((at, n) => wrong(at, after(NOW, n * SECOND)), asked());

describe('a code is sent', () => {
  test.each([
    ['confirmed', 'email', 'send'],
    ['confirmed', 'sms', 'send'],
    ['confirmed', 'email-and-sms', 'send'],
    ['confirmed', 'post', 'refused'],
    ['unconfirmed', 'email', 'refused'],
    ['disowned', 'email', 'refused'],
    ['unreachable', 'sms', 'refused'],
  ] as const)('to a %s contact by %s: %s', (contact, channel, is) => {
    expect(askForCode(null, { contact, channel }, LINK, NOW).is).toBe(is);
  });

  test('once a minute to one link, and at once to another', () => {
    const first = asked();
    expect(askForCode(first, CONFIRMED, LINK, after(NOW, 59 * SECOND)).is).toBe('on-its-way');
    expect(askForCode(first, CONFIRMED, OTHER, after(NOW, 59 * SECOND)).is).toBe('send');
    expect(askForCode(first, CONFIRMED, LINK, after(NOW, MINUTE)).is).toBe('send');
  });

  test('five times a day', () => {
    const five = [1, 2, 3, 4].reduce((before, n) => asked(before, after(NOW, n * HOUR)), asked());
    expect(askForCode(five, CONFIRMED, LINK, after(NOW, 23 * HOUR))).toEqual({
      is: 'too-many',
      againAt: after(NOW, DAY),
    });
    expect(askForCode(five, CONFIRMED, LINK, after(NOW, DAY))).toMatchObject({ is: 'send', after: { codes: 1 } });
  });
});

describe('a code that is given', () => {
  test('opens its own link for ten minutes, once', () => {
    const right = giveCode(asked(), LINK, true, after(NOW, MINUTE));
    expect(right).toMatchObject({ is: 'right', after: { fullUntil: after(NOW, 11 * MINUTE), spent: true } });
    const again = giveCode((right as { after: StepUp }).after, LINK, true, after(NOW, 2 * MINUTE));
    expect(again).toEqual({ is: 'refused', code: 'code-expired' });
  });

  test('is no good after ten minutes, for another link, or when none was sent', () => {
    const refused = { is: 'refused', code: 'code-expired' };
    expect(giveCode(asked(), LINK, true, after(NOW, 10 * MINUTE))).toEqual(refused);
    expect(giveCode(asked(), OTHER, true, after(NOW, MINUTE))).toEqual(refused);
    expect(giveCode(null, LINK, true, NOW)).toEqual(refused);
  });

  test('ends the rights that an earlier one gave when a new one is asked for', () => {
    const right = giveCode(asked(), LINK, true, NOW) as { after: StepUp };
    expect(asked(right.after, after(NOW, 2 * MINUTE)).fullUntil).toBeNull();
  });
});

describe('wrong codes', () => {
  test('five times close it for a day: not even the right one, nor a new one', () => {
    const at = after(NOW, MINUTE);
    expect(giveCode(worn(), LINK, true, at)).toEqual({ is: 'refused', code: 'codes-used-up' });
    expect(askForCode(worn(), CONFIRMED, LINK, at)).toEqual({ is: 'refused', code: 'codes-used-up' });
    expect(askForCode(worn(), CONFIRMED, OTHER, at)).toEqual({ is: 'refused', code: 'codes-used-up' });
    expect(askForCode(worn(), CONFIRMED, LINK, after(NOW, DAY + MINUTE))).toMatchObject({
      is: 'send',
      after: { failures: 0 },
    });
  });

  test('count over all codes, until a right one', () => {
    const two = asked(wrong(asked(), NOW), after(NOW, MINUTE));
    expect(two.failures).toBe(1);
    expect(giveCode(two, LINK, true, after(NOW, 2 * MINUTE))).toMatchObject({ after: { failures: 0, failedAt: null } });
  });
});
