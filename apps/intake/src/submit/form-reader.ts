import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@app/access';
import { CONFIG } from '@app/boot';
import { Clock } from '@app/calendar';
import { invalidParamsOf, Problem, unprocessable, type InvalidParam } from '@app/http';
import { Catalogues, type Language } from '@app/language';
import type { IntakeConfig } from '../intake.settings.js';
import type { Activation } from '../landing/activation.js';
import { ActivationQuery } from '../landing/activation.query.js';
import { applicationForm, whatIsMissing, type ApplicationForm } from './application-form.js';
import { PostcodeField } from './contact-fields.js';
import { ownerOf, type Owner } from './owner.decider.js';

export type Read =
  | { readonly is: 'right'; readonly form: ApplicationForm; readonly activation: Activation; readonly owner: Owner }
  | { readonly is: 'wrong'; readonly params: readonly InvalidParam[] };

type Add = (pointer: string, code: string, message?: string) => void;

/** Whoever may not be told where an activation is may not be told that it is. */
const reaches = (who: Caller, activation: Activation): boolean => {
  if (who.is === 'staff') return who.forumId === activation.forumId;
  if (who.is !== 'partner') return true;
  const bound = who.activationIds.length === 0 || who.activationIds.includes(activation.id);
  return who.forumId === activation.forumId && bound;
};

const ADULT = 18;

/** Reads a form from outside; says everything that is wrong with it at once, whichever rule found it. */
@Injectable()
export class FormReader {
  private form: { today: string; schema: ReturnType<typeof applicationForm> } | null = null;

  constructor(
    private readonly activations: ActivationQuery,
    private readonly catalogues: Catalogues,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: IntakeConfig,
  ) {}

  async read(body: unknown, who: Caller, language: Language): Promise<Read> {
    const wrong = new Map<string, InvalidParam>();
    const add: Add = (pointer, code, message = '') => {
      if (!wrong.has(pointer)) wrong.set(pointer, { pointer, code, message });
    };
    const parsed = this.schema().safeParse(body);
    if (!parsed.success) for (const one of invalidParamsOf(parsed.error.issues, body)) add(one.pointer, one.code);
    for (const one of whatIsMissing(body)) add(one.pointer, one.code);

    const said = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
    const activation = await this.activationOf(said, who, add);
    let owner: Owner | null = null;
    if (activation) {
      checkRoles(said, activation, add);
      owner = await this.placeOf(said, activation, language, add);
    }
    return parsed.success && activation && owner && wrong.size === 0
      ? { is: 'right', form: parsed.data, activation, owner }
      : { is: 'wrong', params: [...wrong.values()] };
  }

  /** Building a schema costs more than using it; it changes with the day. */
  private schema(): ReturnType<typeof applicationForm> {
    const today = this.clock.now().toISOString().slice(0, 10);
    if (this.form?.today !== today) {
      this.form = { today, schema: applicationForm({ today, allowTestNumbers: this.config.MUSTER_ENV === 'local' }) };
    }
    return this.form.schema;
  }

  private async activationOf(said: Record<string, unknown>, who: Caller, add: Add): Promise<Activation | null> {
    const slug = said['activation'];
    const found = typeof slug === 'string' && slug.length <= 60 ? await this.activations.bySlug(slug) : null;
    const activation = found && reaches(who, found) ? found : null;
    if (!activation) add('/activation', 'unknown-activation');
    else if (activation.state === 'closed') add('/activation', 'activation-closed');
    return activation;
  }

  /** The owner of the place; null after saying what is wrong with it. */
  private async placeOf(
    said: Record<string, unknown>,
    activation: Activation,
    language: Language,
    add: Add,
  ): Promise<Owner | null> {
    if (said['noPostcode'] === true) return activation.territory.desk;
    const parsed = PostcodeField.safeParse(said['postcode']);
    if (!parsed.success) return null;
    const { outwardCode } = parsed.data;
    const known = activation.territory.codes.has(outwardCode) ? null : await this.activations.place(outwardCode);
    const owned = ownerOf(outwardCode, activation.territory, known);
    if (owned.is === 'owned') return owned.owner;
    const place = owned.is === 'outside-area' ? owned.place : outwardCode;
    add(
      '/postcode',
      owned.is,
      this.catalogues.say(language, `submit.${owned.is}`, { place, forum: activation.forumName }),
    );
    return null;
  }
}

const checkRoles = (said: Record<string, unknown>, activation: Activation, add: Add): void => {
  if (!Array.isArray(said['roles'])) return;
  for (const [at, code] of said['roles'].slice(0, 10).entries()) {
    const role = activation.roles.find((one) => one.code === code);
    if (typeof code === 'string' && !role) add(`/roles/${at}`, 'unknown-role');
    if (role && said['ageBand'] === '16-17' && role.minimumAge >= ADULT) add(`/roles/${at}`, 'role-too-old');
  }
};

/** Where only the place is at fault, the problem itself names it, so that a client can ask the one question again (H27). */
const PLACE_PROBLEMS: Readonly<Record<string, string>> = {
  'outside-area': 'outside-area',
  'unknown-postcode': 'unknown-postcode',
  'po-box': 'forces-postcode',
  'forces-postcode': 'forces-postcode',
};

export const refusalOf = (params: readonly InvalidParam[]): Problem => {
  const [only] = params;
  const type = params.length === 1 && only!.pointer === '/postcode' ? PLACE_PROBLEMS[only!.code] : undefined;
  if (type === undefined) return unprocessable(params);
  return new Problem({
    type,
    status: 422,
    ...(only!.message !== '' && { detail: only!.message }),
    invalidParams: params,
  });
};
