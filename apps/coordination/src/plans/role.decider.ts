import type { CheckKind, Tier } from '@app/contracts';

/** What the rules look at; any of it may still be missing or wrong, because faults of shape are told together with these. */
export interface RoleUnderTest {
  readonly tier?: Tier | undefined;
  readonly checks?: readonly CheckKind[] | undefined;
  readonly remote?: boolean | undefined;
  readonly traits?: readonly string[] | undefined;
  readonly substitutesPaidPost?: boolean | undefined;
  readonly substitutionReason?: string | null | undefined;
  readonly expenses?: unknown;
  readonly riskAssessment?: unknown;
}

export interface Fault {
  readonly path: (string | number)[];
  readonly code: string;
}

const NEEDED: Record<Tier, readonly CheckKind[]> = {
  low: [],
  medium: ['identity'],
  high: ['identity', 'dbs'],
};

/** Why a role may not be published; empty when it may. */
export function roleFaults(role: RoleUnderTest): Fault[] {
  const faults: Fault[] = [];
  const checks = Array.isArray(role.checks) ? role.checks : [];
  const risky = Array.isArray(role.traits) && role.traits.length > 0;

  if (risky && role.tier === 'low') faults.push({ path: ['tier'], code: 'identity-check-needed' });
  const needed = role.tier ? (NEEDED[role.tier] ?? []) : [];
  if (needed.some((check) => !checks.includes(check))) faults.push({ path: ['checks'], code: 'checks-below-tier' });
  if (role.tier === 'low' && checks.some((check) => check !== 'declaration')) {
    faults.push({ path: ['tier'], code: 'tier-below-checks' });
  }
  if (role.tier === 'medium' && checks.includes('dbs')) faults.push({ path: ['tier'], code: 'tier-below-checks' });

  if (role.substitutesPaidPost === true && !role.substitutionReason) {
    faults.push({ path: ['substitutionReason'], code: 'paid-post-needs-reason' });
  }
  if (!role.expenses) faults.push({ path: ['expenses'], code: 'expenses-needed' });
  if (role.remote !== true && !role.riskAssessment) {
    faults.push({ path: ['riskAssessment'], code: 'risk-assessment-needed' });
  }
  return faults;
}
