import type { CheckOutcome, Tier } from '@app/contracts';
import { after, DAY } from '@app/calendar';
import { asked, cancelled, isAdverse, isOpen, isSuitable, type CheckFact } from '../checks/check.decider.js';
import { opened, type Check } from '../checks/check.js';
import {
  checksFor,
  checksOf,
  rolesSought,
  tierOf,
  allowedAt,
  type DeepCheck,
  type RequiredRole,
  type RequirementPolicy,
} from '../policy/requirement.decider.js';
import type { Profile } from './profile.js';

export type CaseState =
  | 'awaiting-policy'
  | 'checking'
  | 'awaiting-applicant'
  | 'decision-due'
  | 'cleared'
  | 'cleared-conditional'
  | 'declined'
  | 'stopped';

export interface Clearance {
  readonly tier: Tier;
  readonly roles: readonly string[];
  readonly conditional: boolean;
}

/** One application as vetting sees it. */
export interface CaseFile {
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly reference: string | null;
  readonly ownerId: string | null;
  readonly state: CaseState;
  readonly version: number;
  readonly profile: Profile | null;
  readonly profileVersion: number;
  readonly policyVersion: number | null;
  readonly clearance: Clearance | null;
  readonly submittedAt: Date;
  /** Only of somebody aged 16 or 17. */
  readonly guardianAgreedAt: Date | null;
  readonly clearedAt: Date | null;
  readonly changedAt: Date;
}

export type CaseFact =
  | { readonly is: 'task-set'; readonly kind: DeepCheck; readonly reason: string }
  | { readonly is: 'sent'; readonly kind: DeepCheck }
  | { readonly is: 'delayed'; readonly kind: DeepCheck; readonly reason: string }
  | { readonly is: 'determined'; readonly kind: DeepCheck; readonly outcome: CheckOutcome }
  | { readonly is: 'referred'; readonly kind: DeepCheck }
  | { readonly is: 'conditionally-cleared'; readonly clearance: Clearance }
  | { readonly is: 'cleared'; readonly clearance: Clearance }
  | { readonly is: 'declined'; readonly reason: string; readonly appealUntil: Date };

/** A case with its checks, and what has been said about it so far in this turn. */
export interface Turn {
  readonly file: CaseFile;
  readonly checks: readonly Check[];
  readonly facts: readonly CaseFact[];
}

const APPEAL_DAYS = 28;

export const ended = (file: CaseFile): boolean => file.state === 'declined' || file.state === 'stopped';

/** Puts a changed check in its place, with what it says. */
export function withCheck(turn: Turn, check: Check, facts: readonly CheckFact[]): Turn {
  return {
    ...turn,
    checks: turn.checks.map((old) => (old.checkId === check.checkId ? check : old)),
    facts: [...turn.facts, ...facts.map((fact) => ({ ...fact, kind: check.kind }))],
  };
}

/**
 * Brings a case as far as the facts allow: opens what the sought roles ask for, one question at a time, then says
 * whether the person is cleared, cleared for a supervised start, or declined. Calling it again says nothing new.
 */
export function advanced(turn: Turn, policy: RequirementPolicy | null, mint: () => string, now: Date): Turn {
  const { file } = turn;
  if (ended(file)) return turn;
  if (!policy || !file.profile) return { ...turn, file: { ...file, state: 'awaiting-policy' } };
  // H13: before the guardian has said yes, nothing is asked of a minor and no role is theirs.
  if (file.profile.ageBand === '16-17' && file.guardianAgreedAt === null)
    return withState(turn, 'awaiting-applicant', now);
  const sought = rolesSought(policy, file.profile);
  const needed = checksFor(sought);
  const next = settled(askNext(turn, needed, mint, now), policy, sought, needed, now);
  return next.file.policyVersion === policy.version
    ? next
    : { ...next, file: { ...next.file, policyVersion: policy.version } };
}

/** The person has gone: nothing goes on, whatever a provider still says. */
export function stopped(turn: Turn, now: Date): Turn {
  if (turn.file.state === 'stopped') return turn;
  return { ...turn, file: { ...turn.file, state: 'stopped', changedAt: now }, checks: turn.checks.map(cancelled) };
}

function askNext(turn: Turn, needed: readonly DeepCheck[], mint: () => string, now: Date): Turn {
  let next = turn;
  for (const kind of needed) {
    let check = next.checks.find((one) => one.kind === kind);
    if (!check) {
      check = opened(mint(), next.file, kind, now);
      next = { ...next, checks: [...next.checks, check] };
    }
    // One question at a time: a certificate can only be compared with an identity that is proven.
    const before = needed.slice(0, needed.indexOf(kind));
    const ready = before.every((earlier) => isSuitable(next.checks.find((one) => one.kind === earlier)));
    if (check.state === 'required' && ready) {
      const decided = asked(check, now);
      next = withCheck(next, decided.check, decided.facts);
    }
  }
  return next;
}

function settled(
  turn: Turn,
  policy: RequirementPolicy,
  sought: readonly RequiredRole[],
  needed: readonly DeepCheck[],
  now: Date,
): Turn {
  const refused = turn.checks.find((check) => check.outcome === 'not-suitable');
  if (refused) {
    const appealUntil = after(now, APPEAL_DAYS * DAY);
    return {
      file: { ...turn.file, state: 'declined', clearance: null, changedAt: now },
      checks: turn.checks.map(cancelled),
      facts: [...turn.facts, { is: 'declined', reason: refused.reasonCode ?? 'not-suitable', appealUntil }],
    };
  }
  const passed = (role: RequiredRole, without?: DeepCheck): boolean =>
    checksOf(role).every((kind) => kind === without || isSuitable(turn.checks.find((one) => one.kind === kind)));
  const complete = needed.every((kind) => isSuitable(turn.checks.find((one) => one.kind === kind)));
  const roles = complete ? sought : sought.filter((role) => passed(role));
  if (complete) return cleared(turn, { tier: tierOf(roles), roles: codes(roles), conditional: false }, now);

  const dbs = turn.checks.find((check) => check.kind === 'dbs');
  const supervised =
    dbs && isOpen(dbs) && !isAdverse(dbs)
      ? policy.roles.filter(
          (role) =>
            role.supervisedOk &&
            allowedAt(turn.file.profile!.ageBand, role) &&
            passed(role, 'dbs') &&
            hasIdentity(turn),
        )
      : [];
  const meanwhile = [...new Set([...roles, ...supervised])];
  if (meanwhile.length > 0 || turn.file.clearance)
    return cleared(turn, { tier: tierOf(meanwhile), roles: codes(meanwhile), conditional: true }, now);
  return withState(turn, openState(turn.checks, needed), now);
}

function cleared(turn: Turn, clearance: Clearance, now: Date): Turn {
  const same =
    turn.file.clearance !== null &&
    turn.file.clearance.conditional === clearance.conditional &&
    turn.file.clearance.tier === clearance.tier &&
    turn.file.clearance.roles.join() === clearance.roles.join();
  if (same) return turn;
  const file: CaseFile = {
    ...turn.file,
    state: clearance.conditional ? 'cleared-conditional' : 'cleared',
    clearance,
    // The place in line is kept: who was cleared once has waited since then.
    clearedAt: turn.file.clearedAt ?? now,
    changedAt: now,
  };
  const is = clearance.conditional ? 'conditionally-cleared' : 'cleared';
  return { ...turn, file, facts: [...turn.facts, { is, clearance }] };
}

const hasIdentity = (turn: Turn): boolean => isSuitable(turn.checks.find((check) => check.kind === 'identity'));
const codes = (roles: readonly RequiredRole[]): string[] => roles.map((role) => role.code).sort();

const withState = (turn: Turn, state: CaseState, now: Date): Turn =>
  turn.file.state === state ? turn : { ...turn, file: { ...turn.file, state, changedAt: now } };

function openState(checks: readonly Check[], needed: readonly DeepCheck[]): CaseState {
  const open = checks.filter((check) => needed.includes(check.kind));
  if (open.some((check) => check.state === 'result-in')) return 'decision-due';
  if (open.some((check) => check.state === 'with-applicant')) return 'awaiting-applicant';
  return 'checking';
}
