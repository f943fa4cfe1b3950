import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { CONFIG } from '@app/boot';
import { Clock } from '@app/calendar';
import { AvailabilityGiven, Channel, ContactGiven, Language, RoleCode, SkillCode } from '@app/contracts';
import { gone, invalidParamsOf, mustMatch, unprocessable, type InvalidParam } from '@app/http';
import { messageIdOf, Transactions, uuidv7, type Tx } from '@app/messaging';
import { BlindIndex, Keyring } from '@app/privacy';
import { z } from 'zod';
import type { IntakeConfig } from '../intake.settings.js';
import { StepUpRepository } from '../links/step-up.repository.js';
import { hashOfToken, mintToken } from '../links/token.js';
import { Address, availability } from '../submit/application-form.js';
import { Email, phone } from '../submit/contact-fields.js';
import type { SealedContact } from '../submit/submission.js';
import { Acting } from './act.js';
import type { Application, MessageDraft } from './application.js';
import { ApplicationRepository } from './application.repository.js';
import { ProfileRepository, type Profile } from './profile.repository.js';

const changes = (o: { today: string; allowTestNumbers: boolean }) =>
  z.object({
    availability: availability(o.today).optional(),
    roles: z.array(RoleCode).max(10, 'too-long').optional(),
    skills: z.array(SkillCode).max(14, 'too-long').optional(),
    vehicle: z.boolean().optional(),
    remoteOnly: z.boolean().optional(),
    email: Email.nullish(),
    phone: phone(o.allowTestNumbers).nullish(),
    address: Address.nullish(),
    channel: Channel.optional(),
    language: Language.optional(),
  });
type Changes = z.output<ReturnType<typeof changes>>;

const PROFILE = ['availability', 'roles', 'skills', 'vehicle', 'remoteOnly'] as const;
const CONTACT = ['email', 'phone', 'address', 'channel', 'language'] as const;

/** Does it touch how the person is reached? That needs the full right of a link (S7). */
export const touchesContact = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && ['email', 'phone', 'address'].some((name) => name in body);

/** Another time, place, skill, contact, channel or language. */
export class ChangeProfile extends Command<{ version: number }> {
  constructor(
    readonly applicationId: string,
    /** The version that the person saw. */
    readonly seen: number,
    readonly body: unknown,
  ) {
    super();
  }
}

@CommandHandler(ChangeProfile)
export class ChangeProfileHandler implements ICommandHandler<ChangeProfile> {
  constructor(
    private readonly transactions: Transactions,
    private readonly acting: Acting,
    private readonly applications: ApplicationRepository,
    private readonly profiles: ProfileRepository,
    private readonly stepUps: StepUpRepository,
    private readonly keyring: Keyring,
    private readonly blindIndex: BlindIndex,
    private readonly clock: Clock,
    @Inject(CONFIG) private readonly config: IntakeConfig,
  ) {}

  async execute({ applicationId, seen, body }: ChangeProfile): Promise<{ version: number }> {
    const schema = changes({
      today: this.clock.now().toISOString().slice(0, 10),
      allowTestNumbers: this.config.MUSTER_ENV === 'local',
    });
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw unprocessable(invalidParamsOf(parsed.error.issues, body));
    const given = parsed.data;
    const profiled = PROFILE.some((name) => given[name] !== undefined);
    const contacted = CONTACT.some((name) => given[name] !== undefined);
    return this.transactions.run(async (tx) => {
      const before = (await this.applications.lock(tx, [applicationId])).get(applicationId);
      if (!before) throw gone();
      mustMatch(seen, before.version);
      const profile = (await this.profiles.of(tx, applicationId))!;
      const move = contacted ? await this.moved(tx, before, profile, given) : null;
      const after = await this.acting.within(tx, applicationId, {
        decide: (application, now) => {
          if (application.promise === null) return { is: 'refused', code: 'already-ended' };
          const messages = move?.farewell ? [move.farewell] : [];
          return { is: 'done', step: { application, timeline: [{ at: now, code: 'changed' }], messages } };
        },
        facts: Number(profiled) + Number(contacted),
        also: async (_, application, now) => {
          if (profiled) await this.giveAvailability(tx, application, profile, given, now);
          if (move) await this.giveContact(tx, application, move, now, application.version + 1 + Number(profiled));
        },
      });
      return { version: after.version };
    });
  }

  private async giveAvailability(tx: Tx, of: Application, profile: Profile, given: Changes, now: Date): Promise<void> {
    const changed: Profile = {
      ...profile,
      roles: given.roles ?? profile.roles,
      skills: given.skills ?? profile.skills,
      vehicle: given.vehicle ?? profile.vehicle,
      remoteOnly: given.remoteOnly ?? profile.remoteOnly,
      slots: given.availability?.slots ?? profile.slots,
      maxDistanceKm: given.availability?.maxDistanceKm ?? profile.maxDistanceKm,
      availableFrom: given.availability?.from ?? profile.availableFrom,
      profileVersion: profile.profileVersion + 1,
    };
    await this.profiles.setAvailability(tx, changed);
    tx.publish(AvailabilityGiven, [
      {
        sequence: of.version + 1,
        at: now,
        data: {
          applicationId: of.id,
          activationId: of.activationId,
          forumId: of.forumId,
          language: given.language ?? changed.language,
          ageBand: changed.ageBand,
          roles: changed.roles,
          skills: changed.skills,
          vehicle: changed.vehicle,
          remoteOnly: changed.remoteOnly,
          outwardCode: changed.outwardCode,
          slots: changed.slots,
          maxDistanceKm: changed.maxDistanceKm,
          availableFrom: changed.availableFrom,
          profileVersion: changed.profileVersion,
        },
      },
    ]);
  }

  /** How the person is reached from now on, sealed; and what the contact that is left hears of it (H8). */
  private async moved(tx: Tx, of: Application, profile: Profile, given: Changes): Promise<Moved> {
    const subject = { forumId: of.forumId, personId: of.id, compartment: 'contact' as const };
    const keys = await this.keyring.fetch(tx, [subject]);
    if (!this.keyring.has(keys, subject)) throw gone();
    const place = 'application.contact';
    const before = this.keyring.open<SealedContact>(
      keys,
      { subject, place, version: profile.contactVersion },
      profile.contactSealed,
    );
    const { email, phone: mobile, address } = reached(before, given);
    const channel = given.channel ?? profile.channel;
    const missing = missingFor(channel, { email, phone: mobile, address });
    if (missing.length > 0) throw unprocessable(missing);
    const changed = email !== before.email || mobile !== before.phone;
    const token = changed ? mintToken() : before.token;
    const version = profile.contactVersion + 1;
    const contact: SealedContact = { givenName: before.givenName, email, phone: mobile, address, token };
    const left = leftBehind(profile.channel, before, contact);
    const cause = uuidv7();
    const messageId = messageIdOf(cause, 'contact-changed');
    return {
      channel,
      language: given.language ?? profile.language,
      email,
      phone: mobile,
      token,
      changed,
      version,
      sealed: this.keyring.seal(keys, { subject, place, version }, contact),
      farewell: left && {
        kind: 'contact-changed',
        urgency: 'P2',
        facts: {},
        to: {
          channel: left.channel,
          contact: this.keyring.seal(
            keys,
            { subject, place: `message.contact.${messageId}`, version: 1 },
            left.contact,
          ),
        },
        cause,
        purpose: 'contact-changed',
        news: false,
      },
    };
  }

  /** A new address is unconfirmed, and gets a link of its own; the old mail's link ends. */
  private async giveContact(tx: Tx, of: Application, move: Moved, now: Date, sequence: number): Promise<void> {
    const { channel, language, email, phone: mobile, changed, sealed, version } = move;
    await this.blindIndex.ensure(tx, of.activationId);
    await this.profiles.setContact(tx, {
      id: of.id,
      channel,
      language,
      contactSealed: sealed,
      contactVersion: version,
      emailIndex: email === null ? null : this.blindIndex.of(of.activationId, 'email', email),
      phoneIndex: mobile === null ? null : this.blindIndex.of(of.activationId, 'phone', mobile),
      changed,
    });
    if (changed) {
      const tokenHash = hashOfToken(move.token);
      await this.profiles.replaceMailedLink(tx, { id: of.id, forumId: of.forumId, tokenHash, now });
      await this.stepUps.end(tx, of.id);
    }
    tx.publish(ContactGiven, [
      {
        sequence,
        at: now,
        data: {
          applicationId: of.id,
          activationId: of.activationId,
          forumId: of.forumId,
          language,
          channel,
          contact: sealed,
          contactVersion: version,
        },
      },
    ]);
  }
}

interface Moved {
  readonly channel: Channel;
  readonly language: Language;
  readonly email: string | null;
  readonly phone: string | null;
  /** Of the mailed link. */
  readonly token: string;
  /** To another e-mail address or phone. */
  readonly changed: boolean;
  readonly version: number;
  readonly sealed: string;
  readonly farewell: MessageDraft | null;
}

type Reached = Pick<SealedContact, 'email' | 'phone' | 'address'>;

const reached = (before: Reached, given: Changes): Reached => ({
  email: given.email === undefined ? before.email : given.email,
  phone: given.phone === undefined ? before.phone : given.phone,
  address: given.address === undefined ? before.address : given.address,
});

/** Where we wrote until now and write no more; without a link, and without a name: a stranger may read it. */
const leftBehind = (used: Channel, before: Reached, now: Reached): { channel: Channel; contact: Reached } | null => {
  const byMail = used.includes('email') && before.email !== null && before.email !== now.email;
  const byText = used.includes('sms') && before.phone !== null && before.phone !== now.phone;
  const contact: Reached = { email: byMail ? before.email : null, phone: byText ? before.phone : null, address: null };
  if (byMail || byText) return { channel: byMail && byText ? 'email-and-sms' : byMail ? 'email' : 'sms', contact };
  const moved = used === 'post' && JSON.stringify(before.address) !== JSON.stringify(now.address);
  return moved ? { channel: 'post', contact: { ...contact, address: before.address } } : null;
};

const missingFor = (
  channel: Channel,
  has: { email: string | null; phone: string | null; address: object | null },
): InvalidParam[] => {
  const missing: string[] = [];
  if ((channel === 'email' || channel === 'email-and-sms') && has.email === null) missing.push('email');
  if ((channel === 'sms' || channel === 'email-and-sms') && has.phone === null) missing.push('phone');
  if (channel === 'post' && has.address === null) missing.push('address');
  return missing.map((name) => ({ pointer: `/${name}`, code: 'required', message: '' }));
};
