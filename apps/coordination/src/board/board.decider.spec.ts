import { describe, expect, test } from '@jest/globals';
import { boardOf, health, nextActs } from './board.decider.js';

const none = { wanted: 0, filled: 0 };

describe('the board', () => {
  test('of an activation that nobody has counted is all noughts, with the needs as its places', () => {
    const board = boardOf('active', {}, { wanted: 30, filled: 2 });
    expect(Object.values(board.counts).every((count) => count === 0)).toBe(true);
    expect(board).toMatchObject({
      mode: 'open',
      places: { wanted: 30, filled: 2 },
      promises: { open: 0 },
      messages: { queued: 0 },
    });
    expect(boardOf('standby', {}, none).mode).toBe('interest-only');
  });
  test('takes applications from intake and offers from matching', () => {
    const byState = {
      submitted: 2,
      checking: 3,
      'decision-due': 1,
      cleared: 4,
      'cleared-conditional': 1,
      lapsed: 1,
      withdrawn: 1,
    };
    const board = boardOf(
      'surge',
      {
        intake: { byState: byState as never, applied: 13, mode: 'capped' },
        matching: { offered: 5, places: { wanted: 9, filled: 1 } },
      },
      none,
    );
    expect(board.counts).toMatchObject({ applied: 13, checking: 6, cleared: 5, withdrawn: 2, offered: 5, assigned: 0 });
    expect(board).toMatchObject({ mode: 'capped', places: { wanted: 9, filled: 1 } });
  });
  test('is red when somebody was forgotten', () => {
    const kept = { open: 9, dueWithin24h: 1, overdue: 0, keptWithNews: 3, keptNoNews: 1, notReached: 1, broken: 0 };
    expect(health(kept)).toBe('green');
    expect(health({ ...kept, dueWithin24h: 5 })).toBe('amber');
    expect(health({ ...kept, overdue: 1 })).toBe('red');
    expect(health({ ...kept, broken: 1 })).toBe('red');
  });
});

describe('what a person may do next', () => {
  const asked = { state: 'monitoring' as const, requestedBy: { memberId: 'ann' }, approvedBy: null };
  test('is to wait, for the requester, and to approve, for another approver', () => {
    expect(nextActs(asked, { memberId: 'ann', roles: ['duty-officer', 'approver'] })).toEqual({
      approve: false,
      waitsForAnother: true,
      moveTo: [],
    });
    expect(nextActs(asked, { memberId: 'bob', roles: ['approver'] })).toMatchObject({
      approve: true,
      waitsForAnother: false,
    });
    expect(nextActs(asked, { memberId: 'bob', roles: ['auditor'] })).toMatchObject({ approve: false });
  });
  test('is to move it once two people stand behind it', () => {
    const running = { ...asked, state: 'active' as const, approvedBy: {} };
    expect(nextActs(running, { memberId: 'ann', roles: ['duty-officer'] }).moveTo).toEqual(['surge', 'standing-down']);
    expect(nextActs(running, { memberId: 'ann', roles: ['hub-coordinator'] }).moveTo).toEqual([]);
  });
});
