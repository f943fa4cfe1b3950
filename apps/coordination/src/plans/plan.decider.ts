import type { Fault } from './role.decider.js';

/** The four things that must be agreed before anybody is called out (R14). */
export const PLAN_FUNCTIONS = ['recruit', 'vet', 'train', 'deploy'] as const;
export type PlanFunction = (typeof PLAN_FUNCTIONS)[number];

export type PlanState = 'draft' | 'in-review' | 'approved' | 'exercised' | 'current' | 'superseded';

export interface PlanFacts {
  readonly state: PlanState;
  readonly version: number;
  readonly approvedVersion: number | null;
  readonly content: {
    readonly functions: Partial<Readonly<Record<PlanFunction, unknown>>>;
    readonly roles: readonly unknown[];
  };
  /** Everybody who wrote a version that no approval has covered yet. */
  readonly writers: readonly string[];
}

export type PlanDecision =
  | { readonly is: 'granted'; readonly state: PlanState; readonly version: number }
  | { readonly is: 'stale' }
  | { readonly is: 'second-person-needed' }
  | { readonly is: 'refused'; readonly code: 'plan-superseded' | 'plan-not-in-review' | 'plan-not-a-draft' }
  | { readonly is: 'incomplete'; readonly faults: readonly Fault[] };

/** A change makes a new version, which must be reviewed anew; what was approved before stays in force until then. */
export function revise(plan: PlanFacts, seen: number): PlanDecision {
  if (plan.state === 'superseded') return { is: 'refused', code: 'plan-superseded' };
  if (seen !== plan.version) return { is: 'stale' };
  return { is: 'granted', state: 'draft', version: plan.version + 1 };
}

export function submit(plan: PlanFacts): PlanDecision {
  if (plan.state === 'in-review') return { is: 'granted', state: 'in-review', version: plan.version };
  if (plan.state !== 'draft') return { is: 'refused', code: 'plan-not-a-draft' };
  const faults = missing(plan.content);
  return faults.length > 0
    ? { is: 'incomplete', faults }
    : { is: 'granted', state: 'in-review', version: plan.version };
}

/** An approval names the version it saw, and whoever wrote any of it cannot give it (S20). */
export function approve(plan: PlanFacts, by: string, seen: number): PlanDecision {
  if (seen !== plan.version) return { is: 'stale' };
  if (plan.state !== 'in-review') return { is: 'refused', code: 'plan-not-in-review' };
  if (plan.writers.includes(by)) return { is: 'second-person-needed' };
  const faults = missing(plan.content);
  return faults.length > 0 ? { is: 'incomplete', faults } : { is: 'granted', state: 'approved', version: plan.version };
}

/** A plan is ready when it has a role to offer and four functions with a named organisation and signatory (R14). */
function missing(content: PlanFacts['content']): Fault[] {
  const faults: Fault[] = PLAN_FUNCTIONS.filter((name) => !content.functions[name]).map((name) => ({
    path: ['functions', name],
    code: 'signature-needed',
  }));
  if (content.roles.length === 0) faults.push({ path: ['roles'], code: 'role-needed' });
  return faults;
}
