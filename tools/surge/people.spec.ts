import { expect, test } from '@jest/globals';
import { People, SHARES, type Crowd, type Role } from './people.js';

const ROLES: Role[] = [
  { code: 'sandbags', tier: 'low', minimumAge: 18, remote: false },
  { code: 'reception-centre', tier: 'low', minimumAge: 16, remote: false },
  { code: 'phone-helper', tier: 'medium', minimumAge: 18, remote: true },
  { code: 'home-visits', tier: 'high', minimumAge: 18, remote: false },
];
const CROWD: Crowd = {
  seed: 'abc',
  activation: 'floods',
  codes: [
    { code: 'OL1', borough: 'Oldham' },
    { code: 'OL2', borough: 'Oldham' },
    { code: 'BL1', borough: 'Bolton' },
  ],
  roles: ROLES,
  shares: SHARES,
  from: '2026-11-23',
};
const N = 1200;
const crowd = (over: Partial<Crowd> = {}) => {
  const people = new People({ ...CROWD, ...over });
  return Array.from({ length: N }, (_, n) => people.person(n));
};
const share = (part: unknown[]): number => part.length / N;

test('a seed gives the same people, another seed others', () => {
  expect(crowd()).toEqual(crowd());
  const other = crowd({ seed: 'abd' });
  const keys = new Set([...crowd(), ...other].map(({ key }) => key));
  expect(keys.size).toBe(2 * N);
});

test('everybody is somebody else, but for those who apply twice', () => {
  const all = crowd();
  const firsts = all.filter(({ repeats, mustFail }) => repeats === null && mustFail === null);
  const contacts = firsts.map(({ body }) => body.email ?? body.phone ?? JSON.stringify(body.address));
  expect(new Set(contacts).size).toBe(firsts.length);
  const again = all.filter(({ repeats }) => repeats !== null);
  expect(share(again)).toBeGreaterThan(0.01);
  expect(share(again)).toBeLessThan(0.03);
  for (const { repeats, body, n } of again) {
    expect(repeats).toBeLessThan(n);
    expect(body.familyName).toBe(all[repeats!]!.familyName);
    expect(all[repeats!]!.repeats).toBeNull();
  }
});

test('the crowd has its stated shares', () => {
  const all = crowd();
  const wrong = all.filter(({ mustFail }) => mustFail !== null);
  expect(share(wrong)).toBeCloseTo(0.01, 1);
  expect(new Set(wrong.map(({ mustFail }) => mustFail)).size).toBeGreaterThan(3);
  expect(share(all.filter(({ body }) => body.language === 'cy'))).toBeCloseTo(0.08, 1);
  expect(share(all.filter(({ completes }) => completes))).toBeCloseTo(0.85, 1);
  const chosen = all.flatMap(({ body }) => body.roles as string[]);
  for (const { code } of ROLES) expect(chosen).toContain(code);
});

test('nobody in it can be reached, and nobody exists', () => {
  for (const { body, familyName } of crowd()) {
    expect(familyName.endsWith('-Demo')).toBe(true);
    if (body.phone !== undefined) {
      expect(body.phone).toMatch(/^07700900(?!000|002|003|111|222)\d{3}$/);
    }
  }
  const mails = crowd().flatMap(({ body, mustFail }) =>
    mustFail === null && body.email ? [body.email as string] : [],
  );
  for (const mail of mails) expect(mail).toMatch(/^[a-z]+\.[a-z]+\.abc\.\d+@example\.org$/);
});

test('the young have a guardian and no role for adults; who stays at home has a remote one', () => {
  for (const { body } of crowd()) {
    if (body.ageBand === '16-17') {
      expect(body.guardian).toBeDefined();
      expect((body.roles as string[]).filter((role) => role !== 'reception-centre')).toEqual([]);
    }
    if (body.remoteOnly) expect((body.roles as string[]).filter((role) => role !== 'phone-helper')).toEqual([]);
  }
});

test('skew sends ten times as many to one borough', () => {
  const inOldham = (all: ReturnType<typeof crowd>) =>
    share(all.filter(({ body }) => String(body.postcode).startsWith('OL')));
  expect(inOldham(crowd())).toBeCloseTo(0.5, 1);
  expect(inOldham(crowd({ skewed: 'Oldham' }))).toBeCloseTo(0.9, 1);
});

test('who mistyped a certificate keys it again', () => {
  const people = new People(CROWD);
  const kinds = crowd().map((person) => [1, 2].map((attempt) => people.certificate(person, attempt).slice(0, 3)));
  expect(new Set(kinds.map(([first]) => first))).toEqual(new Set(['001', '002', '003', '999']));
  for (const [first, second] of kinds) expect(second).toBe(first === '002' ? '002' : '001');
});
