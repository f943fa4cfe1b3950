import type { AgeBand, CheckKind, Tier } from '@app/contracts';

/** What the plan asks of one role. */
export interface RequiredRole {
  readonly code: string;
  readonly tier: Tier;
  readonly checks: readonly CheckKind[];
  readonly minimumAge: number;
  readonly supervisedOk: boolean;
  readonly margin: number;
}

export interface RequirementPolicy {
  readonly version: number;
  readonly roles: readonly RequiredRole[];
}

/** A check that is more than a declaration, in the order in which people are asked. */
export type DeepCheck = Exclude<CheckKind, 'declaration'>;
const ORDER: readonly DeepCheck[] = ['identity', 'dbs'];

/** The forum sets the floor by tier; a plan's own list may ask for more, never for less. */
const FLOOR: Record<Tier, readonly DeepCheck[]> = { low: [], medium: ['identity'], high: ['identity', 'dbs'] };

export function checksOf(role: RequiredRole): readonly DeepCheck[] {
  const dbs = role.checks.includes('dbs') || FLOOR[role.tier].includes('dbs');
  // A certificate is compared with a proven identity, so DBS never comes without it (S2).
  const identity = dbs || role.checks.includes('identity') || FLOOR[role.tier].includes('identity');
  return ORDER.filter((kind) => (kind === 'dbs' ? dbs : identity));
}

/** At 16 or 17 (which of the two is not known): no role for older people, none of high risk (H13). */
export const allowedAt = (ageBand: AgeBand, role: RequiredRole): boolean =>
  ageBand === '18-plus' || (role.minimumAge <= 16 && role.tier !== 'high');

export interface Aspirant {
  readonly ageBand: AgeBand;
  readonly roles: readonly string[];
}

/** The roles a person is vetted for: the chosen ones of the plan; with none left, those of a general helper. */
export function rolesSought(policy: RequirementPolicy, person: Aspirant): readonly RequiredRole[] {
  const allowed = policy.roles.filter((role) => allowedAt(person.ageBand, role));
  const chosen = allowed.filter((role) => person.roles.includes(role.code));
  return chosen.length > 0 ? chosen : allowed.filter((role) => checksOf(role).length === 0);
}

export const checksFor = (roles: readonly RequiredRole[]): readonly DeepCheck[] =>
  ORDER.filter((kind) => roles.some((role) => checksOf(role).includes(kind)));

const TIERS: readonly Tier[] = ['low', 'medium', 'high'];
export const tierOf = (roles: readonly RequiredRole[]): Tier =>
  TIERS[Math.max(0, ...roles.map((role) => TIERS.indexOf(role.tier)))]!;
