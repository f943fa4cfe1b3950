import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { ActivationState } from '@app/contracts';
import { approve, move, nextStates, stateOnRequest, type ActivationFacts } from './activation.decider.js';

const asked = (over: Partial<ActivationFacts> = {}): ActivationFacts => ({
  state: 'monitoring',
  wanted: 'active',
  version: 1,
  requestedBy: 'ann',
  approvedBy: null,
  ...over,
});

describe('approval of an activation', () => {
  test('by somebody else leads to what was asked for, and opens it', () => {
    expect(approve(asked(), 'bob', null)).toMatchObject({ is: 'granted', to: 'active', opens: true, approves: true });
    expect(approve(asked({ wanted: 'standby' }), 'bob', null)).toMatchObject({ to: 'standby', opens: true });
  });
  test('by the requester is refused, whatever version they name', () => {
    expect(approve(asked(), 'ann', 1)).toEqual({ is: 'second-person-needed' });
    expect(approve(asked(), 'ann', 9)).toEqual({ is: 'second-person-needed' });
  });
  test('of a version that no longer stands is stale', () => {
    expect(approve(asked({ version: 2 }), 'bob', 1)).toEqual({ is: 'stale' });
  });
  test('of a standby that one person opened changes no state and opens nothing twice', () => {
    expect(approve(asked({ state: 'standby', wanted: 'standby' }), 'bob', null)).toMatchObject({
      to: 'standby',
      opens: false,
      approves: true,
    });
  });
  test('given twice is given once', () => {
    expect(approve(asked({ state: 'active', approvedBy: 'bob' }), 'bob', null)).toEqual({ is: 'already' });
    expect(approve(asked({ state: 'active', approvedBy: 'bob' }), 'cyd', null)).toEqual({ is: 'already' });
  });
});

describe('a transition', () => {
  test('past standby without approval takes a second person who may approve', () => {
    const standby = asked({ state: 'standby', wanted: 'standby' });
    expect(move(standby, 'active', { memberId: 'ann', mayApprove: true })).toEqual({ is: 'second-person-needed' });
    expect(move(standby, 'active', { memberId: 'bob', mayApprove: false })).toEqual({ is: 'second-person-needed' });
    expect(move(standby, 'active', { memberId: 'bob', mayApprove: true })).toMatchObject({
      is: 'granted',
      approves: true,
    });
  });
  test('that the states do not know is refused', () => {
    expect(
      move(asked({ state: 'active', approvedBy: 'bob' }), 'closed', { memberId: 'ann', mayApprove: true }),
    ).toEqual({
      is: 'refused',
      code: 'no-such-transition',
    });
  });
  test('to where it is already is no transition', () => {
    expect(move(asked({ state: 'surge', approvedBy: 'bob' }), 'surge', { memberId: 'ann', mayApprove: false })).toEqual(
      {
        is: 'already',
      },
    );
  });
});

test('no way of acting brings an activation past standby with one person alone', () => {
  const act = fc.record({
    by: fc.constantFrom('ann', 'bob'),
    may: fc.boolean(),
    to: fc.constantFrom(...ActivationState.options, 'approve' as const),
  });
  fc.assert(
    fc.property(
      fc.constantFrom('standby' as const, 'active' as const),
      fc.array(act, { maxLength: 12 }),
      (wanted, acts) => {
        let facts = asked({ wanted, state: stateOnRequest(wanted) });
        for (const { by, may, to } of acts) {
          const decision =
            to === 'approve' ? approve(facts, by, null) : move(facts, to, { memberId: by, mayApprove: may });
          if (decision.is !== 'granted') continue;
          expect(decision.version).toBe(facts.version + 1);
          if (to !== 'approve') expect(nextStates(facts.state)).toContain(decision.to);
          facts = {
            ...facts,
            state: decision.to,
            version: decision.version,
            approvedBy: decision.approves ? by : facts.approvedBy,
          };
          if (!['monitoring', 'standby'].includes(facts.state)) expect(facts.approvedBy).toBe('bob');
        }
      },
    ),
  );
});
