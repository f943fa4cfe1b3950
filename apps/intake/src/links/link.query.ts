import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { forbidden, gone, Looks, Problem } from '@app/http';
import type { Application } from '../application/application.js';
import { canHaveCode } from './step-up.decider.js';
import { hashOfToken } from './token.js';

/** What the one holding a link may do. `unconfirmed`: first say something that only the applicant knows. */
export type Rights = 'full' | 'mailed' | 'unconfirmed';

export interface Entry {
  readonly applicationId: string;
  readonly forumId: string;
  readonly rights: Rights;
  readonly version: number;
  readonly failedAnswers: number;
  /** The one question that a mailed link asks; the server chooses it (S14). */
  readonly question: 'postcode' | 'family-name';
  /** A code by message can give it more rights. */
  readonly canHaveCode: boolean;
}

interface Row {
  token_hash: Buffer;
  application_id: string;
  forum_id: string;
  kind: 'receipt' | 'mailed';
  full_until: Date | null;
  revoked_at: Date | null;
  erased_at: Date | null;
  contact_state: Application['contact'];
  channel: Application['channel'];
  version: number;
  failed_answers: number;
  outward_code: string | null;
  stepped_up_until: Date | null;
}

/** Wrong answers to the question of a mailed link, after which only staff can help (S14). */
export const ANSWERS_ALLOWED = 5;

/** Finds a link by the hash of its token; what is not there and what was revoked look the same. */
@Injectable()
export class LinkQuery {
  private readonly looks = new Looks<Buffer, Row | null>((hashes) => this.read(hashes));

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  async find(token: string): Promise<Entry> {
    const row = await this.looks.look(hashOfToken(token));
    if (!row || row.revoked_at !== null) throw new Problem({ type: 'link-unknown', status: 404 });
    if (row.erased_at !== null) throw gone();
    const mailed = row.kind === 'mailed';
    if (mailed && row.contact_state === 'disowned') throw new Problem({ type: 'link-unknown', status: 404 });
    const now = this.clock.now();
    const full = [mailed ? null : row.full_until, row.stepped_up_until].some((until) => until !== null && now < until);
    return {
      applicationId: row.application_id,
      forumId: row.forum_id,
      rights: full ? 'full' : mailed && row.contact_state !== 'confirmed' ? 'unconfirmed' : 'mailed',
      version: row.version,
      failedAnswers: row.failed_answers,
      question: row.outward_code === null ? 'family-name' : 'postcode',
      canHaveCode: canHaveCode({ contact: row.contact_state, channel: row.channel }),
    };
  }

  private async read(hashes: readonly Buffer[]): Promise<(Row | null)[]> {
    const rows = await this.database.read((tx) =>
      sql(tx).query<Row>(
        `select l.token_hash, l.application_id, l.forum_id, l.kind, l.full_until, l.revoked_at, a.erased_at,
                a.contact_state, a.version, a.channel, a.failed_answers, a.outward_code, s.full_until as stepped_up_until
           from person_link l join application a on a.id = l.application_id
           left join step_up s on s.application_id = a.id and s.token_hash = l.token_hash
          where l.token_hash = any($1::bytea[])`,
        [hashes],
      ),
    );
    const found = new Map(rows.map((row) => [row.token_hash.toString('hex'), row]));
    return hashes.map((hash) => found.get(hash.toString('hex')) ?? null);
  }

  /** View, answer offers and tasks, pause, withdraw. */
  async enter(token: string): Promise<Entry> {
    const entry = await this.find(token);
    if (entry.rights === 'unconfirmed') throw unconfirmed(entry);
    return entry;
  }

  /** Download, change of contact, erasure: a mailed link needs a fresh code first (S7). */
  async enterFully(token: string): Promise<Entry> {
    const entry = await this.enter(token);
    if (entry.rights !== 'full') throw forbidden('step-up-needed');
    return entry;
  }
}

/** Says nothing about the application but which question it asks. */
export const unconfirmed = (entry: Entry): Problem =>
  entry.failedAnswers >= ANSWERS_ALLOWED
    ? new Problem({ type: 'answers-used-up', status: 403 })
    : new Problem({ type: 'contact-unconfirmed', status: 403, extra: { question: entry.question } });
