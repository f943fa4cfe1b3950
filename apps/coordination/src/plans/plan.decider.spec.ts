import { describe, expect, test } from '@jest/globals';
import { approve, revise, submit, type PlanFacts } from './plan.decider.js';

const signed = { recruit: {}, vet: {}, train: {}, deploy: {} };
const plan = (over: Partial<PlanFacts> = {}): PlanFacts => ({
  state: 'in-review',
  version: 3,
  approvedVersion: 1,
  content: { functions: signed, roles: [{}] },
  writers: ['ann', 'cyd'],
  ...over,
});

describe('a plan', () => {
  test('is approved by whoever wrote none of what is new in it', () => {
    expect(approve(plan(), 'bob', 3)).toEqual({ is: 'granted', state: 'approved', version: 3 });
    expect(approve(plan(), 'cyd', 3)).toEqual({ is: 'second-person-needed' });
  });
  test('is not approved unread', () => {
    expect(approve(plan(), 'bob', 2)).toEqual({ is: 'stale' });
    expect(approve(plan({ state: 'draft' }), 'bob', 3)).toEqual({ is: 'refused', code: 'plan-not-in-review' });
  });
  test('needs all four signatures and a role, at review and at approval', () => {
    const bare = { content: { functions: { vet: {} }, roles: [] } };
    const faults = {
      is: 'incomplete',
      faults: [
        { path: ['functions', 'recruit'], code: 'signature-needed' },
        { path: ['functions', 'train'], code: 'signature-needed' },
        { path: ['functions', 'deploy'], code: 'signature-needed' },
        { path: ['roles'], code: 'role-needed' },
      ],
    };
    expect(submit(plan({ ...bare, state: 'draft' }))).toEqual(faults);
    expect(approve(plan(bare), 'bob', 3)).toEqual(faults);
  });
  test('goes back to draft with a new version when it is changed, even after approval', () => {
    expect(revise(plan({ state: 'approved' }), 3)).toEqual({ is: 'granted', state: 'draft', version: 4 });
    expect(revise(plan(), 2)).toEqual({ is: 'stale' });
    expect(revise(plan({ state: 'superseded' }), 3)).toEqual({ is: 'refused', code: 'plan-superseded' });
  });
  test('sent for review twice is sent once', () => {
    expect(submit(plan())).toEqual({ is: 'granted', state: 'in-review', version: 3 });
    expect(submit(plan({ state: 'approved' }))).toEqual({ is: 'refused', code: 'plan-not-a-draft' });
  });
});
