import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { OfferState } from './offer.decider.js';

export interface Offer {
  readonly id: string;
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly roleCode: string | null;
  readonly roleTitle: { readonly en: string; readonly cy: string } | null;
  readonly place: string | null;
  readonly startsAt: Date | null;
  readonly endsAt: Date | null;
  readonly respondBy: Date | null;
  readonly reasons: readonly string[] | null;
  readonly state: OfferState;
  readonly answeredAt: Date | null;
}

const COLUMNS = `id, application_id as "applicationId", activation_id as "activationId", forum_id as "forumId",
  role_code as "roleCode", role_title as "roleTitle", place, starts_at as "startsAt", ends_at as "endsAt",
  respond_by as "respondBy", reasons, state, answered_at as "answeredAt"`;

@Injectable()
export class OfferRepository {
  async lock(tx: Transaction, ids: readonly string[]): Promise<Map<string, Offer>> {
    if (ids.length === 0) return new Map();
    const rows = await sql(tx).query<Offer>(
      `select ${COLUMNS} from offer where id = any($1::uuid[]) order by id for update`,
      [ids],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  /** Those that the person has heard of, the nearest shift first. */
  async of(tx: Transaction, applicationId: string): Promise<readonly Offer[]> {
    return (await this.all(tx, [applicationId])).get(applicationId) ?? [];
  }

  /** By application; absent: none. */
  async all(tx: Transaction, applicationIds: readonly string[]): Promise<Map<string, readonly Offer[]>> {
    const rows = await sql(tx).query<Offer>(
      `select heard.* from unnest($1::uuid[]) as wanted (person),
       lateral (select ${COLUMNS} from offer where application_id = wanted.person and role_title is not null
                 order by starts_at, id limit 200) as heard order by heard."startsAt", heard.id`,
      [applicationIds],
    );
    return Map.groupBy(rows, (row) => row.applicationId);
  }

  async save(tx: Transaction, offers: readonly Offer[]): Promise<void> {
    await sql(tx).insert(
      'offer',
      {
        id: 'uuid',
        application_id: 'uuid',
        activation_id: 'uuid',
        forum_id: 'uuid',
        role_code: 'text',
        role_title: 'jsonb',
        place: 'text',
        starts_at: 'timestamptz',
        ends_at: 'timestamptz',
        respond_by: 'timestamptz',
        reasons: 'text[]',
        state: 'text',
        answered_at: 'timestamptz',
      },
      offers.map((offer) => ({
        id: offer.id,
        application_id: offer.applicationId,
        activation_id: offer.activationId,
        forum_id: offer.forumId,
        role_code: offer.roleCode,
        role_title: offer.roleTitle,
        place: offer.place,
        starts_at: offer.startsAt,
        ends_at: offer.endsAt,
        respond_by: offer.respondBy,
        reasons: offer.reasons,
        state: offer.state,
        answered_at: offer.answeredAt,
      })),
      `on conflict (id) do update set role_code = excluded.role_code, role_title = excluded.role_title,
         place = excluded.place, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
         respond_by = excluded.respond_by, reasons = excluded.reasons, state = excluded.state,
         answered_at = excluded.answered_at`,
    );
  }
}
