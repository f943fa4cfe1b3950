import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { after, Clock, DAY } from '@app/calendar';
import { notFound, Problem } from '@app/http';
import { Transactions } from '@app/messaging';
import { hashOfToken, isToken } from '../links/token.js';
import { hashOfForm, openDraft, sealDraft } from './draft-cipher.js';
import { DraftRepository } from './draft.repository.js';

export const DRAFT_KEPT_FOR = 7 * DAY;

export interface SavedDraft {
  readonly token: string;
  readonly form: object;
  readonly expiresAt: string;
}

/** A new draft under a token that was made for it; the same token and form again find the draft that is there. */
export class MintDraft extends Command<SavedDraft & { readonly replayed: boolean }> {
  constructor(
    readonly token: string,
    readonly form: object,
  ) {
    super();
  }
}

@CommandHandler(MintDraft)
export class MintDraftHandler implements ICommandHandler<MintDraft> {
  constructor(
    private readonly transactions: Transactions,
    private readonly drafts: DraftRepository,
    private readonly clock: Clock,
  ) {}

  execute({ token, form }: MintDraft): Promise<SavedDraft & { readonly replayed: boolean }> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const expiresAt = after(now, DRAFT_KEPT_FOR);
      const row = { sealed: sealDraft(token, form, 1), version: 1, expiresAt };
      const first = hashOfForm(token, form);
      if (await this.drafts.add(tx, hashOfToken(token), first, row)) {
        return { token, form, expiresAt: expiresAt.toISOString(), replayed: false };
      }
      const before = await this.drafts.lock(tx, hashOfToken(token), now);
      if (!before) throw notFound();
      if (!(await this.drafts.firstHash(tx, hashOfToken(token)))?.equals(first)) {
        throw new Problem({ type: 'idempotency-key-reused', status: 422 });
      }
      const kept = openDraft(token, before.sealed, before.version) as object;
      return { token, form: kept, expiresAt: before.expiresAt.toISOString(), replayed: true };
    });
  }
}

/** Keeps what somebody has typed so far. `merge`: what is not named stays, what is undefined goes. */
export class SaveDraft extends Command<SavedDraft> {
  constructor(
    readonly token: string,
    readonly form: object,
    readonly merge = false,
  ) {
    super();
  }
}

@CommandHandler(SaveDraft)
export class SaveDraftHandler implements ICommandHandler<SaveDraft> {
  constructor(
    private readonly transactions: Transactions,
    private readonly drafts: DraftRepository,
    private readonly clock: Clock,
  ) {}

  execute({ token, form, merge }: SaveDraft): Promise<SavedDraft> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const expiresAt = after(now, DRAFT_KEPT_FOR);
      const before = isToken(token) ? await this.drafts.lock(tx, hashOfToken(token), now) : null;
      if (!before) throw notFound();
      const kept = merge ? { ...(openDraft(token, before.sealed, before.version) as object), ...form } : form;
      const version = before.version + 1;
      await this.drafts.replace(tx, hashOfToken(token), {
        sealed: sealDraft(token, kept, version),
        version,
        expiresAt,
      });
      return { token, form: kept, expiresAt: expiresAt.toISOString() };
    });
  }
}
