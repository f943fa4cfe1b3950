import { randomUUID } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixedClock } from '@app/calendar';
import {
  ActivationOpened,
  type ActivationKind,
  ApplicationErased,
  ApplicationSubmitted,
  ApplicationWithdrawn,
  type Channel as ChannelCode,
  ContactGiven,
  type DataOf,
  type Language,
  MessageRequested,
} from '@app/contracts';
import { Catalogues } from '@app/language';
import { uuidv7 } from '@app/messaging';
import { Keyring, mintRootKey, type Subject } from '@app/privacy';
import type { Pace } from '@app/queue';
import { Log } from '@app/telemetry';
import { received, testDatabase, type TestDatabase } from '@app/testing';
import { ActivationRepository } from './activations/activation.repository.js';
import { FollowCoordination } from './activations/follow-coordination.handler.js';
import { CapturedRepository } from './capture/captured.repository.js';
import type { Channel, Outgoing } from './channels/channel.js';
import { FollowIntake } from './messages/follow-intake.handler.js';
import type { Contact } from './messages/message.js';
import { MessageRepository } from './messages/message.repository.js';
import type { Outcome } from './messages/outcome.decider.js';
import type { NotificationConfig } from './notification.settings.js';
import { TakeReceiptHandler } from './receipts/take-receipt.command.js';
import { RecipientRepository } from './recipients/recipient.repository.js';
import { RecoverSending } from './sending/recover-sending.sweeper.js';
import { Sending } from './sending/sending.js';
import { PublishTally } from './tally/publish-tally.sweeper.js';
import { TallyRepository } from './tally/tally.repository.js';
import { Wording } from './wording/wording.js';

const TABLES = ['activation', 'recipient', 'message', 'captured', 'tally_delta', 'tally', 'journal'];

/** A provider that takes as many as come. */
export const atOnce = (): Promise<void> => Promise.resolve();

/** A provider that does as it is told, and remembers what it was given. */
export class ToldChannel implements Channel {
  readonly given: Outgoing[] = [];
  answer: (message: Outgoing) => Outcome | Promise<Outcome> = () => ({ is: 'sent' });

  async send(message: Outgoing, pace: Pace): Promise<Outcome> {
    await pace();
    this.given.push(message);
    return this.answer(message);
  }
}

export interface Person {
  readonly applicationId: string;
  readonly reference: string;
}

/** Notification on a real database, with providers that are told what to answer. */
export const notificationRig = async (from = new Date('2026-11-23T12:00:00Z')) => {
  const clock = new FixedClock(from);
  const db: TestDatabase = await testDatabase({
    schema: 'notification',
    migrations: new URL('../migrations/', import.meta.url),
    clock,
  });
  const folder = mkdtempSync(join(tmpdir(), 'keys-'));
  writeFileSync(join(folder, 'contact.json'), mintRootKey(), { mode: 0o600 });
  const keyring = Keyring.fromFolder(folder, ['contact']);
  const [messages, recipients, captured, tally] = [
    new MessageRepository(),
    new RecipientRepository(),
    new CapturedRepository(),
    new TallyRepository(),
  ] as const;
  const words = Catalogues.load([new URL('../locales/', import.meta.url)]);
  const config = { MUSTER_ORIGIN: 'https://muster.example' } as NotificationConfig;
  const sending = (): Sending =>
    new Sending(db.transactions, messages, captured, tally, keyring, new Wording(words), clock, Log.silent(), config);
  const coordination = new FollowCoordination(new ActivationRepository());
  const intake = new FollowIntake(recipients, messages, captured, tally, clock);
  const channel = new ToldChannel();
  const forumId = uuidv7();
  const activationId = uuidv7();
  const of = (person: Person) => ({ applicationId: person.applicationId, activationId, forumId });
  let number = 0;

  const seal = async (
    person: Person,
    value: unknown,
    at: { place: string; version: number } = { place: 'application.contact', version: 1 },
  ): Promise<string> => {
    const subject: Subject = { forumId, personId: person.applicationId, compartment: 'contact' };
    const keys = keyring.forge([subject]);
    const [key] = keys.all();
    // Intake makes the key; here the administrator does, because notification must not be able to.
    const stored = await db.adminSql(
      `insert into keyring.data_key values ($1, 'contact', $2, $3, $4) on conflict do nothing returning person_id`,
      [person.applicationId, forumId, key!.keyId, key!.wrapped],
    );
    const usable = stored.length > 0 ? keys : await db.database.read((tx) => keyring.fetch(tx, [subject]));
    return keyring.seal(usable, { subject, ...at }, value);
  };

  return {
    db,
    /** Where the key file of contacts lies. */
    keys: folder,
    clock,
    channel,
    messages,
    keyring,
    activationId,
    forumId,
    sending,
    coordination,
    intake,
    recover: new RecoverSending(db.transactions, messages, tally, clock),
    publishTally: new PublishTally(db.transactions, tally, clock),
    receipts: new TakeReceiptHandler(db.transactions, messages, recipients, keyring, tally, clock),

    person(): Person {
      number += 1;
      return { applicationId: uuidv7(), reference: `MU-0000-${String(number).padStart(4, '0')}-X` };
    },

    open(kind: ActivationKind = 'actual') {
      return received(ActivationOpened, {
        activationId,
        forumId,
        forumName: 'Greater Manchester Resilience Forum',
        slug: 'floods',
        kind,
        state: 'active',
        title: { en: 'Floods', cy: 'Llifogydd' },
        nation: 'england',
        openedAt: clock.now().toISOString(),
        desk: { organisationId: uuidv7(), name: 'Forum desk' },
        owners: [],
        roles: [],
      });
    },

    async submitted(person: Person, o: { contact?: Contact; channel?: ChannelCode; language?: Language } = {}) {
      const contact = o.contact ?? {
        givenName: 'Ann',
        email: 'ann@example.org',
        phone: '+447700900123',
        token: 'token-of-ann',
      };
      return received(ApplicationSubmitted, {
        ...of(person),
        reference: person.reference,
        ownerId: forumId,
        submittedAt: clock.now().toISOString(),
        mode: 'open',
        channel: o.channel ?? 'email',
        contact: await seal(person, contact),
        contactVersion: 1,
        promiseDueAt: '2026-11-26T14:00:00Z',
        language: o.language ?? 'en',
        ageBand: '18-plus',
        roles: [],
        skills: [],
        vehicle: false,
        remoteOnly: false,
        outwardCode: 'OL1',
        slots: [],
        maxDistanceKm: 10,
        availableFrom: '2026-11-23',
        profileVersion: 1,
      });
    },

    async contactGiven(
      person: Person,
      contact: Contact,
      o: { channel: ChannelCode; language?: Language; version: number },
    ) {
      return received(ContactGiven, {
        ...of(person),
        language: o.language ?? 'en',
        channel: o.channel,
        contact: await seal(person, contact, { place: 'application.contact', version: o.version }),
        contactVersion: o.version,
      });
    },

    /** A message with a code, asked for as intake does. */
    async code(person: Person, code = '314159') {
      const messageId = randomUUID();
      const sealed = await seal(person, code, { place: `message.code.${messageId}`, version: 1 });
      const respondBy = new Date(clock.now().getTime() + 600_000).toISOString();
      return this.requested(person, { messageId, kind: 'code', urgency: 'P1', facts: { code: sealed, respondBy } });
    },

    /** What the contact that was replaced hears. */
    async farewell(person: Person, channel: ChannelCode, contact: Contact) {
      const messageId = randomUUID();
      const sealed = await seal(person, contact, { place: `message.contact.${messageId}`, version: 1 });
      const to = { channel, contact: sealed };
      return this.requested(person, { messageId, kind: 'contact-changed', urgency: 'P2', facts: {}, to });
    },

    requested(person: Person, more: Partial<DataOf<typeof MessageRequested>> = {}) {
      return received(
        MessageRequested,
        {
          ...of(person),
          messageId: randomUUID(),
          kind: 'M2',
          urgency: 'P4',
          reference: person.reference,
          ownerName: 'Action Together',
          promiseDueAt: '2026-11-26T14:00:00Z',
          facts: { mode: 'open' },
          ...more,
        },
        { at: clock.now() },
      );
    },

    withdrawn: (person: Person) => received(ApplicationWithdrawn, { ...of(person), at: clock.now().toISOString() }),
    erased: (person: Person) => received(ApplicationErased, { ...of(person), at: clock.now().toISOString() }),

    /** What a feeder claims now, by transport; `night` as in quiet hours. */
    claim: (transport: 'email' | 'sms' | 'letter' = 'email', night = false) =>
      db.database.transaction((tx) => messages.claim(tx, transport, clock.now(), { limit: 1000, night })),

    rows: () =>
      db.sql<{
        id: string;
        request_id: string;
        application_id: string;
        transport: string;
        state: string;
        attempts: number;
        reason: string | null;
        next_try_at: Date | null;
        any_hour: boolean;
        template: string | null;
      }>('select * from message order by requested_at, transport'),

    published: async () => (await db.published()).map(({ type, data }) => ({ type, ...data })),
    /** As on the first day: no rows, the clock at its start, a provider that takes all. */
    async reset(): Promise<void> {
      await db.adminSql(`truncate ${TABLES.map((table) => `notification.${table}`).join(', ')}`);
      clock.set(from);
      channel.given.length = 0;
      channel.answer = () => ({ is: 'sent' });
    },

    close: () => db.close(),
  };
};

export type Rig = Awaited<ReturnType<typeof notificationRig>>;
