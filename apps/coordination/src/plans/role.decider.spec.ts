import { describe, expect, test } from '@jest/globals';
import { roleFaults, type RoleUnderTest } from './role.decider.js';

const role = (over: RoleUnderTest = {}): RoleUnderTest => ({
  tier: 'low',
  checks: ['declaration'],
  remote: false,
  traits: [],
  substitutesPaidPost: false,
  substitutionReason: null,
  expenses: {},
  riskAssessment: {},
  ...over,
});
const codes = (under: RoleUnderTest): string[] => roleFaults(under).map(({ code }) => code);

describe('a role', () => {
  test('that keeps every rule has no fault', () => {
    expect(codes(role())).toEqual([]);
    expect(
      codes(role({ tier: 'high', checks: ['declaration', 'identity', 'dbs'], traits: ['in-homes', 'keys'] })),
    ).toEqual([]);
    expect(codes(role({ remote: true, riskAssessment: null }))).toEqual([]);
  });
  test.each(['in-homes', 'money', 'keys', 'medicine', 'drives-one-person'])(
    'with %s needs more than declarations (H7)',
    (trait) => {
      expect(codes(role({ traits: [trait] }))).toEqual(['identity-check-needed']);
    },
  );
  test('has the checks of its tier, no fewer and no more', () => {
    expect(codes(role({ tier: 'medium' }))).toEqual(['checks-below-tier']);
    expect(codes(role({ tier: 'high', checks: ['identity'] }))).toEqual(['checks-below-tier']);
    expect(codes(role({ checks: ['identity'] }))).toEqual(['tier-below-checks']);
    expect(codes(role({ tier: 'medium', checks: ['identity', 'dbs'] }))).toEqual(['tier-below-checks']);
  });
  test('that replaces a paid post says why (R8)', () => {
    expect(codes(role({ substitutesPaidPost: true }))).toEqual(['paid-post-needs-reason']);
    expect(codes(role({ substitutesPaidPost: true, substitutionReason: 'Staff are stranded too' }))).toEqual([]);
  });
  test('says what expenses are paid (R55) and, in the field, how it is safe (R78)', () => {
    expect(codes(role({ expenses: null, riskAssessment: null }))).toEqual([
      'expenses-needed',
      'risk-assessment-needed',
    ]);
  });
  test('that is hardly begun has its faults told without a crash', () => {
    expect(codes({})).toEqual(['expenses-needed', 'risk-assessment-needed']);
  });
});
