import { Injectable } from '@nestjs/common';
import type { Transaction } from '@app/database';
import { sql } from '@app/database/sql';
import type { PlannedRole } from './planned-role.js';

export interface NewTemplate {
  readonly id: string;
  readonly forumId: string;
  readonly memberId: string;
  readonly at: Date;
  readonly role: PlannedRole;
}

@Injectable()
export class RoleTemplateRepository {
  /** False when the forum has a template with this code. */
  async insert(tx: Transaction, template: NewTemplate): Promise<boolean> {
    const rows = await sql(tx).query(
      `insert into role_template (id, forum_id, code, content, written_by, written_at)
       values ($1, $2, $3, $4::jsonb, $5, $6) on conflict (forum_id, code) do nothing returning id`,
      [
        template.id,
        template.forumId,
        template.role.code,
        JSON.stringify(template.role),
        template.memberId,
        template.at,
      ],
    );
    return rows.length > 0;
  }
}
