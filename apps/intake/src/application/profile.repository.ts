import { Injectable } from '@nestjs/common';
import type { AgeBand, Channel, Language, SkillCode, Slot } from '@app/contracts';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

/** What a person said, as it stands in the row: the clear part, and the sealed parts unopened. */
export interface Profile {
  readonly id: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly submittedAt: Date;
  readonly mode: string;
  readonly enteredBy: string | null;
  readonly channel: Channel;
  readonly language: Language;
  readonly ageBand: AgeBand;
  readonly roles: string[];
  readonly skills: SkillCode[];
  readonly vehicle: boolean;
  readonly remoteOnly: boolean;
  readonly outwardCode: string | null;
  readonly slots: Slot[];
  readonly maxDistanceKm: number;
  readonly availableFrom: string;
  readonly profileVersion: number;
  readonly contactSealed: string;
  readonly contactVersion: number;
  readonly personSealed: string;
  readonly personVersion: number;
  readonly supportSealed: string | null;
  readonly likelyDuplicateOf: string | null;
  readonly failedAnswers: number;
}

const COLUMNS = `id, activation_id as "activationId", forum_id as "forumId", submitted_at as "submittedAt", mode,
  entered_by as "enteredBy", channel, language, age_band as "ageBand", roles, skills, vehicle,
  remote_only as "remoteOnly", outward_code as "outwardCode", slots, max_distance_km as "maxDistanceKm",
  available_from::text as "availableFrom", profile_version as "profileVersion", contact_sealed as "contactSealed",
  contact_version as "contactVersion", person_sealed as "personSealed", person_version as "personVersion",
  support_sealed as "supportSealed", likely_duplicate_of as "likelyDuplicateOf", failed_answers as "failedAnswers"`;

@Injectable()
export class ProfileRepository {
  async of(tx: Transaction, applicationId: string): Promise<Profile | null> {
    return (await this.all(tx, [applicationId])).get(applicationId) ?? null;
  }

  /** Whoever is erased or unknown is absent. */
  async all(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, Profile>> {
    if (applicationIds.length === 0) return new Map();
    const rows = await sql(tx).query<Profile>(
      `select ${COLUMNS} from application where id = any($1::uuid[]) and erased_at is null`,
      [applicationIds],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  async setAvailability(
    tx: Transaction,
    profile: Pick<
      Profile,
      | 'id'
      | 'roles'
      | 'skills'
      | 'vehicle'
      | 'remoteOnly'
      | 'slots'
      | 'maxDistanceKm'
      | 'availableFrom'
      | 'profileVersion'
    >,
  ): Promise<void> {
    await sql(tx).run(
      `update application set roles = $2, skills = $3, vehicle = $4, remote_only = $5, slots = $6, max_distance_km = $7,
              available_from = $8, profile_version = $9 where id = $1`,
      [
        profile.id,
        profile.roles,
        profile.skills,
        profile.vehicle,
        profile.remoteOnly,
        profile.slots,
        profile.maxDistanceKm,
        profile.availableFrom,
        profile.profileVersion,
      ],
    );
  }

  async setContact(
    tx: Transaction,
    at: {
      id: string;
      channel: Channel;
      language: Language;
      contactSealed: string;
      contactVersion: number;
      emailIndex: Buffer | null;
      phoneIndex: Buffer | null;
      /** Another address is unconfirmed again. */
      changed: boolean;
    },
  ): Promise<void> {
    await sql(tx).run(
      `update application set channel = $2, language = $3, contact_sealed = $4, contact_version = $5, email_index = $6,
              phone_index = $7, contact_state = case when $8 then 'unconfirmed' else contact_state end,
              failed_answers = case when $8 then 0 else failed_answers end where id = $1`,
      [at.id, at.channel, at.language, at.contactSealed, at.contactVersion, at.emailIndex, at.phoneIndex, at.changed],
    );
  }

  /** The token of the mailed link changes with the contact: whoever has the old mail has no way in. */
  async replaceMailedLink(
    tx: Transaction,
    at: { id: string; forumId: string; tokenHash: Buffer; now: Date },
  ): Promise<void> {
    await sql(tx).run(
      "update person_link set revoked_at = $2 where application_id = $1 and kind = 'mailed' and revoked_at is null",
      [at.id, at.now],
    );
    await sql(tx).run(
      "insert into person_link (token_hash, application_id, forum_id, kind) values ($1, $2, $3, 'mailed')",
      [at.tokenHash, at.id, at.forumId],
    );
  }

  async countWrongAnswer(tx: Transaction, id: string): Promise<void> {
    await sql(tx).run('update application set failed_answers = failed_answers + 1 where id = $1', [id]);
  }

  /** Everything that could tell who it was, where, or what they can do; codes and times stay (H5). */
  async erase(tx: Transaction, id: string, now: Date): Promise<void> {
    const s = sql(tx);
    await s.run(
      `update application set erased_at = $2, contact_sealed = null, person_sealed = null, support_sealed = null,
              email_index = null, phone_index = null, name_index = null, likely_duplicate_of = null, outward_code = null,
              channel = null, language = null, age_band = null,
              roles = '{}', skills = '{}', slots = '{}', vehicle = false, remote_only = false, max_distance_km = 0,
              available_from = submitted_at::date, entered_by = null, tasks = '[]', guardian_due_at = null where id = $1`,
      [id, now],
    );
    await s.run('update application set likely_duplicate_of = null where likely_duplicate_of = $1', [id]);
    for (const table of ['step_up', 'guardian', 'task_answer', 'complaint', 'held_message', 'offer', 'promise_closing'])
      await s.run(`delete from ${table} where application_id = $1`, [id]);
  }
}
