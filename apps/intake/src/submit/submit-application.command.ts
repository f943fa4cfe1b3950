import { createHash } from 'node:crypto';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '@app/access';
import { Clock } from '@app/calendar';
import { BatchFull, canonical, gone, Problem, tooMany } from '@app/http';
import type { Language } from '@app/language';
import { uuidv7 } from '@app/messaging';
import { promise } from '../promise/promise.decider.js';
import { FormReader, refusalOf } from './form-reader.js';
import { modeFor, receiptWords } from './mode.decider.js';
import { SubmitBatch } from './submit-batch.js';
import type { Receipt } from './submission.js';

/** Whom an Idempotency-Key counts for; a public key is long enough to be its own caller. */
const callerOf = (who: Caller): string =>
  who.is === 'partner' ? `partner ${who.keyId}` : who.is === 'staff' ? `staff ${who.memberId}` : 'public';

/** A form from outside, unread; whatever is wrong with it comes back as one 422. */
export class SubmitApplication extends Command<Receipt> {
  constructor(
    readonly key: string,
    readonly who: Caller,
    readonly body: unknown,
    /** Of the page or the client; the person's own language is in the form. */
    readonly language: Language,
  ) {
    super();
  }
}

@CommandHandler(SubmitApplication)
export class SubmitApplicationHandler implements ICommandHandler<SubmitApplication> {
  constructor(
    private readonly reader: FormReader,
    private readonly batch: SubmitBatch,
    private readonly clock: Clock,
  ) {}

  async execute({ key, who, body, language }: SubmitApplication): Promise<Receipt> {
    const read = await this.reader.read(body, who, language);
    if (read.is === 'wrong') throw refusalOf(read.params);
    const { form, activation, owner } = read;
    const now = this.clock.now();
    const chosen = form.roles.map((code) => activation.roles.find((role) => role.code === code)!.setting);
    const mode = modeFor(activation, chosen, now);
    const first = promise('submitted', now, activation.nation);
    const bodyHash = hashOfBody(body);
    const receipt = await this.batch.batch
      .add({
        id: uuidv7(),
        activationId: activation.id,
        forumId: activation.forumId,
        idempotencyHash: createHash('sha256')
          .update(JSON.stringify([callerOf(who), 'POST /v1/applications', key]))
          .digest(),
        bodyHash,
        enteredBy: who.is === 'partner' || who.is === 'staff' ? callerOf(who) : null,
        at: now,
        dueAt: first.dueAt,
        actAt: first.actAt!,
        mode,
        words: receiptWords(mode, activation.state),
        owner,
        outwardCode: form.postcode?.outwardCode ?? null,
        form,
      })
      .catch((error: unknown) => {
        throw error instanceof BatchFull ? tooMany(2) : error;
      });
    if (receipt.token === '') throw gone();
    if (receipt.bodyHash !== bodyHash) throw new Problem({ type: 'idempotency-key-reused', status: 422 });
    return receipt;
  }
}

/** Kept sealed, so a plain hash tells nothing; a proof differs from try to try. */
const hashOfBody = (body: unknown): string => {
  const { proof: _, ...rest } = body as Record<string, unknown>;
  return createHash('sha256').update(canonical(rest)).digest('base64url');
};
