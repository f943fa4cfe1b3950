import { Injectable } from '@nestjs/common';
import type { Staff, StaffRole } from '@app/access';
import { Clock } from '@app/calendar';
import type { ApplicationState, PoolState } from '@app/contracts';
import { Database, type Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { forbidden, notFound } from '@app/http';
import { Keyring, type Subject } from '@app/privacy';
import type { SealedContact, SealedPerson } from '../submit/submission.js';
import type { ContactState, TimelineEntry } from './application.js';
import { ProfileRepository, type Profile } from './profile.repository.js';
import { TimelineRepository } from './timeline.repository.js';

/** Roles in the order in which they widen what is seen (product.md §3, who sees what). */
const AS: readonly StaffRole[] = ['vetting-officer', 'hub-coordinator', 'operator', 'auditor'];

interface Row {
  owner_id: string;
  owner_name: string;
  reference: string;
  state: ApplicationState;
  pool: PoolState | null;
  promise_due_at: Date | null;
  contact_state: ContactState;
  human_since: Date | null;
  erased_at: Date | null;
}

/** What of the person is shown grows with the role: nothing to the auditor, all to the hub that owns it. */
interface Shown {
  readonly givenName: string | null;
  readonly familyName: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  readonly ageBand: Profile['ageBand'];
  readonly roles: Profile['roles'];
  readonly address: SealedContact['address'];
  readonly postcode: SealedPerson['postcode'];
  readonly alreadyVolunteersWith: SealedPerson['alreadyVolunteersWith'];
  readonly availability: {
    readonly from: Profile['availableFrom'];
    readonly slots: Profile['slots'];
    readonly maxDistanceKm: Profile['maxDistanceKm'];
  };
  readonly skills: Profile['skills'];
  readonly vehicle: Profile['vehicle'];
  readonly remoteOnly: Profile['remoteOnly'];
  readonly support: string | null;
}

export interface StaffApplication extends Partial<Shown> {
  readonly id: string;
  readonly reference: string;
  readonly state: ApplicationState;
  readonly pool: PoolState | null;
  readonly owner: { readonly id: string; readonly name: string };
  readonly promise: { readonly dueAt: Date } | null;
  readonly contact: ContactState;
  /** Since when only a person may answer. */
  readonly humanSince: Date | null;
  readonly likelyDuplicateOf: string | null;
  readonly erased: boolean;
  readonly timeline: readonly TimelineEntry[];
}

/** One application as a member of staff may see it; every look leaves a row that nobody can change. */
@Injectable()
export class StaffApplicationQuery {
  constructor(
    private readonly database: Database,
    private readonly profiles: ProfileRepository,
    private readonly timeline: TimelineRepository,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  async of(id: string, who: Staff): Promise<StaffApplication> {
    const as = AS.find((role) => who.roles.includes(role));
    if (!as) throw forbidden('role-missing');
    return this.database.transaction(async (tx) => {
      await sql(tx).query("select set_config('muster.forum', $1, true)", [who.forumId]);
      const [row] = await sql(tx).query<Row>(
        `select owner_id, owner_name, reference, state, pool, promise_due_at, contact_state, human_since, erased_at
           from application where id = $1 and forum_id = $2`,
        [id, who.forumId],
      );
      if (!row) throw notFound();
      if (as === 'hub-coordinator' && row.owner_id !== who.organisationId) throw notFound();
      const profile = row.erased_at === null ? await this.profiles.of(tx, id) : null;
      const shown = profile === null ? {} : await this.shown(tx, profile, as);
      await this.disclose(tx, id, who, as, Object.keys(shown));
      return {
        id,
        reference: row.reference,
        state: row.state,
        pool: row.pool,
        owner: { id: row.owner_id, name: row.owner_name },
        promise: row.promise_due_at === null ? null : { dueAt: row.promise_due_at },
        contact: row.contact_state,
        humanSince: row.human_since,
        likelyDuplicateOf: profile?.likelyDuplicateOf ?? null,
        erased: row.erased_at !== null,
        ...shown,
        timeline: await this.timeline.of(tx, id),
      };
    });
  }

  private async shown(tx: Transaction, profile: Profile, as: StaffRole): Promise<Partial<Shown>> {
    if (as === 'auditor') return {};
    const subject = (compartment: Subject['compartment']): Subject => ({
      forumId: profile.forumId,
      personId: profile.id,
      compartment,
    });
    const keys = await this.keyring.fetch(tx, [
      subject('contact'),
      ...(profile.supportSealed ? [subject('support')] : []),
    ]);
    const contact = this.keyring.open<SealedContact>(
      keys,
      { subject: subject('contact'), place: 'application.contact', version: profile.contactVersion },
      profile.contactSealed,
    );
    const person = this.keyring.open<SealedPerson>(
      keys,
      { subject: subject('contact'), place: 'application.person', version: profile.personVersion },
      profile.personSealed,
    );
    const named = {
      givenName: contact.givenName,
      familyName: person.familyName,
      email: contact.email,
      phone: contact.phone,
    };
    if (as === 'operator') {
      return Object.fromEntries(Object.entries(named).map(([name, text]) => [name, masked(text)])) as Record<
        keyof typeof named,
        string | null
      >;
    }
    if (as === 'vetting-officer') return { ...named, ageBand: profile.ageBand, roles: profile.roles };
    return {
      ...named,
      ageBand: profile.ageBand,
      roles: profile.roles,
      address: contact.address,
      postcode: person.postcode,
      alreadyVolunteersWith: person.alreadyVolunteersWith,
      availability: { from: profile.availableFrom, slots: profile.slots, maxDistanceKm: profile.maxDistanceKm },
      skills: profile.skills,
      vehicle: profile.vehicle,
      remoteOnly: profile.remoteOnly,
      support:
        profile.supportSealed === null
          ? null
          : this.keyring.open<{ says: string }>(
              keys,
              { subject: subject('support'), place: 'application.support', version: 1 },
              profile.supportSealed,
            ).says,
    };
  }

  private async disclose(tx: Transaction, id: string, who: Staff, as: StaffRole, fields: string[]): Promise<void> {
    await sql(tx).run(
      `insert into disclosure (application_id, forum_id, member_id, organisation_id, as_role, fields, at)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [id, who.forumId, who.memberId, who.organisationId, as, fields, this.clock.now()],
    );
  }
}

/** Enough to tell two apart on the phone, not enough to write down. */
const masked = (text: string | null): string | null => (text === null ? null : `${text.slice(0, 1)}…`);
