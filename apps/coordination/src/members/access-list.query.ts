import { Injectable } from '@nestjs/common';
import { AccessListSource, type AccessListData } from '@app/access';
import { SystemClock } from '@app/calendar';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { inAllForums } from '../forum-scope.repository.js';

/** Who may act anywhere in Muster, now; the other apps poll it, so whoever is ended here is refused there within a minute. */
@Injectable()
export class AccessListQuery extends AccessListSource {
  /** Sessions keep real time, whatever clock the rest of the app is shown. */
  private readonly clock = new SystemClock();

  constructor(private readonly database: Database) {
    super();
  }

  override current(): Promise<AccessListData> {
    return this.database.read(async (tx) => {
      await inAllForums(tx);
      const members = await sql(tx).query(
        `select issuer, subject, id as "memberId", forum_id as "forumId", organisation_id as "organisationId", roles
           from member where ended_at is null order by id`,
      );
      const ended = await sql(tx).query<{ id: string; ends_at: Date }>(
        `select id, ends_at from staff_session where ended_at is not null and ends_at > $1 order by id`,
        [this.clock.now()],
      );
      const partnerKeys = await sql(tx).query(
        `select encode(k.key_hash, 'hex') as "keyHash", k.id as "keyId", k.forum_id as "forumId",
                k.organisation_id as "organisationId", k.scopes, k.per_minute as "perMinute",
                coalesce(k.activation_ids, array(select a.id from activation a where a.forum_id = k.forum_id)) as "activationIds"
           from partner_key k where k.revoked_at is null order by k.id`,
      );
      return {
        members,
        endedSessions: ended.map((session) => ({ sessionId: session.id, until: session.ends_at.toISOString() })),
        partnerKeys,
      } as AccessListData;
    });
  }
}
