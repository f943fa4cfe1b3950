import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG } from '@app/boot';
import { Clock, SECOND } from '@app/calendar';
import { MessageFailed, MessageSent, type MessageKind } from '@app/contracts';
import { failureOf } from '@app/database';
import { MicroBatch, settledByHalves, type Settled } from '@app/http';
import { messageIdOf, type Received, Transactions } from '@app/messaging';
import { Keyring, SealBroken, type Slotted } from '@app/privacy';
import type { Pace } from '@app/queue';
import { Log, withTrace } from '@app/telemetry';
import { type Captured, CapturedRepository } from '../capture/captured.repository.js';
import type { Channel } from '../channels/channel.js';
import type { Contact, Taken } from '../messages/message.js';
import { type Finished, MessageRepository, type TakenRow, type Told } from '../messages/message.repository.js';
import { next, type Outcome } from '../messages/outcome.decider.js';
import { otherWay } from '../messages/route.decider.js';
import type { NotificationConfig } from '../notification.settings.js';
import { type Delta, TallyRepository } from '../tally/tally.repository.js';
import { type Worded, Wording } from '../wording/wording.js';
import { toText } from '../wording/html.js';

/** Nobody waits for a tenth of a second here, and messages that share a transaction cost a fraction. */
const PACE_MS = 100;

/** After 45 s the sweeper takes a message for lost: one that waited for its pace this long goes back to its row, not out twice. */
const WAITED_FOR = 20 * SECOND;

class WaitedTooLong extends Error {}

interface Tried {
  readonly taken: Taken;
  readonly outcome: Outcome;
  readonly worded: Worded | null;
  readonly captured: boolean;
}

/**
 * One message from its row to a provider and back. Rows are taken and settled in sets, however many jobs run at once; no transaction is
 * open while the provider is asked.
 */
@Injectable()
export class Sending {
  readonly #takes: MicroBatch<string, Taken | null>;
  readonly #settles: MicroBatch<Tried, void>;
  readonly #underway = new Map<string, Promise<void>>();

  constructor(
    private readonly transactions: Transactions,
    private readonly messages: MessageRepository,
    private readonly captured: CapturedRepository,
    private readonly tally: TallyRepository,
    private readonly keyring: Keyring,
    private readonly wording: Wording,
    private readonly clock: Clock,
    private readonly log: Log,
    @Inject(CONFIG) private readonly config: NotificationConfig,
  ) {
    this.#takes = new MicroBatch({
      maxItems: 200,
      maxInFlight: 2,
      paceMs: PACE_MS,
      keyOf: (id) => id,
      run: (ids) => this.#take(ids),
    });
    this.#settles = new MicroBatch({
      maxItems: 200,
      maxInFlight: 2,
      paceMs: PACE_MS,
      keyOf,
      run: (tried) => settledByHalves(tried, (some) => this.#settle(some), keyOf),
    });
  }

  /** A second job for the same row joins the first: the micro-batch would hand the row to both. */
  send(id: string, by: Channel, pace: Pace): Promise<void> {
    const running = this.#underway.get(id);
    if (running) return running;
    const work = this.#send(id, by, pace).finally(() => this.#underway.delete(id));
    this.#underway.set(id, work);
    return work;
  }

  async #send(id: string, by: Channel, pace: Pace): Promise<void> {
    const taken = await persistently(() => this.#takes.add(id));
    if (!taken) return;
    await withTrace(taken.cause.traceparent, async () => {
      const tried = await this.#try(taken, by, pace);
      // What has gone must be written down: else the sweeper would send it a second time.
      await persistently(() => this.#settles.add(tried));
    });
  }

  async #try(taken: Taken, by: Channel, pace: Pace): Promise<Tried> {
    if (!taken.contact)
      return { taken, outcome: { is: 'refused', reason: 'no-contact' }, worded: null, captured: false };
    const { contact } = taken;
    const worded = this.wording.word({
      ...taken,
      givenName: contact.confirmed === true ? (contact.givenName ?? null) : null,
      link: this.config.MUSTER_ORIGIN + pathOf(taken.kind, contact),
    });
    const { respondBy } = taken.facts;
    if (taken.kind === 'code' && respondBy !== undefined && this.clock.now() >= new Date(respondBy))
      return { taken, outcome: { is: 'refused', reason: 'expired' }, worded, captured: false };
    // An exercise must never reach a transport, whatever else is wrong.
    if (taken.activationKind !== 'actual') {
      await pace();
      return { taken, outcome: { is: 'sent' }, worded, captured: true };
    }
    const again = taken.repeated || taken.attempts > 1;
    const since = this.clock.now().getTime();
    const inTime = async (): Promise<void> => {
      await pace();
      if (this.clock.now().getTime() - since > WAITED_FOR) throw new WaitedTooLong();
    };
    const outcome = await by
      .send({ id: taken.id, to: contact, worded, again }, inTime)
      .catch((error: unknown): Outcome => {
        if (!(error instanceof WaitedTooLong)) throw error;
        return { is: 'away', reason: 'provider-busy', retryInMs: 0 };
      });
    return { taken, outcome, worded, captured: false };
  }

  async #take(ids: readonly string[]): Promise<Settled<Taken | null>[]> {
    const { rows, keys } = await this.transactions.database.transaction(async (tx) => {
      const rows = await this.messages.take(tx, ids, this.clock.now());
      return { rows, keys: await this.keyring.fetch(tx, rows.map(subjectOf)) };
    });
    const open = <T>(at: Slotted, sealed: string): T => this.keyring.open<T>(keys, at, sealed);
    const taken = new Map(rows.map((row) => [row.id, this.#opened(row, open)]));
    return ids.map((id) => ({ is: 'done', key: id, value: taken.get(id) ?? null }));
  }

  #opened(
    { titleEn, titleCy, sealed, contactVersion, toContact, ...row }: TakenRow,
    open: <T>(at: Slotted, sealed: string) => T,
  ): Taken {
    const title = { en: titleEn, cy: titleCy };
    const nobody = { ...row, title, contact: null, code: null };
    const own = (part: string): Slotted => ({
      subject: subjectOf(row),
      place: `message.${part}.${row.requestId}`,
      version: 1,
    });
    if (sealed === null) return nobody;
    try {
      const at = { subject: subjectOf(row), place: 'application.contact', version: contactVersion };
      const contact = toContact === null ? open<Contact>(at, sealed) : open<Contact>(own('contact'), toContact);
      const code = row.facts.code === undefined ? null : open<string>(own('code'), row.facts.code);
      return { ...row, title, contact, code };
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      this.log.error('contact-seal-broken', { messageId: row.id, applicationId: row.applicationId });
      return nobody;
    }
  }

  async #settle(tried: readonly Tried[]): Promise<void> {
    const now = this.clock.now();
    const byId = new Map(tried.map((one) => [one.taken.id, one]));
    await this.transactions.run(async (tx) => {
      const told = await this.messages.finish(
        tx,
        tried.flatMap((one) => finished(one, now)),
      );
      const failed = told.filter((one) => one.sentAt === null && byId.get(one.id)!.outcome.is !== 'sent');
      const ended = failed.filter((one) => stateOf(byId.get(one.id)!, now) === 'failed');
      const sent = told.filter((one) => one.sentAt !== null);
      tx.publish(MessageSent, sent.map(sentFact));
      tx.publish(
        MessageFailed,
        ended.map((one) => failedFact(one, reasonOf(byId.get(one.id)!, now), now)),
      );
      await this.captured.insert(
        tx,
        sent.flatMap(({ id }) => capturedOf(byId.get(id)!, now)),
      );
      const ways = ended.flatMap((one) => otherWay(one, byId.get(one.id)!.taken.contact, messageIdOf));
      const others = await this.messages.reroute(tx, ways, now);
      await this.tally.count(tx, [
        ...sent.map((one): Delta => ({ ...one, queued: -1, sent: 1 })),
        ...ended.map((one): Delta => ({ ...one, queued: -1, failed: 1 })),
        ...others.map((one): Delta => ({ ...one, queued: 1 })),
      ]);
    });
  }
}

const keyOf = ({ taken }: Tried): string => taken.id;

const PAUSES = [200, 1_000, 3_000, 9_000];

/** A database that is busy or away for a moment costs nobody a minute: both steps do nothing when they were done already. */
const persistently = async <T>(work: () => Promise<T>): Promise<T> => {
  for (const pause of PAUSES) {
    try {
      return await work();
    } catch (error) {
      if (failureOf(error) === 'data') throw error;
      await sleep(pause);
    }
  }
  return work();
};

/** The page of the one who is written to. */
const pathOf = (kind: MessageKind, { token }: Contact): string => {
  if (!token) return '/';
  return kind === 'guardian' ? `/s/${token}/guardian` : `/s/${token}`;
};

const subjectOf = (row: { forumId: string; applicationId: string }): Slotted['subject'] => ({
  forumId: row.forumId,
  personId: row.applicationId,
  compartment: 'contact',
});

const stateOf = ({ taken, outcome }: Tried, now: Date): string => next(taken, outcome, now).state;
const reasonOf = ({ taken, outcome }: Tried, now: Date): string => {
  const then = next(taken, outcome, now);
  return 'reason' in then ? then.reason : 'unknown';
};

const finished = ({ taken, outcome, worded }: Tried, now: Date): Finished[] => {
  const then = next(taken, outcome, now);
  const row = {
    id: taken.id,
    version: taken.version + 1,
    attempts: taken.attempts,
    nextTryAt: now,
    waitsSince: now,
    sentAt: null,
    settledAt: null,
    reason: null,
    template: worded?.template ?? null,
  };
  switch (then.state) {
    case 'sent':
      return [{ ...row, state: 'sent', sentAt: then.sentAt, settledAt: now }];
    case 'failed':
      return [{ ...row, state: 'failed', reason: then.reason, settledAt: now }];
    case 'created':
      return [{ ...row, state: 'created', attempts: then.attempts, nextTryAt: then.nextTryAt, reason: then.reason }];
    case 'sending':
      return [];
  }
};

const capturedOf = ({ taken, worded, captured }: Tried, now: Date): Captured[] =>
  captured && worded
    ? [
        {
          messageId: taken.id,
          applicationId: taken.applicationId,
          forumId: taken.forumId,
          transport: taken.transport,
          subject: worded.subject,
          // The link and the code are keys to the person's page; staff who look at an exercise need none.
          body: [worded.link, ...(taken.code === null ? [] : [taken.code])].reduce(
            (body, key) => body.replaceAll(key, '…'),
            taken.transport === 'sms' ? worded.text : toText(worded),
          ),
          capturedAt: now,
        },
      ]
    : [];

const about = (one: Told) => ({
  applicationId: one.applicationId,
  activationId: one.activationId,
  forumId: one.forumId,
  messageId: one.requestId,
  kind: one.kind,
  transport: one.transport,
});

export const sentFact = (one: Told) => ({
  sequence: one.version,
  causedBy: one.cause as unknown as Received,
  data: { ...about(one), sentAt: one.sentAt!.toISOString() },
});
export const failedFact = (one: Told, reason: string, at: Date) => ({
  sequence: one.version,
  causedBy: one.cause as unknown as Received,
  data: { ...about(one), reason, at: at.toISOString() },
});
export const deliveredFact = (one: Told, at: Date) => ({
  sequence: one.version,
  causedBy: one.cause as unknown as Received,
  data: { ...about(one), at: at.toISOString() },
});
