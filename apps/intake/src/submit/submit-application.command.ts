import { createHash } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '@app/access';
import { CONFIG } from '@app/boot';
import { Clock } from '@app/calendar';
import { BatchFull, canonical, gone, invalidParamsOf, Problem, unprocessable, type InvalidParam } from '@app/http';
import { Catalogues, type Language } from '@app/language';
import { uuidv7 } from '@app/messaging';
import type { IntakeConfig } from '../intake.config.js';
import type { Activation } from '../landing/activation.js';
import { ActivationQuery } from '../landing/activation.query.js';
import { promise } from '../promise/promise.decider.js';
import { applicationForm, whatIsMissing, type ApplicationForm } from './application-form.js';
import { PostcodeField } from './contact-fields.js';
import { modeFor, receiptWords } from './mode.decider.js';
import { ownerOf, type Owner } from './owner.decider.js';
import { SubmitBatch } from './submit-batch.js';
import type { Receipt } from './submission.js';

/** Whoever may not be told where an activation is may not be told that it is. */
const reaches = (who: Caller, activation: Activation): boolean => {
  if (who.is === 'staff') return who.forumId === activation.forumId;
  if (who.is !== 'partner') return true;
  const bound = who.activationIds.length === 0 || who.activationIds.includes(activation.id);
  return who.forumId === activation.forumId && bound;
};

/** Route and caller that an Idempotency-Key counts in; a public key is long enough to be its own caller. */
const callerOf = (who: Caller): string =>
  who.is === 'partner' ? `partner ${who.keyId}` : who.is === 'staff' ? `staff ${who.memberId}` : 'public';

const POSTCODE_PROBLEMS = ['outside-area', 'unknown-postcode', 'po-box', 'forces-postcode'];

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
  private form: { today: string; schema: ReturnType<typeof applicationForm> } | null = null;

  constructor(
    private readonly activations: ActivationQuery,
    private readonly batch: SubmitBatch,
    private readonly catalogues: Catalogues,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: IntakeConfig,
  ) {}

  async execute({ key, who, body, language }: SubmitApplication): Promise<Receipt> {
    const now = this.clock.now();
    const { form, activation, owner } = await this.read(body, who, now, language);
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
        throw error instanceof BatchFull
          ? new Problem({ type: 'too-many-requests', status: 429, headers: { 'retry-after': '2' } })
          : error;
      });
    if (receipt.token === '') throw gone('erased');
    if (receipt.bodyHash !== bodyHash) throw new Problem({ type: 'idempotency-key-reused', status: 422 });
    return receipt;
  }

  /** Everything that is wrong at once, whatever rule found it. */
  private async read(
    body: unknown,
    who: Caller,
    now: Date,
    language: Language,
  ): Promise<{ form: ApplicationForm; activation: Activation; owner: Owner }> {
    const parsed = this.schema(now).safeParse(body);
    const wrong = new Map<string, InvalidParam>();
    const add = (pointer: string, code: string, message = ''): void => {
      if (!wrong.has(pointer)) wrong.set(pointer, { pointer, code, message });
    };
    if (!parsed.success) for (const one of invalidParamsOf(parsed.error.issues, body)) add(one.pointer, one.code);
    for (const one of whatIsMissing(body)) add(one.pointer, one.code);

    const said = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    const slug = said['activation'];
    const found = typeof slug === 'string' && slug.length <= 60 ? await this.activations.bySlug(slug) : null;
    const activation = found && reaches(who, found) ? found : null;
    if (!activation) add('/activation', 'unknown-activation');
    else if (activation.state === 'closed') add('/activation', 'activation-closed');
    let owner: Owner | null = null;
    if (activation) {
      this.checkRoles(said, activation, add);
      owner = await this.placeOf(said, activation, language, add);
    }
    if (!parsed.success || !activation || !owner || wrong.size > 0) throw this.refusal([...wrong.values()]);
    return { form: parsed.data, activation, owner };
  }

  private schema(now: Date): ReturnType<typeof applicationForm> {
    const today = now.toISOString().slice(0, 10);
    if (this.form?.today !== today) {
      this.form = { today, schema: applicationForm({ today, allowTestNumbers: this.config.MUSTER_ENV === 'local' }) };
    }
    return this.form.schema;
  }

  private checkRoles(
    said: Record<string, unknown>,
    activation: Activation,
    add: (pointer: string, code: string) => void,
  ): void {
    if (!Array.isArray(said['roles'])) return;
    for (const [at, code] of said['roles'].slice(0, 10).entries()) {
      const role = activation.roles.find((one) => one.code === code);
      if (typeof code === 'string' && !role) add(`/roles/${at}`, 'unknown-role');
      if (role && said['ageBand'] === '16-17' && role.minimumAge >= 18) add(`/roles/${at}`, 'role-too-old');
    }
  }

  /** The owner of the place; null after saying what is wrong with it. */
  private async placeOf(
    said: Record<string, unknown>,
    activation: Activation,
    language: Language,
    add: (pointer: string, code: string, message?: string) => void,
  ): Promise<Owner | null> {
    if (said['noPostcode'] === true) return activation.territory.desk;
    const parsed = PostcodeField.safeParse(said['postcode']);
    if (!parsed.success) return null;
    const { outwardCode } = parsed.data;
    const known = activation.territory.codes.has(outwardCode) ? null : await this.activations.place(outwardCode);
    const owned = ownerOf(outwardCode, activation.territory, known);
    if (owned.is === 'owned') return owned.owner;
    add(
      '/postcode',
      owned.is,
      this.catalogues.say(language, `submit.${owned.is}`, {
        place: owned.is === 'outside-area' ? owned.place : outwardCode,
        forum: activation.forumName,
      }),
    );
    return null;
  }

  private refusal(wrong: readonly InvalidParam[]): Problem {
    const [only] = wrong;
    if (wrong.length === 1 && only!.pointer === '/postcode' && POSTCODE_PROBLEMS.includes(only!.code)) {
      return new Problem({
        type: only!.code === 'po-box' ? 'forces-postcode' : only!.code,
        status: 422,
        ...(only!.message !== '' && { detail: only!.message }),
        invalidParams: wrong,
      });
    }
    return unprocessable(wrong);
  }
}

const hashOfBody = (body: unknown): string => {
  const { proof: _, ...rest } = body as Record<string, unknown>;
  return createHash('sha256').update(canonical(rest)).digest('base64url');
};
