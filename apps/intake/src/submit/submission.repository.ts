import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { ReceiptWords } from './mode.decider.js';
import type { Submission } from './submission.js';

export interface Kept {
  readonly id: string;
  readonly idempotencyHash: Buffer;
  readonly forumId: string;
  readonly reference: string;
  readonly ownerId: string;
  readonly ownerName: string;
  readonly language: 'en' | 'cy';
  readonly dueAt: Date;
  readonly words: ReceiptWords;
  readonly personSealed: string | null;
  readonly personVersion: number;
}

export interface Indexed {
  readonly email: Buffer | null;
  readonly phone: Buffer | null;
  readonly name: Buffer | null;
}

export interface Kin {
  /** Applications with the same contact, counted to 50. */
  readonly count: number;
  readonly messagesToday: number;
  readonly disowned: boolean;
  readonly alike: string | null;
}

export interface NewApplication extends Submission {
  readonly reference: string;
  readonly index: Indexed;
  readonly likelyDuplicateOf: string | null;
  readonly contactSealed: string;
  readonly personSealed: string;
  readonly supportSealed: string | null;
  readonly messages: number;
  readonly version: number;
}

export interface NewLink {
  readonly tokenHash: Buffer;
  readonly applicationId: string;
  readonly forumId: string;
  readonly kind: 'receipt' | 'mailed';
  readonly fullUntil: Date | null;
}

const COLUMNS = {
  id: 'uuid',
  activation_id: 'uuid',
  forum_id: 'uuid',
  reference: 'text',
  idempotency_hash: 'bytea',
  owner_id: 'uuid',
  owner_name: 'text',
  submitted_at: 'timestamptz',
  entered_by: 'text',
  mode: 'text',
  receipt_due_at: 'timestamptz',
  receipt_says: 'text',
  channel: 'text',
  language: 'text',
  age_band: 'text',
  roles: 'text[]',
  skills: 'text[]',
  vehicle: 'boolean',
  remote_only: 'boolean',
  outward_code: 'text',
  slots: 'text[]',
  max_distance_km: 'double precision',
  available_from: 'date',
  contact_sealed: 'text',
  person_sealed: 'text',
  support_sealed: 'text',
  email_index: 'bytea',
  phone_index: 'bytea',
  name_index: 'bytea',
  likely_duplicate_of: 'uuid',
  message_count: 'integer',
  promise_due_at: 'timestamptz',
  promise_act_at: 'timestamptz',
};
const NAMES = Object.keys(COLUMNS);
const GIVEN = Object.entries(COLUMNS)
  .map(([, type], at) => `$${at + 1}::${type.endsWith('[]') ? 'text' : type}[]`)
  .join(', ');
const SELECTED = Object.entries(COLUMNS)
  .map(([name, type]) => (type.endsWith('[]') ? `g.${name}::${type}` : `g.${name}`))
  .join(', ');
/** Arrays travel as literals of coded words, which need no quoting: unpacking JSON would cost half the insert. */
const INSERT = `insert into application (${NAMES.join(', ')}, state, version, contact_version, profile_version, person_version,
    message_day, promises, promise_rule, promise_kind, promise_made_at, promise_no_news, guardian_due_at)
  select ${SELECTED}, 'submitted', 2, 1, 1, 1, (g.submitted_at at time zone 'UTC')::date, 1, 'submitted', 'M2', g.submitted_at, 0,
         case when g.age_band = '16-17' then g.submitted_at end
    from unnest(${GIVEN}) as g(${NAMES.join(', ')})`;

const CODED = /^[a-z0-9-]+$/;
const literal = (values: readonly string[]): string => {
  for (const value of values) if (!CODED.test(value)) throw new Error('only coded words travel in a literal');
  return `{${values.join(',')}}`;
};

/** How many applications of one contact are looked at: enough to judge, and no attack makes it dear. */
export const KIN_SEEN = 50;

/** The hot path's statements, each for a whole batch. */
@Injectable()
export class SubmissionRepository {
  async kept(tx: Transaction, hashes: readonly Buffer[]): Promise<Kept[]> {
    return sql(tx).query<Kept>(
      `select id, idempotency_hash as "idempotencyHash", forum_id as "forumId", reference, owner_id as "ownerId",
              owner_name as "ownerName", language, receipt_due_at as "dueAt", receipt_says as words,
              person_sealed as "personSealed", person_version as "personVersion"
         from application where idempotency_hash = any($1::bytea[])`,
      [hashes],
    );
  }

  /** Whoever enters the same contact at the same time waits here, so that the day's messages are counted right (S13). */
  async lockContacts(tx: Transaction, indexes: readonly Buffer[]): Promise<void> {
    const keys = [...new Set(indexes.map((index) => index.readBigInt64BE(0)))].sort((a, b) => (a < b ? -1 : 1));
    if (keys.length === 0) return;
    await sql(tx).query('select count(pg_advisory_xact_lock(key)) from unnest($1::bigint[]) as key', [
      keys.map(String),
    ]);
  }

  /** In the order of what was given. */
  async kin(tx: Transaction, given: readonly Indexed[], today: string): Promise<Kin[]> {
    const rows = await sql(tx).query<{
      count: string;
      used: string | null;
      disowned: boolean | null;
      alike: string | null;
    }>(
      `select count(k.id) as count, sum(k.used) as used, bool_or(k.disowned) as disowned,
              (array_agg(k.id order by k.submitted_at, k.id) filter (where k.name_index = g.name))[1] as alike
         from unnest($1::bytea[], $2::bytea[], $3::bytea[]) with ordinality as g(email, phone, name, at)
         left join lateral (
           (select id, submitted_at, name_index, contact_state = 'disowned' as disowned,
                   case when message_day = $4::date then message_count else 0 end as used
              from application where email_index = g.email limit ${KIN_SEEN})
           union
           (select id, submitted_at, name_index, contact_state = 'disowned',
                   case when message_day = $4::date then message_count else 0 end
              from application where phone_index = g.phone limit ${KIN_SEEN})) as k on true
        group by g.at order by g.at`,
      [given.map(({ email }) => email), given.map(({ phone }) => phone), given.map(({ name }) => name), today],
    );
    return rows.map((row) => ({
      count: Number(row.count),
      messagesToday: Number(row.used ?? 0),
      disowned: row.disowned ?? false,
      alike: row.alike,
    }));
  }

  async insert(tx: Transaction, rows: readonly NewApplication[]): Promise<void> {
    const of = (value: (row: NewApplication) => unknown): unknown[] => rows.map(value);
    await sql(tx).run(INSERT, [
      of((row) => row.id),
      of((row) => row.activationId),
      of((row) => row.forumId),
      of((row) => row.reference),
      of((row) => row.idempotencyHash),
      of((row) => row.owner.id),
      of((row) => row.owner.name),
      of((row) => row.at),
      of((row) => row.enteredBy),
      of((row) => row.mode),
      of((row) => row.dueAt),
      of((row) => row.words),
      of((row) => row.form.channel),
      of((row) => row.form.language),
      of((row) => row.form.ageBand),
      of((row) => literal(row.form.roles)),
      of((row) => literal(row.form.skills)),
      of((row) => row.form.vehicle),
      of((row) => row.form.remoteOnly),
      of((row) => row.outwardCode),
      of((row) => literal(row.form.availability.slots)),
      of((row) => row.form.availability.maxDistanceKm),
      of((row) => row.form.availability.from),
      of((row) => row.contactSealed),
      of((row) => row.personSealed),
      of((row) => row.supportSealed),
      of((row) => row.index.email),
      of((row) => row.index.phone),
      of((row) => row.index.name),
      of((row) => row.likelyDuplicateOf),
      of((row) => row.messages),
      of((row) => row.dueAt),
      of((row) => row.actAt),
    ]);
  }

  async insertLinks(tx: Transaction, links: readonly NewLink[]): Promise<void> {
    await sql(tx).insert(
      'person_link',
      { token_hash: 'bytea', application_id: 'uuid', forum_id: 'uuid', kind: 'text', full_until: 'timestamptz' },
      links.map((link) => ({
        token_hash: link.tokenHash,
        application_id: link.applicationId,
        forum_id: link.forumId,
        kind: link.kind,
        full_until: link.fullUntil,
      })),
    );
  }
}
