import { Injectable } from '@nestjs/common';
import { DAY, after } from '@app/calendar';
import { ApplicationSubmitted, MessageRequested } from '@app/contracts';
import { codeOf, halving } from '@app/database';
import { MicroBatch, type Settled } from '@app/http';
import { messageIdOf, Transactions, type Tx } from '@app/messaging';
import { BlindIndex, Keyring, type DataKeys, type Subject } from '@app/privacy';
import { TimelineRepository } from '../application/timeline.repository.js';
import { comparableName } from '../duplicates/likeness.decider.js';
import { hashOfToken, mintToken } from '../links/token.js';
import { allowance } from '../messages/allowance.decider.js';
import { MessageRepository } from '../messages/message.repository.js';
import { Deltas, TallyRepository } from '../tally/tally.repository.js';
import { BatchKin } from './batch-kin.js';
import { RecentRate } from './recent-rate.js';
import { mintReference } from './reference.js';
import { SubmissionRepository, type Indexed, type Kept, type NewApplication } from './submission.repository.js';
import type { Receipt, SealedContact, SealedPerson, Submission } from './submission.js';

/** The receipt's link may do everything for a day. */
export const RECEIPT_FULL_FOR = DAY;
/** So many who wait for their receipt at once: the door is crowded, and what can be done later gives way. */
const CROWD = 80;
const RACES = ['23505:application_idempotency_key', '23505:application_reference_key'];

/** Many people, one transaction: keys, application, links, timeline and journal are written together or not at all. */
@Injectable()
export class SubmitBatch {
  readonly batch = new MicroBatch<Submission, Receipt>({
    maxItems: 80,
    maxInFlight: 3,
    maxWaiting: 10_000,
    keyOf: (one) => `${one.idempotencyHash.toString('hex')} ${one.bodyHash}`,
    run: (items) => this.run(items),
  });

  constructor(
    private readonly transactions: Transactions,
    private readonly keyring: Keyring,
    private readonly blindIndex: BlindIndex,
    private readonly submissions: SubmissionRepository,
    private readonly timeline: TimelineRepository,
    private readonly messages: MessageRepository,
    private readonly tally: TallyRepository,
  ) {
    transactions.giveWayTo(() => this.batch.present > CROWD);
  }

  private readonly rate = new RecentRate();

  perSecond(): number {
    return this.rate.perSecond();
  }

  /** One form that the database refuses is answered alone; its neighbours are not held up (S8). */
  private async run(items: readonly Submission[]): Promise<Settled<Receipt>[]> {
    const outcomes = await halving(items, (some) => this.write(some));
    this.rate.count(items.length);
    return outcomes.flatMap((outcome): Settled<Receipt>[] =>
      outcome.is === 'refused'
        ? [{ is: 'failed', key: this.keyOf(outcome.item), error: outcome.error }]
        : outcome.items.map((item): Settled<Receipt> => {
            const receipt = outcome.result.get(item.idempotencyHash.toString('hex'));
            return receipt
              ? {
                  is: 'done',
                  key: this.keyOf(item),
                  value: { ...receipt, replayed: receipt.applicationId !== item.id },
                }
              : { is: 'failed', key: this.keyOf(item), error: new Error('no receipt for this form') };
          }),
    );
  }

  private keyOf(one: Submission): string {
    return `${one.idempotencyHash.toString('hex')} ${one.bodyHash}`;
  }

  /** Another instance may take the same key, or the dice the same reference: then the batch is written again. */
  private async write(items: readonly Submission[]): Promise<Map<string, Receipt>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.transactions.run((tx) => this.enter(tx, items));
      } catch (error) {
        if (attempt === 4 || !RACES.includes(codeOf(error))) throw error;
      }
    }
  }

  private async enter(tx: Tx, items: readonly Submission[]): Promise<Map<string, Receipt>> {
    const indexed = items.map((item) => this.indexOf(item));
    const today = items[0]!.at.toISOString().slice(0, 10);
    // What does not wait for each other travels together: the whole batch pays for three ways to the database.
    const [kept, , kin] = await Promise.all([
      this.submissions.kept(
        tx,
        items.map((item) => item.idempotencyHash),
      ),
      this.submissions.lockContacts(
        tx,
        indexed.flatMap(({ email, phone }) => [email, phone]).filter((index) => index !== null),
      ),
      this.submissions.kin(tx, indexed, today),
    ]);
    const receipts = await this.replays(tx, kept);
    const fresh = new Map<string, number>();
    for (const [at, { idempotencyHash }] of items.entries()) {
      const hash = idempotencyHash.toString('hex');
      if (!receipts.has(hash) && !fresh.has(hash)) fresh.set(hash, at);
    }
    if (fresh.size === 0) return receipts;
    const places = [...fresh.values()];
    const { keys, entered } = this.prepare(
      places.map((at) => items[at]!),
      places.map((at) => indexed[at]!),
      new BatchKin(places.map((at) => kin[at]!)),
    );
    const rows = entered.map(({ row }) => row);
    await Promise.all([
      this.keyring.store(tx, keys),
      this.submissions.insert(tx, rows),
      this.submissions.insertLinks(
        tx,
        entered.flatMap(({ row, contact, person }) => [
          link(row, 'receipt', person.receiptToken, after(row.at, RECEIPT_FULL_FOR)),
          link(row, 'mailed', contact.token, null),
        ]),
      ),
      this.timeline.append(
        tx,
        rows.map((row) => ({ applicationId: row.id, at: row.at, code: 'submitted' })),
      ),
      this.tally.append(tx, deltasOf(rows)),
      this.publish(tx, rows),
    ]);
    for (const { row, person } of entered) receipts.set(row.idempotencyHash.toString('hex'), receiptOf(row, person));
    return receipts;
  }

  private async replays(tx: Tx, kept: readonly Kept[]): Promise<Map<string, Receipt>> {
    if (kept.length === 0) return new Map();
    const keys = await this.keyring.fetch(tx, kept.map(contactOf));
    return new Map(
      kept.map((one) => {
        const open = one.personSealed !== null && this.keyring.has(keys, contactOf(one));
        const person = open
          ? this.keyring.open<SealedPerson>(
              keys,
              { subject: contactOf(one), place: 'application.person', version: one.personVersion },
              one.personSealed!,
            )
          : null;
        return [one.idempotencyHash.toString('hex'), replayOf(one, person)];
      }),
    );
  }

  /** Seals, judges likenesses, decides which acknowledgement may go out today. */
  private prepare(
    items: readonly Submission[],
    indexed: readonly Indexed[],
    kin: BatchKin,
  ): { keys: DataKeys; entered: { row: NewApplication; contact: SealedContact; person: SealedPerson }[] } {
    const keys = this.keyring.forge(
      items.flatMap((item): Subject[] =>
        item.form.support ? [subjectOf(item, 'contact'), subjectOf(item, 'support')] : [subjectOf(item, 'contact')],
      ),
    );
    const entered = items.map((item, at) => {
      const contact = contactDetails(item);
      const person = personDetails(item);
      const relation = kin.of(at, indexed[at]!, item);
      const mayWrite = allowance({
        own: 0,
        others: relation.others,
        contact: 'unconfirmed',
        disownedByKin: relation.disowned,
      });
      kin.add(indexed[at]!, item, mayWrite > 0 ? 1 : 0);
      const seal = (compartment: Subject['compartment'], place: string, value: unknown): string =>
        this.keyring.seal(keys, { subject: subjectOf(item, compartment), place, version: 1 }, value);
      const row: NewApplication = {
        ...item,
        reference: mintReference(),
        index: indexed[at]!,
        likelyDuplicateOf: relation.alike,
        contactSealed: seal('contact', 'application.contact', contact),
        personSealed: seal('contact', 'application.person', person),
        supportSealed: item.form.support ? seal('support', 'application.support', { says: item.form.support }) : null,
        messages: mayWrite > 0 ? 1 : 0,
        version: 2,
      };
      return { row, contact, person };
    });
    return { keys, entered };
  }

  private indexOf({ activationId, form }: Submission): Indexed {
    return {
      email: form.email ? this.blindIndex.of(activationId, 'email', form.email) : null,
      phone: form.phone ? this.blindIndex.of(activationId, 'phone', form.phone) : null,
      name: this.blindIndex.of(activationId, 'name', comparableName(form.givenName, form.familyName)),
    };
  }

  /** The application, then its acknowledgement; or, when its contact has had enough today, the acknowledgement waits. */
  private async publish(tx: Tx, rows: readonly NewApplication[]): Promise<void> {
    const acknowledged: NewApplication[] = [];
    const held: NewApplication[] = [];
    for (const row of rows) (row.messages > 0 ? acknowledged : held).push(row);
    tx.publish(
      ApplicationSubmitted,
      rows.map((row) => ({ sequence: 1, at: row.at, data: submittedData(row) })),
    );
    tx.publish(
      MessageRequested,
      acknowledged.map((row) => ({
        sequence: 2,
        at: row.at,
        data: {
          applicationId: row.id,
          activationId: row.activationId,
          forumId: row.forumId,
          ...acknowledgement(row),
          reference: row.reference,
          ownerName: row.owner.name,
          promiseDueAt: row.dueAt.toISOString(),
        },
      })),
    );
    if (held.length > 0) {
      const tomorrow = after(held[0]!.at, DAY).toISOString().slice(0, 10);
      await this.messages.hold(
        tx,
        held.map((row) => ({ applicationId: row.id, forumId: row.forumId, ...acknowledgement(row) })),
        held[0]!.at,
        tomorrow,
      );
    }
  }
}

const acknowledgement = (row: NewApplication) => ({
  messageId: messageIdOf(row.id, 'M2'),
  kind: 'M2' as const,
  urgency: 'P3' as const,
  facts: { mode: row.mode },
});

const subjectOf = (of: { forumId: string; id: string }, compartment: Subject['compartment']): Subject => ({
  forumId: of.forumId,
  personId: of.id,
  compartment,
});
const contactOf = (of: { forumId: string; id: string }): Subject => subjectOf(of, 'contact');

const contactDetails = ({ form }: Submission): SealedContact => ({
  givenName: form.givenName,
  email: form.email ?? null,
  phone: form.phone ?? null,
  address: form.address ?? null,
  token: mintToken(),
});

const personDetails = ({ form, bodyHash }: Submission): SealedPerson => ({
  familyName: form.familyName,
  postcode: form.postcode?.postcode ?? null,
  alreadyVolunteersWith: form.alreadyVolunteersWith ?? null,
  guardian: form.guardian ?? null,
  onBehalf: form.onBehalf ?? null,
  privacy: form.declarations.privacy,
  receiptToken: mintToken(),
  bodyHash,
});

const link = (row: NewApplication, kind: 'receipt' | 'mailed', token: string, fullUntil: Date | null) => ({
  tokenHash: hashOfToken(token),
  applicationId: row.id,
  forumId: row.forumId,
  kind,
  fullUntil,
});

const deltasOf = (rows: readonly NewApplication[]): Deltas => {
  const deltas = new Deltas();
  for (const row of rows) {
    deltas.add(row.activationId, 'applied');
    deltas.add(row.activationId, 'state.submitted');
    deltas.add(row.activationId, 'promises.open');
    if (row.likelyDuplicateOf !== null) deltas.add(row.activationId, 'duplicates');
  }
  return deltas;
};

const submittedData = (row: NewApplication) => ({
  applicationId: row.id,
  activationId: row.activationId,
  forumId: row.forumId,
  reference: row.reference,
  ownerId: row.owner.id,
  submittedAt: row.at.toISOString(),
  mode: row.mode,
  channel: row.form.channel,
  contact: row.contactSealed,
  contactVersion: 1,
  promiseDueAt: row.dueAt.toISOString(),
  language: row.form.language,
  ageBand: row.form.ageBand,
  roles: [...row.form.roles],
  skills: [...row.form.skills],
  vehicle: row.form.vehicle,
  remoteOnly: row.form.remoteOnly,
  outwardCode: row.outwardCode,
  slots: [...row.form.availability.slots],
  maxDistanceKm: row.form.availability.maxDistanceKm,
  availableFrom: row.form.availability.from,
  profileVersion: 1,
});

const receiptOf = (row: NewApplication, person: SealedPerson): Receipt => ({
  applicationId: row.id,
  bodyHash: row.bodyHash,
  reference: row.reference,
  owner: row.owner,
  words: row.words,
  language: row.form.language,
  dueAt: row.dueAt,
  token: person.receiptToken,
  replayed: false,
});

/** An erased person has no receipt: the empty token says so to the command. */
const replayOf = (kept: Kept, person: SealedPerson | null): Receipt => ({
  applicationId: kept.id,
  bodyHash: person?.bodyHash ?? '',
  reference: kept.reference,
  owner: { id: kept.ownerId, name: kept.ownerName },
  words: kept.words,
  language: kept.language,
  dueAt: kept.dueAt,
  token: person?.receiptToken ?? '',
  replayed: true,
});
