import { Injectable } from '@nestjs/common';
import { Clock } from '@app/calendar';
import { Database } from '@app/database';
import { hashOfToken, isToken } from '../links/token.js';
import { openDraft } from './draft-cipher.js';
import { DraftRepository } from './draft.repository.js';

@Injectable()
export class DraftQuery {
  constructor(
    private readonly database: Database,
    private readonly drafts: DraftRepository,
    private readonly clock: Clock,
  ) {}

  /** Null when there is none, or its week is over. */
  async of(token: string): Promise<{ form: Record<string, unknown>; expiresAt: string } | null> {
    if (!isToken(token)) return null;
    const row = await this.database.read((tx) => this.drafts.of(tx, hashOfToken(token), this.clock.now()));
    if (!row) return null;
    const form = openDraft(token, row.sealed, row.version) as Record<string, unknown>;
    return { form, expiresAt: row.expiresAt.toISOString() };
  }
}
