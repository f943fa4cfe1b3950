import {
  ApplicationErased,
  ApplicationSubmitted,
  ApplicationWithdrawn,
  AvailabilityGiven,
  GuardianAgreed,
  TaskAnswered,
} from '@app/contracts';
import { Clock } from '@app/calendar';
import { foldByKey, Handles, uuidv7, type Batch, type BatchHandler, type Received, type Tx } from '@app/messaging';
import { answered } from '../checks/check.decider.js';
import { PolicyRepository } from '../policy/policy.repository.js';
import type { RequirementPolicy } from '../policy/requirement.decider.js';
import { CaseKeeper, type Move } from './case-keeper.js';
import { CaseRepository } from './case.repository.js';
import { advanced, ended, stopped, withCheck, type Turn } from './clearance.decider.js';
import { profileOf } from './profile.js';

/** One person's events decide in their order; all people of a batch are written together. */
@Handles(
  [ApplicationSubmitted, AvailabilityGiven, GuardianAgreed, TaskAnswered, ApplicationWithdrawn, ApplicationErased],
  'vetting.follow-intake',
  { from: 'beginning' },
)
export class FollowIntake implements BatchHandler {
  constructor(
    private readonly cases: CaseRepository,
    private readonly policies: PolicyRepository,
    private readonly keeper: CaseKeeper,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const now = this.clock.now();
    const policies = await this.policies.current(
      tx,
      events.map((event) => event.data.activationId as string),
    );
    const known = await this.cases.lock(
      tx,
      events.map((event) => event.key),
    );
    const moves: Move[] = [];
    const erased: string[] = [];
    for (const [applicationId, own] of foldByKey(events)) {
      const before = known.get(applicationId) ?? null;
      let turn = before;
      for (const event of own) {
        const policy = policies.get(event.data.activationId as string)?.policy ?? null;
        turn = step(turn, event, policy, now);
        if (event.is(ApplicationErased)) erased.push(applicationId);
      }
      if (turn) moves.push({ before, turn, causedBy: own.at(-1) });
    }
    await this.keeper.keep(tx, moves, now);
    if (erased.length > 0) await this.cases.forget(tx, erased);
  }
}

function step(turn: Turn | null, event: Received, policy: RequirementPolicy | null, now: Date): Turn | null {
  if (event.is(ApplicationSubmitted)) return turn ?? advanced(begun(event, now), policy, uuidv7, now);
  // Whatever came before its application belongs to a letter that is still parked.
  if (!turn) return null;
  if (event.is(ApplicationWithdrawn) || event.is(ApplicationErased)) return stopped(turn, now);
  if (ended(turn.file)) return turn;
  if (event.is(AvailabilityGiven)) {
    if (event.data.profileVersion <= turn.file.profileVersion) return turn;
    const file = { ...turn.file, profile: profileOf(event.data), profileVersion: event.data.profileVersion };
    return advanced({ ...turn, file }, policy, uuidv7, now);
  }
  if (event.is(GuardianAgreed)) {
    if (turn.file.guardianAgreedAt) return turn;
    const file = { ...turn.file, guardianAgreedAt: new Date(event.data.at), changedAt: now };
    return advanced({ ...turn, file }, policy, uuidv7, now);
  }
  if (event.is(TaskAnswered)) {
    const check = turn.checks.find((one) => one.kind === event.data.task);
    if (!check) return turn;
    const { answers, answersVersion: version, answeredAt } = event.data;
    const decided = answered(check, { answers, version, at: new Date(answeredAt) }, now);
    return advanced(withCheck(turn, decided.check, decided.facts), policy, uuidv7, now);
  }
  return turn;
}

function begun(event: Received<typeof ApplicationSubmitted>, now: Date): Turn {
  const { data } = event;
  return {
    file: {
      applicationId: data.applicationId,
      activationId: data.activationId,
      forumId: data.forumId,
      reference: data.reference,
      ownerId: data.ownerId,
      state: 'awaiting-policy',
      version: 0,
      profile: profileOf(data),
      profileVersion: data.profileVersion,
      policyVersion: null,
      clearance: null,
      submittedAt: new Date(data.submittedAt),
      guardianAgreedAt: null,
      clearedAt: null,
      changedAt: now,
    },
    checks: [],
    facts: [],
  };
}
