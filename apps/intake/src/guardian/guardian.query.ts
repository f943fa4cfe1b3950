import { Injectable } from '@nestjs/common';
import { Database } from '@app/database';
import { sql } from '@app/database/sql';
import { Problem } from '@app/http';
import type { GuardianAnswer } from './guardian.repository.js';

export interface GuardianPage {
  readonly title: Readonly<Record<'en' | 'cy', string>>;
  readonly owner: string;
  readonly answer: GuardianAnswer | null;
}

/** What a guardian's link shows: what is asked for and by whom, and nobody's name: a stranger may have it. */
@Injectable()
export class GuardianQuery {
  constructor(private readonly database: Database) {}

  async of(link: Buffer): Promise<GuardianPage> {
    const [row] = await this.database.read((tx) =>
      sql(tx).query<GuardianPage>(
        `select c.title, a.owner_name as owner, g.answer
           from guardian g join application a on a.id = g.application_id join activation c on c.id = a.activation_id
          where g.token_hash = $1`,
        [link],
      ),
    );
    if (!row || row.answer === 'not-me') throw new Problem({ type: 'link-unknown', status: 404 });
    return row;
  }
}
