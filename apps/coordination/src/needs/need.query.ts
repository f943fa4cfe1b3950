import { Injectable } from '@nestjs/common';
import type { Staff } from '@app/access';
import { Clock } from '@app/calendar';
import type { PublicNames } from '@app/contracts';
import type { Transaction } from '@app/database';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { Keyring } from '@app/privacy';
import type { z } from 'zod';
import { AuditRepository } from '../members/audit.repository.js';
import { inForum } from '../forum-scope.repository.js';
import type { NeedState } from './need.decider.js';
import { detailsOf, type NeedDetails } from './need-details.js';
import { mayHandle } from './verify-need.command.js';

export interface NeedLine {
  readonly id: string;
  readonly activation: { readonly id: string; readonly slug: string; readonly title: string };
  readonly organisation: { readonly id: string; readonly name: string };
  readonly role: string;
  readonly roleTitle: z.infer<typeof PublicNames> | null;
  /** Null for whoever may know the need but not its words. */
  readonly title: string | null;
  readonly places: number;
  readonly filled: number;
  readonly outwardCode: string | null;
  readonly district: string | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly skills: readonly string[];
  readonly remote: boolean;
  readonly state: NeedState;
  readonly version: number;
  readonly promise: { readonly dueAt: Date } | null;
}

export interface NeedPage extends NeedLine {
  readonly postcode: string | null;
  readonly notes: string | null;
  readonly safeguarding: string | null;
  readonly regulatedActivity: boolean | null;
}

export interface OpenActivationLine {
  readonly id: string;
  readonly slug: string;
  readonly title: string;
  readonly kind: string;
  readonly roles: readonly {
    readonly code: string;
    readonly title: z.infer<typeof PublicNames>;
    readonly remote: boolean;
  }[];
}

type Row = NeedLine & {
  readonly raisedBy: string;
  readonly forumId: string;
  readonly sealed: string;
  readonly promiseDueAt: Date | null;
  readonly safeguarding: string | null;
  readonly regulatedActivity: boolean | null;
};

const SELECT = `select n.id, n.forum_id as "forumId", n.raised_by as "raisedBy", n.sealed, n.role_code as role,
    jsonb_build_object('id', a.id, 'slug', a.slug, 'title', a.title) as activation,
    jsonb_build_object('id', o.id, 'name', o.name) as organisation,
    (select r -> 'title' from jsonb_array_elements(v.content -> 'roles') r where r ->> 'code' = n.role_code limit 1) as "roleTitle",
    n.places, n.filled, n.outward_code as "outwardCode", n.district, n.starts_at as "startsAt", n.ends_at as "endsAt",
    n.skills, n.remote, n.state, n.version, n.promise_due_at as "promiseDueAt", n.safeguarding,
    n.regulated_activity as "regulatedActivity"
  from need n
  join activation a on a.id = n.activation_id
  join plan_version v on v.plan_id = a.plan_id and v.version = a.plan_version
  join organisation o on o.id = n.organisation_id`;

export interface NeedFilter {
  readonly activation?: string | undefined;
  readonly state?: string | undefined;
}

@Injectable()
export class NeedQuery {
  constructor(
    private readonly database: Database,
    private readonly keyring: Keyring,
    private readonly audit: AuditRepository,
    private readonly clock: Clock,
  ) {}

  /** The shared register: everybody sees what is asked for and where; its words only who handles it. Newest first. */
  list(by: Staff, filter: NeedFilter, limit: number, before: string | null): Promise<NeedLine[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      const rows = await sql(tx).query<Row>(
        `${SELECT} where n.forum_id = $1 and ($2::uuid is null or n.id < $2)
            and ($3::text is null or a.slug = $3 or a.id::text = $3)
            and ($4::text is null or n.state = $4)
            and ($5 or n.raised_by = $6)
          order by n.id desc limit $7`,
        [by.forumId, before, filter.activation ?? null, filter.state ?? null, seesAll(by), by.memberId, limit + 1],
      );
      const details = await this.opened(
        tx,
        rows.filter((row) => mayRead(by, row)),
      );
      return rows.map((row) => line(row, details.get(row.id) ?? null));
    });
  }

  /** Null when there is none for this caller. Whoever reads place and notes is written down. */
  one(by: Staff, id: string): Promise<NeedPage | null> {
    return this.database.transaction(async (tx) => {
      await inForum(tx, by.forumId);
      const [row] = await sql(tx).query<Row>(`${SELECT} where n.forum_id = $1 and n.id = $2`, [by.forumId, id]);
      if (!row || !(seesAll(by) || row.raisedBy === by.memberId)) return null;
      const details = mayRead(by, row) ? ((await this.opened(tx, [row])).get(id) ?? null) : null;
      const whole = mayReadPlace(by, row);
      if (details && whole) {
        const { forumId, memberId } = by;
        const fields = ['postcode', 'notes'];
        await this.audit.saw(tx, {
          forumId,
          memberId,
          at: this.clock.now(),
          subject: 'need',
          subjectIds: [id],
          fields,
          purpose: 'need-handling',
        });
      }
      return {
        ...line(row, details),
        postcode: whole ? (details?.postcode ?? null) : null,
        notes: whole ? (details?.notes ?? null) : null,
        safeguarding: row.safeguarding,
        regulatedActivity: row.regulatedActivity,
      };
    });
  }

  /** Where a need can be raised now. */
  activations(by: Staff): Promise<OpenActivationLine[]> {
    return this.database.read(async (tx) => {
      await inForum(tx, by.forumId);
      return sql(tx).query<OpenActivationLine>(
        `select a.id, a.slug, a.title, a.kind,
                (select coalesce(jsonb_agg(jsonb_build_object('code', r ->> 'code', 'title', r -> 'title', 'remote', r -> 'remote')), '[]')
                   from jsonb_array_elements(v.content -> 'roles') r) as roles
           from activation a join plan_version v on v.plan_id = a.plan_id and v.version = a.plan_version
          where a.forum_id = $1 and a.state in ('standby', 'active', 'surge') order by a.id desc limit 50`,
        [by.forumId],
      );
    });
  }

  private async opened(tx: Transaction, rows: readonly Row[]): Promise<Map<string, NeedDetails>> {
    const keys = await this.keyring.fetch(
      tx,
      rows.map((row) => detailsOf(row.forumId, row.id).subject),
    );
    const found = new Map<string, NeedDetails>();
    for (const row of rows) {
      const slot = detailsOf(row.forumId, row.id);
      if (this.keyring.has(keys, slot.subject))
        found.set(row.id, this.keyring.open<NeedDetails>(keys, slot, row.sealed));
    }
    return found;
  }
}

const seesAll = (by: Staff): boolean =>
  by.roles.some((role) => ['duty-officer', 'approver', 'hub-coordinator', 'auditor'].includes(role));
const mayRead = (by: Staff, row: Row): boolean =>
  mayHandle(by, { organisationId: row.organisation.id, raisedBy: row.raisedBy });
/** Where exactly, and what health detail: the hub that handles it and whoever asked; the forum's desk sees neither. */
const mayReadPlace = (by: Staff, row: Row): boolean =>
  row.raisedBy === by.memberId || (by.roles.includes('hub-coordinator') && by.organisationId === row.organisation.id);

const line = (row: Row, details: NeedDetails | null): NeedLine => ({
  id: row.id,
  activation: row.activation,
  organisation: row.organisation,
  role: row.role,
  roleTitle: row.roleTitle,
  title: details?.title ?? null,
  places: row.places,
  filled: row.filled,
  outwardCode: row.outwardCode,
  district: row.district,
  startsAt: row.startsAt,
  endsAt: row.endsAt,
  skills: row.skills,
  remote: row.remote,
  state: row.state,
  version: row.version,
  promise: row.promiseDueAt ? { dueAt: row.promiseDueAt } : null,
});
