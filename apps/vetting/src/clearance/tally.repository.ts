import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';

export interface Tally {
  readonly activationId: string;
  readonly forumId: string;
  readonly version: number;
  readonly checking: number;
  readonly awaitingApplicant: number;
  readonly decisionDue: number;
  readonly cleared: number;
  readonly declined: number;
}

const TALLY = `activation_id as "activationId", forum_id as "forumId", version, checking,
  awaiting_applicant as "awaitingApplicant", decision_due as "decisionDue", cleared, declined`;

@Injectable()
export class TallyRepository {
  /** Folds what was appended into the counts and returns those that moved. */
  async fold(tx: Transaction): Promise<Tally[]> {
    return sql(tx).query<Tally>(
      `with taken as (
         delete from tally_delta where ctid in (select ctid from tally_delta limit 20000 for update skip locked) returning *
       ), moved as (
         select activation_id, (array_agg(forum_id))[1] as forum_id, sum(checking)::int as checking,
                sum(awaiting_applicant)::int as awaiting_applicant, sum(decision_due)::int as decision_due,
                sum(cleared)::int as cleared, sum(declined)::int as declined
           from taken group by activation_id order by activation_id
       )
       insert into tally as t (activation_id, forum_id, version, checking, awaiting_applicant, decision_due, cleared, declined)
       select activation_id, forum_id, 1, checking, awaiting_applicant, decision_due, cleared, declined from moved
       on conflict (activation_id) do update set version = t.version + 1, checking = t.checking + excluded.checking,
         awaiting_applicant = t.awaiting_applicant + excluded.awaiting_applicant,
         decision_due = t.decision_due + excluded.decision_due, cleared = t.cleared + excluded.cleared,
         declined = t.declined + excluded.declined
       returning ${TALLY}`,
    );
  }

  async all(tx: Transaction): Promise<Tally[]> {
    return sql(tx).query<Tally>(`select ${TALLY} from tally`);
  }
}
