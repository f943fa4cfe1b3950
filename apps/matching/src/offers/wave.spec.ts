import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HOUR, MINUTE } from '@app/calendar';
import { bandFor, wanted, type Candidate } from './eligible.decider.js';
import { planWave, respondBy, waveSize } from './wave.decider.js';

const MONDAY_TEN = new Date('2026-11-23T10:00:00Z');
const need = (
  needId: string,
  more: Partial<Parameters<typeof wanted>[0]> = {},
  role = { minimumAge: 16, tier: 'low' },
) =>
  wanted(
    {
      needId,
      roleCode: 'sandbags',
      skills: [],
      remote: false,
      latitude: 53.54,
      longitude: -2.11,
      startsAt: new Date('2026-11-24T10:00:00Z'),
      endsAt: new Date('2026-11-24T14:00:00Z'),
      ...more,
    },
    role,
  );
const person = (applicationId: string, more: Partial<Candidate> = {}): Candidate => ({
  applicationId,
  offersMade: 0,
  clearedAt: MONDAY_TEN,
  roles: new Set(['sandbags']),
  skills: new Set(),
  slots: new Set(['weekday-morning']),
  ageBand: '18-plus',
  remoteOnly: false,
  latitude: 53.54,
  longitude: -2.11,
  maxDistanceKm: 10,
  availableFrom: '2026-11-20',
  busy: [],
  refused: new Set(),
  ...more,
});

describe('who is eligible', () => {
  const suits = (more: Partial<Candidate>, of = need('a')) => bandFor(of, person('p', more));
  test.each<[string, Partial<Candidate>]>([
    ['is not cleared for the role', { roles: new Set(['driver']) }],
    ['cannot come at that time', { slots: new Set(['weekend-morning']) }],
    ['is not there yet', { availableFrom: '2026-11-25' }],
    ['works only from home', { remoteOnly: true }],
    ['lives too far away', { latitude: 54.5, longitude: -3 }],
    ['turned it down', { refused: new Set(['a']) }],
    [
      'serves elsewhere then',
      { busy: [{ startsAt: new Date('2026-11-24T13:00:00Z'), endsAt: new Date('2026-11-24T15:00:00Z') }] },
    ],
  ])('not who %s', (_, more) => {
    expect(suits({})).toBe(0);
    expect(suits(more)).toBeNull();
  });

  test('not who lacks a skill that is needed', () => {
    const skilled = need('a', { skills: ['first-aid'] });
    expect(suits({}, skilled)).toBeNull();
    expect(suits({ skills: new Set(['first-aid', 'driving']) }, skilled)).toBe(0);
  });

  test('at 16 or 17 nothing for older people, of high risk, or in the evening', () => {
    const young = { ageBand: '16-17' as const, slots: new Set<string>() };
    expect(suits(young)).toBe(0);
    expect(suits(young, need('a', {}, { minimumAge: 18, tier: 'low' }))).toBeNull();
    expect(suits(young, need('a', {}, { minimumAge: 16, tier: 'high' }))).toBeNull();
    expect(
      suits(young, need('a', { startsAt: new Date('2026-11-24T19:00:00Z'), endsAt: new Date('2026-11-24T22:00:00Z') })),
    ).toBeNull();
  });

  test('from home the distance does not count; an unknown place counts as far', () => {
    expect(suits({ remoteOnly: true, latitude: null }, need('a', { remote: true }))).toBe(0);
    expect(suits({ latitude: null, longitude: null })).toBe(3);
  });
});

describe('a wave', () => {
  test('asks as many as are expected to fill the places, less those already asked', () => {
    const course = { places: 10, filled: 0, open: 0, accepted: 0, closed: 0 };
    expect(waveSize(course, 0.5)).toBe(20);
    expect(waveSize({ ...course, open: 20 }, 0.5)).toBe(0);
    expect(waveSize({ ...course, filled: 9, accepted: 9, closed: 1 }, 0.5)).toBe(2);
    expect(waveSize({ ...course, filled: 10 }, 0.5)).toBe(0);
    expect(waveSize({ ...course, closed: 1_000 }, 0.5)).toBe(100);
  });

  test('can be answered for twelve hours, or half the time to the start, but never after it', () => {
    const in_ = (ms: number) => new Date(MONDAY_TEN.getTime() + ms);
    const minutes = (startsInMs: number) => {
      const due = respondBy(MONDAY_TEN, in_(startsInMs));
      return due && (due.getTime() - MONDAY_TEN.getTime()) / MINUTE;
    };
    expect(minutes(6 * HOUR)).toBe(180);
    expect(minutes(40 * MINUTE)).toBe(20);
    expect(minutes(25 * MINUTE)).toBe(15);
    expect(minutes(19 * MINUTE)).toBeNull();
    // Twelve hours would end at 22:00: the answer may come in the morning.
    expect(respondBy(MONDAY_TEN, in_(72 * HOUR))).toEqual(new Date('2026-11-24T09:00:00Z'));
  });

  test('ten people of one hour: the nearer ones are asked first', () => {
    const far = { latitude: 53.6, longitude: -2.11 };
    const people = Array.from({ length: 10 }, (_, at) => person(`p${at}`, at % 2 === 0 ? far : {}));
    const placed = planWave([need('a')], new Map([['a', 5]]), people);
    expect(placed.map(({ applicationId }) => applicationId)).toEqual(['p1', 'p3', 'p5', 'p7', 'p9']);
  });
});

const people = fc.array(
  fc.record({
    offersMade: fc.integer({ min: 0, max: 3 }),
    hour: fc.integer({ min: 0, max: 5 }),
    skills: fc.subarray(['first-aid', 'driving']),
    roles: fc.subarray(['sandbags', 'driver'], { minLength: 1 }),
    near: fc.boolean(),
  }),
  { maxLength: 40 },
);
const needs = fc.array(
  fc.record({
    roleCode: fc.constantFrom('sandbags', 'driver'),
    skills: fc.subarray(['first-aid', 'driving']),
    wanted: fc.integer({ min: 0, max: 12 }),
  }),
  { minLength: 1, maxLength: 5 },
);

test('nobody gets two offers, no need more than its wave, and nobody is passed over by one who had more offers', () => {
  fc.assert(
    fc.property(people, needs, (them, wants) => {
      const candidates = them
        .map((one, at) =>
          person(`p${String(at).padStart(2, '0')}`, {
            offersMade: one.offersMade,
            clearedAt: new Date(MONDAY_TEN.getTime() + one.hour * HOUR),
            skills: new Set(one.skills),
            roles: new Set(one.roles),
            ...(one.near ? {} : { latitude: 53.58 }),
          }),
        )
        .sort((a, b) => a.offersMade - b.offersMade || a.clearedAt.getTime() - b.clearedAt.getTime());
      const search = wants.map(({ roleCode, skills }, at) => need(`n${at}`, { roleCode, skills }));
      const left = new Map(wants.map((want, at) => [`n${at}`, want.wanted]));
      const placed = planWave(search, left, candidates);
      expect(new Set(placed.map(({ applicationId }) => applicationId)).size).toBe(placed.length);
      const asked = new Set(placed.map(({ applicationId }) => applicationId));
      for (const [at, want] of wants.entries()) {
        const own = placed.filter(({ needId }) => needId === `n${at}`);
        expect(own.length).toBeLessThanOrEqual(want.wanted);
        const most = Math.max(
          -1,
          ...own.map((one) => candidates.find((c) => c.applicationId === one.applicationId)!.offersMade),
        );
        for (const candidate of candidates) {
          if (asked.has(candidate.applicationId) || bandFor(search[at]!, candidate) === null) continue;
          // Left without any offer although it suits them: then nobody with more offers got it, and it is used up.
          expect(candidate.offersMade).toBeGreaterThanOrEqual(most);
          expect(left.get(`n${at}`)).toBe(0);
        }
      }
    }),
    { numRuns: 500 },
  );
});

test('over many waves nobody who suits is asked twice before all of them were asked once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.integer({ min: 1, max: 7 }), (crowd, size) => {
      const offers = new Map(Array.from({ length: crowd }, (_, at) => [`p${at}`, 0]));
      for (let wave = 0; wave < 30; wave++) {
        const line = [...offers]
          .map(([id, offersMade]) => person(id, { offersMade }))
          .sort((a, b) => a.offersMade - b.offersMade);
        for (const { applicationId } of planWave([need('a')], new Map([['a', size]]), line))
          offers.set(applicationId, offers.get(applicationId)! + 1);
        expect(Math.max(...offers.values()) - Math.min(...offers.values())).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 60 },
  );
});
