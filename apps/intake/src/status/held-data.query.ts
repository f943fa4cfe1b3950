import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { gone } from '@app/http';
import { Keyring, type Subject } from '@app/privacy';
import type { Application } from '../application/application.js';
import { ComplaintRepository } from '../application/complaint.repository.js';
import { ProfileRepository } from '../application/profile.repository.js';
import { TimelineRepository } from '../application/timeline.repository.js';
import { OfferRepository } from '../offers/offer.repository.js';
import type { SealedContact, SealedPerson } from '../submit/submission.js';
import { TaskAnswerRepository } from '../tasks/task-answer.repository.js';

/** All of it as the person may download it. */
export type HeldData = Awaited<ReturnType<HeldDataQuery['of']>>;

interface Standing {
  readonly reference: string;
  readonly ownerName: string;
  readonly state: string;
  readonly pool: string | null;
  readonly contactState: string;
  readonly tasks: Application['tasks'];
  readonly promiseDueAt: Date | null;
}

/** Everything that intake holds about a person, opened for that person (H24). */
@Injectable()
export class HeldDataQuery {
  constructor(
    private readonly database: Database,
    private readonly profiles: ProfileRepository,
    private readonly timeline: TimelineRepository,
    private readonly offers: OfferRepository,
    private readonly answers: TaskAnswerRepository,
    private readonly complaints: ComplaintRepository,
    private readonly keyring: Keyring,
  ) {}

  async of(applicationId: string) {
    return this.database.read(async (tx) => {
      const profile = await this.profiles.of(tx, applicationId);
      if (!profile) throw gone();
      const subject = (compartment: Subject['compartment']): Subject => ({
        forumId: profile.forumId,
        personId: applicationId,
        compartment,
      });
      const keys = await this.keyring.fetch(tx, [subject('contact'), subject('support'), subject('checks')]);
      const open = <T>(compartment: Subject['compartment'], place: string, version: number, sealed: string): T =>
        this.keyring.open<T>(keys, { subject: subject(compartment), place, version }, sealed);
      const contact = open<SealedContact>(
        'contact',
        'application.contact',
        profile.contactVersion,
        profile.contactSealed,
      );
      const person = open<SealedPerson>('contact', 'application.person', profile.personVersion, profile.personSealed);
      const answers = await this.answers.of(tx, applicationId);
      const complaints = await this.complaints.of(tx, applicationId);
      const outcomes = await sql(tx).query<{ outcome: string; due_at: Date; judged_at: Date }>(
        'select outcome, due_at, judged_at from promise_outcome where application_id = $1 order by id',
        [applicationId],
      );
      const [standing] = await sql(tx).query<Standing>(
        `select reference, owner_name as "ownerName", state, pool, contact_state as "contactState", tasks,
                promise_due_at as "promiseDueAt" from application where id = $1`,
        [applicationId],
      );
      return {
        application: {
          id: applicationId,
          ...standing!,
          submittedAt: profile.submittedAt,
          givenName: contact.givenName,
          familyName: person.familyName,
          email: contact.email,
          phone: contact.phone,
          address: contact.address,
          postcode: person.postcode,
          noPostcode: person.postcode === null,
          ageBand: profile.ageBand,
          language: profile.language,
          channel: profile.channel,
          availability: {
            from: profile.availableFrom,
            slots: profile.slots,
            maxDistanceKm: profile.maxDistanceKm,
          },
          roles: profile.roles,
          skills: profile.skills,
          vehicle: profile.vehicle,
          remoteOnly: profile.remoteOnly,
          support:
            profile.supportSealed === null
              ? null
              : open<{ says: string }>('support', 'application.support', 1, profile.supportSealed).says,
          alreadyVolunteersWith: person.alreadyVolunteersWith,
          guardian: person.guardian,
          onBehalf: person.onBehalf,
          declarations: { privacy: person.privacy },
        },
        timeline: await this.timeline.of(tx, applicationId),
        promises: outcomes.map(({ outcome, due_at, judged_at }) => ({ outcome, dueAt: due_at, judgedAt: judged_at })),
        offers: (await this.offers.of(tx, applicationId)).map(({ forumId: _, activationId: __, ...offer }) => offer),
        tasks: answers.map((answer) => ({
          task: answer.task,
          answeredAt: answer.answeredAt,
          answers: open<object>('checks', 'task.answers', answer.version, answer.sealed),
        })),
        complaints: complaints.map((one) => ({
          at: one.at,
          says: open<string>('contact', `complaint.says.${one.id}`, 1, one.sealed),
        })),
      };
    });
  }
}
