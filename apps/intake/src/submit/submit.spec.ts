import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { invalidParamsOf } from '@app/http';
import { comparableName, likelyDuplicateOf } from '../duplicates/likeness.decider.js';
import { allowance } from '../messages/allowance.decider.js';
import { answer, rises } from '../offers/offer.decider.js';
import { stepAfter, stepOf, STEPS } from '../apply/steps.js';
import { applicationForm, whatIsMissing } from './application-form.js';
import { modeFor, receiptWords } from './mode.decider.js';
import { ownerOf, type Territory } from './owner.decider.js';
import { RecentRate } from './recent-rate.js';
import { mintReference, readReference } from './reference.js';

const RIGHT = {
  activation: 'floods',
  givenName: 'Ann',
  familyName: 'O’Brien',
  email: 'Ann@Example.org ',
  phone: '07700 900123',
  postcode: 'ol11aa',
  ageBand: '18-plus',
  language: 'en',
  channel: 'email',
  availability: { from: '2026-11-24', slots: ['weekday-morning'], maxDistanceKm: 10 },
  declarations: { privacy: '2026-11' },
};
const local = applicationForm({ today: '2026-11-23', allowTestNumbers: true });
const live = applicationForm({ today: '2026-11-23', allowTestNumbers: false });
const codes = (body: object, schema = local): string[] => {
  const parsed = schema.safeParse(body);
  return parsed.success
    ? []
    : invalidParamsOf(parsed.error.issues, body).map(({ pointer, code }) => `${pointer} ${code}`);
};

describe('the form', () => {
  test('is read in its canonical spelling, with what was left out filled in', () => {
    expect(local.parse(RIGHT)).toMatchObject({
      email: 'ann@example.org',
      phone: '+447700900123',
      postcode: { outwardCode: 'OL1', postcode: 'OL1 1AA' },
      roles: [],
      skills: [],
      vehicle: false,
      noPostcode: false,
    });
  });

  test.each(['Zoë', 'Siân Mair', "D'Arcy", 'O’Neill', 'Anne-Marie', 'St. John', 'Nguyễn', 'Ólafur', '李'])(
    'takes the name %s',
    (name) => expect(codes({ ...RIGHT, givenName: name })).toEqual([]),
  );

  test.each([
    '',
    '   ',
    'a\r\nBcc: x@y.z',
    'Ann\u202Egro',
    '<img src=x>',
    '{{7*7}}',
    'http://x.y',
    '...',
    'x'.repeat(81),
    'Z' + '\u0300'.repeat(9),
    'Ann 2',
  ])('refuses %j as a name', (name) => {
    expect(codes({ ...RIGHT, givenName: name })).toEqual([
      expect.stringMatching(/^\/givenName (required|name-malformed|too-long)$/),
    ]);
  });

  test.each([
    'a',
    'a@b',
    'a@b.',
    '@b.cd',
    'a..b@c.de',
    'a@-b.cd',
    'a b@c.de',
    'a@b.cd\r\nBcc: x@y.zz',
    `${'x'.repeat(65)}@b.cd`,
  ])('refuses %j as an email address', (email) =>
    expect(codes({ ...RIGHT, email })).toEqual(['/email email-malformed']),
  );

  test.each([
    ['07012345678', 'phone-not-uk-mobile'],
    ['09098790000', 'phone-not-uk-mobile'],
    ['0161 496 0000', 'phone-not-uk-mobile'],
    ['+33612345678', 'phone-not-uk-mobile'],
    ['07600 123456', 'phone-not-uk-mobile'],
    ['12', 'phone-malformed'],
    ['mobile', 'phone-malformed'],
  ])('refuses %s as a mobile number', (phone, code) => expect(codes({ ...RIGHT, phone })).toEqual([`/phone ${code}`]));

  test('takes numbers that are kept for tests only where nothing leaves the machine', () => {
    expect(codes(RIGHT, live)).toEqual(['/phone phone-malformed']);
    expect(codes({ ...RIGHT, phone: '07400 123456' }, live)).toEqual([]);
  });

  test.each([
    ['PO Box 12', 'po-box'],
    ['BF1 3AA', 'forces-postcode'],
    ['OL1', 'postcode-malformed'],
    ['12345', 'postcode-malformed'],
  ])('tells %s from a place where somebody can help', (postcode, code) =>
    expect(codes({ ...RIGHT, postcode })).toEqual([`/postcode ${code}`]),
  );

  test('asks for what follows from other answers', () => {
    const missing = (over: object): string[] => whatIsMissing({ ...RIGHT, ...over }).map(({ pointer }) => pointer);
    expect(missing({ email: undefined })).toEqual(['/email']);
    expect(missing({ channel: 'email-and-sms', email: '', phone: null })).toEqual(['/email', '/phone']);
    expect(missing({ channel: 'post' })).toEqual(['/address']);
    expect(missing({ ageBand: '16-17' })).toEqual(['/guardian']);
    expect(missing({ postcode: undefined })).toEqual(['/postcode']);
    expect(missing({ postcode: undefined, noPostcode: true })).toEqual([]);
    expect(missing({ noPostcode: true })).toEqual(['/postcode']);
    expect(missing({})).toEqual([]);
  });

  test('nothing that is thrown at it makes it throw', () => {
    fc.assert(
      fc.property(fc.anything(), (body) => {
        local.safeParse(body);
        whatIsMissing(body);
      }),
    );
  });
});

describe('the owner', () => {
  const at = (latitude: number) => ({ latitude, longitude: -2.1 });
  const territory: Territory = {
    desk: { id: 'desk', name: 'Desk' },
    codes: new Map([
      ['OL1', { id: 'oldham', name: 'Oldham', outwardCode: 'OL1', place: at(53.54) }],
      ['BL1', { id: 'bolton', name: 'Bolton', outwardCode: 'BL1', place: at(53.9) }],
    ]),
  };
  const known = (latitude: number) => ({ ...at(latitude), outwardCode: 'X1', town: 'Wrexham', district: 'Wrexham' });

  test('is the borough of the code, the nearest for a bordering one, the desk without one', () => {
    expect(ownerOf('OL1', territory, null)).toMatchObject({ owner: { id: 'oldham' } });
    expect(ownerOf('X1', territory, known(53.6))).toMatchObject({ owner: { id: 'oldham' } });
    expect(ownerOf('X1', territory, known(53.86))).toMatchObject({ owner: { id: 'bolton' } });
    expect(ownerOf(null, territory, null)).toMatchObject({ owner: { id: 'desk' } });
  });

  test('is nobody far away or nowhere', () => {
    expect(ownerOf('X1', territory, known(52))).toEqual({ is: 'outside-area', place: 'Wrexham' });
    expect(ownerOf('ZZ9', territory, null)).toEqual({ is: 'unknown-postcode' });
  });
});

describe('the mode of the door', () => {
  const now = new Date('2026-11-23T09:00:00Z');
  const open = { mode: 'open', until: null } as const;
  const capped = { mode: 'capped', until: null } as const;

  test('is never closed, and follows the activation and every chosen role', () => {
    expect(modeFor({ state: 'active', setting: open }, [], now)).toBe('open');
    expect(modeFor({ state: 'active', setting: capped }, [open], now)).toBe('capped');
    expect(modeFor({ state: 'active', setting: open }, [capped, open], now)).toBe('open');
    expect(modeFor({ state: 'active', setting: open }, [capped], now)).toBe('capped');
    expect(modeFor({ state: 'recovery', setting: open }, [], now)).toBe('interest-only');
  });

  test('ends with its day', () => {
    const until = { mode: 'interest-only', until: new Date(now.getTime() + 1) } as const;
    expect(modeFor({ state: 'active', setting: until }, [], now)).toBe('interest-only');
    expect(modeFor({ state: 'active', setting: until }, [], new Date(now.getTime() + 1))).toBe('open');
    expect(receiptWords('open', 'standby')).toBe('standby');
  });
});

describe('a reference', () => {
  test('reads back however it is spelt, and not with a character changed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(7), fc.nat(30), (bytes, at, by) => {
        const reference = mintReference(Buffer.from(bytes));
        expect(readReference(reference)).toBe(reference);
        expect(readReference(reference.toLowerCase().replaceAll('-', ' '))).toBe(reference);
        const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXY';
        const plain = reference.replaceAll('-', '').slice(2);
        const old = alphabet.indexOf(plain[at]!);
        const other = alphabet[(old + 1 + (by % 30)) % 31]!;
        if (old === -1 || other === plain[at]) return;
        expect(readReference(`MU${plain.slice(0, at)}${other}${plain.slice(at + 1)}`)).toBeNull();
      }),
    );
  });
});

describe('likeness', () => {
  const kin = (id: string, sameContact: boolean, sameName: boolean, day: number) => ({
    id,
    sameContact,
    sameName,
    submittedAt: new Date(Date.UTC(2026, 10, day)),
  });
  test('needs contact and name, and points to the oldest', () => {
    expect(likelyDuplicateOf([kin('a', true, false, 1), kin('b', false, true, 2)])).toBeNull();
    expect(likelyDuplicateOf([kin('c', true, true, 5), kin('d', true, true, 3)])).toBe('d');
  });
  test('spelling does not hide a name', () => {
    expect(comparableName('Zoë', "O'Brien-Hughes")).toBe(comparableName('ZOE', 'O Brien Hughes'));
    expect(comparableName('Ann', 'Lee')).not.toBe(comparableName('Anne', 'Lee'));
  });
});

describe('messages a day', () => {
  const base = { own: 0, others: null, contact: 'unconfirmed', disownedByKin: false } as const;
  test('are three to a contact that nobody confirmed and several use', () => {
    expect(allowance({ ...base, others: 0 })).toBe(3);
    expect(allowance({ ...base, own: 1, others: 2 })).toBe(0);
    expect(allowance({ ...base, own: 5 })).toBe(15);
    expect(allowance({ ...base, own: 50, others: 50, contact: 'confirmed' })).toBe(Number.POSITIVE_INFINITY);
    expect(allowance({ ...base, contact: 'disowned' })).toBe(0);
    expect(allowance({ ...base, disownedByKin: true })).toBe(0);
  });
});

describe('an offer', () => {
  test('rises and never falls', () => {
    expect(rises(null, 'sent')).toBe(true);
    expect(rises('lapsed', 'sent')).toBe(false);
    expect(rises('cancelling', 'accepted')).toBe(false);
    expect(rises('confirming', 'refused')).toBe(true);
  });
  test('can be answered while it is open', () => {
    expect(answer('sent', 'accept')).toEqual({ is: 'taken', state: 'confirming' });
    expect(answer('lapsed', 'accept')).toEqual({ is: 'refused', code: 'offer-closed' });
    expect(answer('accepted', 'cancel')).toEqual({ is: 'taken', state: 'cancelling' });
    expect(answer('accepted', 'accept')).toEqual({ is: 'taken', state: 'accepted' });
  });
});

test('every member of the form is asked for on exactly one page', () => {
  const members = Object.keys(local.shape).filter((name) => !['activation', 'website', 'proof'].includes(name));
  expect(STEPS.flatMap(({ fields }) => fields).sort()).toEqual(members.sort());
  expect(stepOf('/availability/slots/0')).toBe('availability');
  expect(stepAfter('declarations')).toBe('check');
});

test('the rate is counted over whole seconds that are past', () => {
  let now = 0;
  const rate = new RecentRate(() => now);
  for (now = 0; now < 10_000; now += 100) rate.count(5);
  now = 10_000;
  expect(rate.perSecond()).toBe(50);
  now = 60_000;
  expect(rate.perSecond()).toBe(0);
});
