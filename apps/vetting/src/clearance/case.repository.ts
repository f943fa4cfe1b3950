import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { Check } from '../checks/check.js';
import type { CaseFile, Turn } from './clearance.decider.js';
import type { TallyDelta } from './tally.js';

const FILE = `application_id as "applicationId", activation_id as "activationId", forum_id as "forumId", reference,
  owner_id as "ownerId", state, version, profile, profile_version as "profileVersion", policy_version as "policyVersion",
  clearance, submitted_at as "submittedAt", cleared_at as "clearedAt", guardian_agreed_at as "guardianAgreedAt",
  changed_at as "changedAt"`;

export const CHECK = `check_id as "checkId", application_id as "applicationId", activation_id as "activationId",
  forum_id as "forumId", kind, state, attempt, answers, answers_version as "answersVersion", answered_at as "answeredAt",
  session, sent_at as "sentAt", silent_at as "silentAt", next_try_at as "nextTryAt", waits_since as "waitsSince",
  queued_at as "queuedAt", round, tries, delayed_at as "delayedAt", result_code as "resultCode", result, result_version as "resultVersion",
  reason_code as "reasonCode", outcome, proposed_outcome as "proposedOutcome", proposed_reason as "proposedReason",
  proposed_by as "proposedBy", referred_at as "referredAt", determined_at as "determinedAt",
  determined_by as "determinedBy", purge_at as "purgeAt", opened_at as "openedAt"`;

const CHECK_COLUMNS = {
  state: 'text',
  attempt: 'int',
  answers: 'text',
  answers_version: 'int',
  answered_at: 'timestamptz',
  session: 'text',
  sent_at: 'timestamptz',
  silent_at: 'timestamptz',
  next_try_at: 'timestamptz',
  waits_since: 'timestamptz',
  queued_at: 'timestamptz',
  round: 'int',
  tries: 'int',
  delayed_at: 'timestamptz',
  result_code: 'text',
  result: 'text',
  result_version: 'int',
  reason_code: 'text',
  outcome: 'text',
  proposed_outcome: 'text',
  proposed_reason: 'text',
  proposed_by: 'uuid',
  referred_at: 'timestamptz',
  determined_at: 'timestamptz',
  determined_by: 'uuid',
  purge_at: 'timestamptz',
} as const;

const FILE_COLUMNS = {
  reference: 'text',
  owner_id: 'uuid',
  state: 'text',
  version: 'int',
  profile: 'jsonb',
  profile_version: 'int',
  policy_version: 'int',
  clearance: 'jsonb',
  guardian_agreed_at: 'timestamptz',
  cleared_at: 'timestamptz',
  changed_at: 'timestamptz',
} as const;

@Injectable()
export class CaseRepository {
  /** Locks cases in the order of their ids, with their checks; who holds a case holds its checks. */
  async lock(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, Turn>> {
    const ids = [...new Set(applicationIds)];
    if (ids.length === 0) return new Map();
    const db = sql(tx);
    const files = await db.query<CaseFile>(
      `select ${FILE} from case_file where application_id = any($1::uuid[]) order by application_id for update`,
      [ids],
    );
    const checks = await db.query<Check>(
      `select ${CHECK} from checks where application_id = any($1::uuid[]) order by check_id`,
      [ids],
    );
    const byApplication = Map.groupBy(checks, (check) => check.applicationId);
    return new Map(
      files.map((file) => [
        file.applicationId,
        { file, checks: byApplication.get(file.applicationId) ?? [], facts: [] },
      ]),
    );
  }

  /** Locks the cases of these checks. */
  async lockOf(tx: Transaction, checkIds: readonly string[]): Promise<Map<string, Turn>> {
    const rows = await sql(tx).query<{ id: string }>(
      'select application_id as id from checks where check_id = any($1::uuid[])',
      [[...new Set(checkIds)]],
    );
    return this.lock(
      tx,
      rows.map(({ id }) => id),
    );
  }

  /** Cases that came before their activation's rules did. */
  async awaitingPolicy(tx: Transaction, limit: number): Promise<string[]> {
    const rows = await sql(tx).query<{ id: string }>(
      `select f.application_id as id from case_file f join activation a using (activation_id)
        where f.state = 'awaiting-policy' order by f.application_id limit $1 for update of f skip locked`,
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  async insert(tx: Transaction, files: readonly CaseFile[]): Promise<void> {
    await sql(tx).insert(
      'case_file',
      {
        application_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        ...FILE_COLUMNS,
        submitted_at: 'timestamptz',
      },
      files.map(rowOfFile),
    );
  }

  async update(tx: Transaction, files: readonly CaseFile[]): Promise<void> {
    await sql(tx).update('case_file', { application_id: 'uuid' }, FILE_COLUMNS, files.map(rowOfFile));
  }

  async insertChecks(tx: Transaction, checks: readonly Check[]): Promise<void> {
    await sql(tx).insert(
      'checks',
      {
        check_id: 'uuid',
        application_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        kind: 'text',
        ...CHECK_COLUMNS,
        opened_at: 'timestamptz',
      },
      checks.map(rowOfCheck),
    );
  }

  async updateChecks(tx: Transaction, checks: readonly Check[]): Promise<void> {
    await sql(tx).update('checks', { check_id: 'uuid' }, CHECK_COLUMNS, checks.map(rowOfCheck));
  }

  async count(tx: Transaction, deltas: readonly TallyDelta[]): Promise<void> {
    await sql(tx).insert(
      'tally_delta',
      {
        activation_id: 'uuid',
        forum_id: 'uuid',
        checking: 'int',
        awaiting_applicant: 'int',
        decision_due: 'int',
        cleared: 'int',
        declined: 'int',
      },
      deltas.map((delta) => ({
        activation_id: delta.activationId,
        forum_id: delta.forumId,
        checking: delta.checking,
        awaiting_applicant: delta.awaitingApplicant,
        decision_due: delta.decisionDue,
        cleared: delta.cleared,
        declined: delta.declined,
      })),
    );
  }

  /** Forgets what was in the clear and what was sealed; the bare case stays, so that its course can be told. */
  async forget(tx: Transaction, applicationIds: readonly string[]): Promise<void> {
    const db = sql(tx);
    await db.run('update case_file set profile = null, clearance = null where application_id = any($1::uuid[])', [
      applicationIds,
    ]);
    await db.run(
      'update checks set answers = null, result = null, session = null where application_id = any($1::uuid[])',
      [applicationIds],
    );
    await db.run('delete from certificate_claim where application_id = any($1::uuid[])', [applicationIds]);
  }
}

const rowOfFile = (file: CaseFile) => ({
  application_id: file.applicationId,
  activation_id: file.activationId,
  forum_id: file.forumId,
  reference: file.reference,
  owner_id: file.ownerId,
  state: file.state,
  version: file.version,
  profile: file.profile,
  profile_version: file.profileVersion,
  policy_version: file.policyVersion,
  clearance: file.clearance,
  guardian_agreed_at: file.guardianAgreedAt,
  submitted_at: file.submittedAt,
  cleared_at: file.clearedAt,
  changed_at: file.changedAt,
});

const rowOfCheck = (check: Check) => ({
  check_id: check.checkId,
  application_id: check.applicationId,
  activation_id: check.activationId,
  forum_id: check.forumId,
  kind: check.kind,
  state: check.state,
  attempt: check.attempt,
  answers: check.answers,
  answers_version: check.answersVersion,
  answered_at: check.answeredAt,
  session: check.session,
  sent_at: check.sentAt,
  silent_at: check.silentAt,
  next_try_at: check.nextTryAt,
  waits_since: check.waitsSince,
  queued_at: check.queuedAt,
  round: check.round,
  tries: check.tries,
  delayed_at: check.delayedAt,
  result_code: check.resultCode,
  result: check.result,
  result_version: check.resultVersion,
  reason_code: check.reasonCode,
  outcome: check.outcome,
  proposed_outcome: check.proposedOutcome,
  proposed_reason: check.proposedReason,
  proposed_by: check.proposedBy,
  referred_at: check.referredAt,
  determined_at: check.determinedAt,
  determined_by: check.determinedBy,
  purge_at: check.purgeAt,
  opened_at: check.openedAt,
});
