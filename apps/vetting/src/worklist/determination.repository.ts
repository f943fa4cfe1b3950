import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import { uuidv7 } from '@app/messaging';
import type { Check } from '../checks/check.js';
import { CHECK } from '../clearance/case.repository.js';

export interface Act {
  readonly check: Check;
  readonly act: 'proposed' | 'determined' | 'confirmed';
  readonly outcome: string;
  readonly reasonCode: string;
  readonly note: { readonly sealed: string; readonly version: number } | null;
  readonly by: string;
  readonly at: Date;
}

export interface PastAct {
  readonly act: string;
  readonly outcome: string;
  readonly reasonCode: string;
  readonly at: Date;
  readonly note: string | null;
  readonly noteVersion: number | null;
}

@Injectable()
export class DeterminationRepository {
  /** From here to its end the transaction sees and writes cases of this forum only (S8). */
  async check(tx: Transaction, forumId: string, checkId: string): Promise<Check | null> {
    await sql(tx).query("select set_config('muster.forum', $1, true)", [forumId]);
    const [row] = await sql(tx).query<Check>(`select ${CHECK} from checks where check_id = $1 and forum_id = $2`, [
      checkId,
      forumId,
    ]);
    return row ?? null;
  }

  /** The proven identity of the same application, still sealed. */
  async identityOf(tx: Transaction, applicationId: string): Promise<Check | null> {
    const [row] = await sql(tx).query<Check>(
      `select ${CHECK} from checks where application_id = $1 and kind = 'identity'`,
      [applicationId],
    );
    return row ?? null;
  }

  async acts(tx: Transaction, checkId: string): Promise<PastAct[]> {
    return sql(tx).query<PastAct>(
      `select act, outcome, reason_code as "reasonCode", at, note, note_version as "noteVersion"
         from determination where check_id = $1 order by at, determination_id`,
      [checkId],
    );
  }

  async record(tx: Transaction, act: Act): Promise<void> {
    await sql(tx).run(
      `insert into determination (determination_id, check_id, application_id, forum_id, act, outcome, reason_code, note, note_version, by_member, at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
      [
        uuidv7(),
        act.check.checkId,
        act.check.applicationId,
        act.check.forumId,
        act.act,
        act.outcome,
        act.reasonCode,
        act.note?.sealed ?? null,
        act.note?.version ?? null,
        act.by,
        act.at,
      ],
    );
  }

  async disclosed(tx: Transaction, check: Check, what: string, by: string, at: Date): Promise<void> {
    await sql(tx).run(
      'insert into disclosure (disclosure_id, check_id, application_id, forum_id, what, by_member, at) values ($1, $2, $3, $4, $5, $6, $7)',
      [uuidv7(), check.checkId, check.applicationId, check.forumId, what, by, at],
    );
  }
}
