import { expect, test } from '@jest/globals';
import { demoNeeds, londonHour } from './needs.js';
import { BOROUGHS, DESK, HUBS, ORGANISATIONS } from './organisations.js';
import { ROLES } from './plan.js';
import { demoPeople, ownedCodes } from './seed.js';

const V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test('ten boroughs own the outward codes in and around the area, each code once', async () => {
  const owned = await ownedCodes();
  expect(BOROUGHS).toHaveLength(10);
  expect(new Set(owned.map(({ organisationId }) => organisationId)).size).toBe(10);
  expect(new Set(owned.map(({ outwardCode }) => outwardCode)).size).toBe(owned.length);
  const owner = (code: string) =>
    ORGANISATIONS.find(({ id }) => id === owned.find(({ outwardCode }) => outwardCode === code)?.organisationId)?.name;
  expect(['OL1', 'BL1', 'M1', 'OL14', 'SK13'].map(owner)).toEqual([
    'Action Together, Oldham',
    'Bolton CVS',
    'Macc, Manchester',
    'Action Together, Rochdale',
    'Action Together, Tameside',
  ]);
  expect(owner('AB10')).toBeUndefined();
  // An activation's event carries them grouped by organisation and district, at most sixty.
  const groups = new Set(owned.map(({ organisationId, district }) => `${organisationId} ${district}`));
  expect(groups.size).toBeLessThanOrEqual(60);
});

test('ids are version 7 and never shared', () => {
  const ids = [...ORGANISATIONS, ...HUBS].map(({ id }) => id);
  for (const id of ids) expect(id).toMatch(V7);
  expect(new Set(ids).size).toBe(ids.length);
  expect(HUBS).toHaveLength(5);
});

test('the demo people stand in an organisation of the demo', () => {
  const people = demoPeople();
  expect(people.map(({ email }) => email.replace('@demo.example', ''))).toEqual([
    'duty',
    'approver',
    'coordinator.oldham',
    'coordinator.bolton',
    'vetting',
    'vetting.second',
    'calls',
    'referrer',
    'operator',
    'auditor',
  ]);
  for (const person of people) {
    expect(ORGANISATIONS.map(({ id }) => id)).toContain(person.organisation);
    expect(person.sub).toMatch(V7);
  }
  expect(people[0]!.organisation).toBe(DESK.id);
});

test('six roles, two of each risk, in both languages', () => {
  expect(ROLES.map(({ tier }) => tier).sort()).toEqual(['high', 'high', 'low', 'low', 'medium', 'medium']);
  for (const { title } of ROLES) expect(title.cy).not.toBe(title.en);
});

test('twelve needs, four hundred places, all ahead, in every slot', () => {
  for (const now of ['2026-11-22T23:30:00Z', '2026-03-27T12:00:00Z', '2026-06-30T23:30:00Z'].map(
    (it) => new Date(it),
  )) {
    const needs = demoNeeds(now);
    expect(needs).toHaveLength(12);
    expect(needs.reduce((sum, { places }) => sum + places, 0)).toBe(400);
    for (const { startsAt, endsAt } of needs) {
      expect(Date.parse(startsAt)).toBeGreaterThan(now.getTime() + 24 * 3_600_000);
      expect(Date.parse(endsAt)).toBeGreaterThan(Date.parse(startsAt));
    }
    const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/London', hour: 'numeric', hourCycle: 'h23' });
    const hours = needs.map(({ startsAt }) => Number(hour.format(new Date(startsAt))));
    expect(new Set(hours.map((it) => (it < 12 ? 'morning' : it < 18 ? 'afternoon' : 'evening'))).size).toBe(3);
    expect(new Set(needs.map(({ role }) => role)).size).toBe(6);
  }
});

test('an hour in London is that hour in summer and in winter', () => {
  expect(londonHour(new Date('2026-01-10T12:00:00Z'), 1, 9).toISOString()).toBe('2026-01-11T09:00:00.000Z');
  expect(londonHour(new Date('2026-07-10T12:00:00Z'), 1, 9).toISOString()).toBe('2026-07-11T08:00:00.000Z');
  // Half past midnight in London is still yesterday in UTC.
  expect(londonHour(new Date('2026-07-10T23:30:00Z'), 1, 18).toISOString()).toBe('2026-07-12T17:00:00.000Z');
});
