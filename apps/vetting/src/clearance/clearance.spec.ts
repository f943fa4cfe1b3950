import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { after, DAY, MINUTE } from '@app/calendar';
import {
  answered,
  confirmed,
  isOpen,
  isSuitable,
  landed,
  referred,
  ruled,
  type Landing,
} from '../checks/check.decider.js';
import { opened, type Check } from '../checks/check.js';
import { checksOf, rolesSought, type RequiredRole, type RequirementPolicy } from '../policy/requirement.decider.js';
import { advanced, stopped, withCheck, type Turn } from './clearance.decider.js';
import type { Profile } from './profile.js';

const NOW = new Date('2026-11-23T10:00:00Z');
const role = (code: string, tier: RequiredRole['tier'], more: Partial<RequiredRole> = {}): RequiredRole => ({
  code,
  tier,
  checks: ['declaration'],
  minimumAge: tier === 'low' ? 16 : 18,
  supervisedOk: false,
  margin: 1.5,
  ...more,
});
const policy: RequirementPolicy = {
  version: 1,
  roles: [
    role('sandbags', 'low'),
    role('rest-centre', 'low', { supervisedOk: true }),
    role('driver', 'medium'),
    role('befriender', 'high'),
  ],
};
const profile = (roles: string[], ageBand: Profile['ageBand'] = '18-plus'): Profile => ({
  language: 'en',
  ageBand,
  roles,
  skills: [],
  vehicle: false,
  remoteOnly: false,
  outwardCode: 'OL1',
  slots: [],
  maxDistanceKm: 10,
  availableFrom: '2026-11-23',
});

let minted = 0;
const mint = (): string => `019ab000-0000-7000-8000-${String(++minted).padStart(12, '0')}`;
const begin = (roles: string[], ageBand: Profile['ageBand'] = '18-plus'): Turn => ({
  file: {
    applicationId: mint(),
    activationId: mint(),
    forumId: mint(),
    reference: 'MU-7K4D-93TQ-X',
    ownerId: null,
    state: 'awaiting-policy',
    version: 0,
    profile: profile(roles, ageBand),
    profileVersion: 1,
    policyVersion: null,
    clearance: null,
    submittedAt: NOW,
    guardianAgreedAt: null,
    clearedAt: null,
    changedAt: NOW,
  },
  checks: [],
  facts: [],
});
const go = (turn: Turn): Turn => advanced(turn, policy, mint, NOW);
const quiet = (turn: Turn): Turn => ({ ...turn, facts: [] });
const of = (turn: Turn, kind: string): Check => turn.checks.find((check) => check.kind === kind)!;
const answer = (turn: Turn, kind: string): Turn => {
  const decided = answered(of(turn, kind), { answers: 's1.x', version: 1, at: NOW }, NOW);
  return go(withCheck(quiet(turn), decided.check, decided.facts));
};
const land = (turn: Turn, kind: string, landing: Landing, attempt?: number): Turn => {
  const check = of(turn, kind);
  const decided = landed(check, attempt ?? check.attempt, landing, NOW);
  return go(withCheck(quiet(turn), decided.check, decided.facts));
};
const CLEAR: Landing = { is: 'clear', code: 'verified', result: 's1.r', version: 1 };
const said = (turn: Turn): string[] => turn.facts.map((fact) => ('kind' in fact ? `${fact.is} ${fact.kind}` : fact.is));
const proven = (roles: string[]): Turn => land(answer(go(begin(roles)), 'identity'), 'identity', CLEAR);

describe('what roles ask for', () => {
  test('a declaration is enough for low risk, and clears at once for the chosen roles only', () => {
    const turn = go(begin(['sandbags']));
    expect(said(turn)).toEqual(['cleared']);
    expect(turn.file.clearance).toEqual({ tier: 'low', roles: ['sandbags'], conditional: false });
  });

  test('a general helper is cleared for every role without deeper checks', () => {
    expect(go(begin([])).file.clearance?.roles).toEqual(['rest-centre', 'sandbags']);
  });

  test('a plan may ask for more than the tier, never for less', () => {
    expect(checksOf(role('x', 'high', { checks: [] }))).toEqual(['identity', 'dbs']);
    expect(checksOf(role('x', 'low', { checks: ['identity'] }))).toEqual(['identity']);
    expect(checksOf(role('x', 'low', { checks: ['dbs'] }))).toEqual(['identity', 'dbs']);
  });

  test('at 16 or 17 nobody is vetted for an older or a high-risk role', () => {
    const roles = rolesSought(policy, { ageBand: '16-17', roles: ['befriender', 'driver'] });
    expect(roles.map(({ code }) => code)).toEqual(['sandbags', 'rest-centre']);
  });
});

describe('at 16 or 17', () => {
  const agreed = (turn: Turn): Turn => ({ ...quiet(turn), file: { ...turn.file, guardianAgreedAt: NOW } });

  test('nothing is asked and no role is theirs before the guardian has said yes', () => {
    for (const roles of [['sandbags'], ['driver'], []]) {
      const turn = go(begin(roles, '16-17'));
      expect([said(turn), turn.checks, turn.file.state, turn.file.clearance]).toEqual([
        [],
        [],
        'awaiting-applicant',
        null,
      ]);
    }
  });

  test('then it goes on as with everybody', () => {
    const turn = go(agreed(go(begin(['sandbags'], '16-17'))));
    expect([said(turn), turn.file.clearance?.roles]).toEqual([['cleared'], ['sandbags']]);
  });
});

describe('the course of a high-risk application', () => {
  test('asks one thing at a time, lets a supervised start happen, and clears with the last check', () => {
    const opened = go(begin(['befriender']));
    expect(said(opened)).toEqual(['task-set identity']);
    expect(opened.file.state).toBe('awaiting-applicant');
    const sent = answer(opened, 'identity');
    expect(sent.file.state).toBe('checking');
    const identified = land(sent, 'identity', CLEAR);
    expect(said(identified)).toEqual(['determined identity', 'task-set dbs', 'conditionally-cleared']);
    expect(identified.file.clearance).toEqual({ tier: 'low', roles: ['rest-centre'], conditional: true });
    const done = land(answer(identified, 'dbs'), 'dbs', CLEAR);
    expect(said(done)).toEqual(['determined dbs', 'cleared']);
    expect(done.file.clearance).toEqual({ tier: 'high', roles: ['befriender'], conditional: false });
  });

  test('an answer that came before its turn is used when its turn comes', () => {
    const opened = go(begin(['befriender']));
    const early = answer(opened, 'dbs');
    expect(of(early, 'dbs').state).toBe('required');
    const identified = land(answer(early, 'identity'), 'identity', CLEAR);
    expect(of(identified, 'dbs').state).toBe('with-provider');
    expect(said(identified)).toEqual(['determined identity', 'conditionally-cleared']);
  });

  test('no match asks the person again and never declines', () => {
    const turn = land(answer(proven(['befriender']), 'dbs'), 'dbs', {
      is: 'ask-again',
      code: 'no-match-found',
      reason: 'no-match',
    });
    expect(said(turn)).toEqual(['task-set dbs']);
    expect(of(turn, 'dbs')).toMatchObject({ state: 'with-applicant', attempt: 2, reasonCode: 'no-match' });
  });

  test('new information voids the certificate and ends the supervised start at once', () => {
    const turn = land(answer(proven(['befriender']), 'dbs'), 'dbs', {
      is: 'ask-again',
      code: 'new-info',
      reason: 'certificate-replaced',
    });
    expect(said(turn)).toEqual(['task-set dbs', 'conditionally-cleared']);
    expect(turn.file.clearance?.roles).toEqual([]);
  });

  test('a certificate with content waits for a person, who may start supervised meanwhile', () => {
    const turn = land(answer(proven(['befriender']), 'dbs'), 'dbs', {
      is: 'needs-human',
      code: 'non-blank-no-new-info',
      reason: 'original-needed',
      result: 's1.r',
      version: 1,
    });
    expect(said(turn)).toEqual(['referred dbs']);
    expect(turn.file.clearance).toMatchObject({ roles: ['rest-centre'], conditional: true });
  });

  test('a doubt about a certificate takes a clearance back', () => {
    const done = land(answer(proven(['befriender']), 'dbs'), 'dbs', CLEAR);
    const decided = referred(of(done, 'dbs'), 'certificate-shared', NOW);
    const doubted = go(withCheck(quiet(done), decided.check, decided.facts));
    expect(said(doubted)).toEqual(['referred dbs', 'conditionally-cleared']);
    expect(doubted.file.clearance).toMatchObject({ roles: [], conditional: true });
  });
});

describe('officers', () => {
  const atOfficer = (): Turn =>
    land(answer(go(begin(['driver'])), 'identity'), 'identity', {
      is: 'needs-human',
      code: 'failed',
      reason: 'document-refused',
      result: null,
      version: null,
    });

  test('one officer clears, two are needed to refuse, and they must be two', () => {
    const check = of(atOfficer(), 'identity');
    const proposed = ruled(check, 'a', { outcome: 'not-suitable', reason: 'other-risk' }, NOW);
    expect(proposed.is).toBe('proposed');
    if (proposed.is !== 'proposed') return;
    expect(proposed.check.state).toBe('result-in');
    expect(confirmed(proposed.check, 'a', NOW)).toEqual({ is: 'refused', code: 'second-person-needed' });
    expect(confirmed(check, 'b', NOW)).toEqual({ is: 'refused', code: 'nothing-to-confirm' });
    expect(confirmed(proposed.check, 'b', NOW)).toMatchObject({ is: 'determined', check: { outcome: 'not-suitable' } });
    expect(ruled(check, 'a', { outcome: 'suitable', reason: 'seen' }, NOW)).toMatchObject({
      is: 'determined',
      check: { outcome: 'suitable', purgeAt: new Date('2027-05-22T10:00:00Z') },
    });
  });

  test('a refusal declines with a reason and a way to appeal', () => {
    const before = atOfficer();
    const proposed = ruled(of(before, 'identity'), 'a', { outcome: 'not-suitable', reason: 'other-risk' }, NOW);
    if (proposed.is === 'refused') throw new Error(proposed.code);
    const done = confirmed(proposed.check, 'b', NOW);
    if (done.is === 'refused') throw new Error(done.code);
    const turn = go(withCheck(quiet(before), done.check, done.facts));
    expect(turn.file.state).toBe('declined');
    expect(turn.facts.at(-1)).toMatchObject({ is: 'declined', reason: 'other-risk' });
    expect(said(go(quiet(turn)))).toEqual([]);
  });
});

type Move = (turn: Turn) => Turn;
const kind = fc.constantFrom('identity', 'dbs');
const landing = fc.constantFrom<Landing>(
  CLEAR,
  { is: 'ask-again', code: 'x', reason: 'no-match' },
  { is: 'ask-again', code: 'x', reason: 'certificate-replaced' },
  { is: 'needs-human', code: 'x', reason: 'original-needed', result: null, version: null },
  { is: 'taken', session: 's', silentAt: NOW },
  { is: 'still-pending' },
  { is: 'no-answer' },
  { is: 'not-asked', retryInMs: 100 },
);
const move: fc.Arbitrary<Move> = fc.oneof(
  kind.map(
    (which): Move =>
      (turn) =>
        of(turn, which) ? answer(turn, which) : turn,
  ),
  fc.tuple(kind, landing, fc.integer({ min: 1, max: 4 })).map(
    ([which, what, attempt]): Move =>
      (turn) =>
        of(turn, which) ? land(turn, which, what, attempt) : turn,
  ),
  kind.map((which): Move => (turn) => {
    const check = of(turn, which);
    const ruling = check && ruled(check, 'a', { outcome: 'suitable', reason: 'seen' }, NOW);
    return ruling && ruling.is !== 'refused' ? go(withCheck(quiet(turn), ruling.check, ruling.facts)) : turn;
  }),
  fc.subarray(['sandbags', 'rest-centre', 'driver', 'befriender']).map(
    (roles): Move =>
      (turn) =>
        go({ ...quiet(turn), file: { ...turn.file, profile: profile(roles) } }),
  ),
  fc.constant<Move>((turn) => stopped(quiet(turn), NOW)),
);

test('whatever happens, nobody is cleared for a role whose checks have not ended well, and repeating says nothing', () => {
  fc.assert(
    fc.property(
      fc.subarray(['sandbags', 'rest-centre', 'driver', 'befriender']),
      fc.array(move, { maxLength: 25 }),
      (roles, moves) => {
        let turn = go(begin(roles));
        for (const act of moves) {
          const wasStopped = turn.file.state === 'stopped';
          turn = act(turn);
          if (wasStopped) {
            expect(turn.facts.filter(({ is }) => is !== 'sent')).toEqual([]);
            expect(turn.checks.some(isOpen)).toBe(false);
            continue;
          }
          for (const code of turn.file.clearance?.roles ?? []) {
            const cleared = policy.roles.find((one) => one.code === code)!;
            for (const needed of checksOf(cleared)) expect(isSuitable(of(turn, needed))).toBe(true);
          }
          if (turn.file.state === 'cleared') {
            expect(turn.checks.filter((check) => check.state === 'result-in' && check.reasonCode === null)).toEqual([]);
          }
          expect(go(quiet(turn)).facts).toEqual([]);
        }
      },
    ),
    { numRuns: 500 },
  );
});

describe('a session that waits for a person', () => {
  const taken: Landing = { is: 'taken', session: 's1', silentAt: after(NOW, DAY) };
  const ofOne = { applicationId: mint(), activationId: mint(), forumId: mint() };
  const begun = (at: Date): Check =>
    landed({ ...opened(mint(), ofOne, 'identity', at), state: 'with-provider' }, 1, taken, at).check;
  const looked = (check: Check, at: Date): Check => landed(check, 1, { is: 'still-pending' }, at).check;

  test('is looked at soon, and then in ever longer steps up to five minutes', () => {
    const pauses: number[] = [];
    for (let check = begun(NOW); pauses.length < 40; check = looked(check, check.nextTryAt!))
      pauses.push(check.nextTryAt!.getTime() - check.waitsSince!.getTime());
    expect(pauses.slice(0, 4)).toEqual([500, 625, 781, 976]);
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses.at(-1)).toBe(5 * MINUTE);
  });

  test.each([-10, 10])('is looked at no later when the clock leaps by %i minutes', (minutes) => {
    const now = after(NOW, minutes * MINUTE);
    expect(looked(begun(NOW), now).nextTryAt).toEqual(after(now, 625));
  });
});
