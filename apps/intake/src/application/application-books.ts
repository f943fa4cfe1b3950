import { Injectable } from '@nestjs/common';
import { after, Clock, DAY } from '@app/calendar';
import { MessageRequested } from '@app/contracts';
import { messageIdOf, type Received, type Tx } from '@app/messaging';
import { allowance } from '../messages/allowance.decider.js';
import { MessageRepository, type HeldMessage, type KinToday } from '../messages/message.repository.js';
import { PromiseRepository, type ClosingRow, type Judged } from '../promise/promise.repository.js';
import { Deltas, TallyRepository } from '../tally/tally.repository.js';
import type { Application, MessageDraft } from './application.js';
import { ApplicationRepository } from './application.repository.js';
import type { Settled } from './settle.decider.js';
import { TimelineRepository } from './timeline.repository.js';

/** Which received event a message answers, by the event's id. */
export type Causes = ReadonlyMap<string, Received>;
const NO_CAUSES: Causes = new Map();

interface Share {
  readonly after: Application;
  readonly outgoing: readonly MessageDraft[];
  readonly held: readonly MessageDraft[];
  /** Of the first message. */
  readonly sequence: number;
}

/** Enters what was decided: rows, timeline, what became of the old promises, messages, counts; one statement each. */
@Injectable()
export class ApplicationBooks {
  constructor(
    private readonly applications: ApplicationRepository,
    private readonly timeline: TimelineRepository,
    private readonly promises: PromiseRepository,
    private readonly messages: MessageRepository,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async enter(tx: Tx, settled: readonly Settled[], causes: Causes = NO_CAUSES): Promise<void> {
    const changed = settled.filter((one) => one.after.version !== one.before.version);
    if (changed.length === 0) return;
    const now = this.clock.now();
    const shares = await this.share(tx, changed, now);
    await this.applications.save(
      tx,
      changed.map(({ after }) => shares.get(after.id)?.after ?? after),
    );
    await this.timeline.append(
      tx,
      changed.flatMap(({ after: { id }, timeline }) => timeline.map((entry) => ({ applicationId: id, ...entry }))),
    );
    const judged = await this.closePromises(tx, changed, now);
    await this.request(tx, [...shares.values()], causes, now);
    await this.tally.append(tx, deltasOf(changed, judged));
  }

  /** A message decides later, by when it was sent; what the person saw on the screen is kept at once. */
  private async closePromises(tx: Tx, settled: readonly Settled[], now: Date): Promise<readonly Judged[]> {
    const closings: ClosingRow[] = [];
    const judged: Judged[] = [];
    for (const { after: application, messages, closing } of settled) {
      if (closing === null) continue;
      const of = {
        applicationId: application.id,
        forumId: application.forumId,
        activationId: application.activationId,
        number: closing.number,
        dueAt: closing.dueAt,
      };
      if (closing.by === 'message') {
        closings.push({ ...of, messageId: idOf(messages[closing.message]!), news: closing.news });
      } else if (closing.by === 'nobody') judged.push({ ...of, outcome: 'not-reached' });
      else if (closing.by === 'itself') judged.push({ ...of, outcome: 'kept-no-news' });
      else judged.push({ ...of, outcome: now <= closing.dueAt ? 'kept-with-news' : 'broken' });
    }
    await this.promises.close(tx, closings);
    await this.promises.record(tx, judged, now);
    return judged;
  }

  /** Which of the messages may go out today, and which wait (S13). */
  private async share(tx: Tx, settled: readonly Settled[], now: Date): Promise<Map<string, Share>> {
    const speaking = settled.filter(({ messages }) => messages.length > 0);
    if (speaking.length === 0) return new Map();
    const today = now.toISOString().slice(0, 10);
    const kin = await this.kinOf(
      tx,
      speaking.map(({ after: { id } }) => id),
      today,
    );
    // What this batch itself sends to a contact counts for those behind it.
    const here = new Map<string, number>();
    return new Map(
      speaking.map(({ before, after, messages, facts }) => {
        const own = after.written.day === today ? after.written.count : 0;
        const { contacts, others, disownedByKin } = kin.get(after.id)!;
        const earlier = Math.max(0, ...contacts.map((contact) => here.get(contact) ?? 0));
        const sent = { own, contact: after.contact, others: others === null ? null : others + earlier, disownedByKin };
        const outgoing = messages.slice(0, allowance(sent));
        for (const contact of contacts) here.set(contact, (here.get(contact) ?? 0) + outgoing.length);
        const written = { day: today, count: own + outgoing.length };
        const held = disownedByKin
          ? []
          : messages
              .slice(outgoing.length)
              // Later is no use: a code runs out, and an old contact is not written to once more.
              .filter(({ kind, to }) => kind !== 'code' && !to);
        return [after.id, { after: { ...after, written }, outgoing, held, sequence: before.version + facts + 1 }];
      }),
    );
  }

  /** Contacts that several share are locked, and looked at again: they are few. */
  private async kinOf(tx: Tx, ids: readonly string[], today: string): Promise<Map<string, KinToday>> {
    const kin = await this.messages.kinToday(tx, ids, today);
    const shared = ids.filter((id) => kin.get(id)!.others !== null);
    if (shared.length === 0) return kin;
    await this.messages.lockContacts(tx, shared);
    return new Map([...kin, ...(await this.messages.kinToday(tx, shared, today))]);
  }

  private async request(tx: Tx, shares: readonly Share[], causes: Causes, now: Date): Promise<void> {
    tx.publish(
      MessageRequested,
      shares.flatMap(({ after: application, outgoing, sequence }) =>
        outgoing.map((message, at) => ({
          sequence: sequence + at,
          at: now,
          ...(causes.has(message.cause) && { causedBy: causes.get(message.cause)! }),
          data: requested(application, message),
        })),
      ),
    );
    const held = shares.flatMap(({ after: application, held }) => held.map((message) => heldOf(application, message)));
    await this.messages.hold(tx, held, now, after(now, DAY).toISOString().slice(0, 10));
  }
}

const idOf = (message: MessageDraft): string => messageIdOf(message.cause, message.purpose);

const requested = (of: Application, message: MessageDraft) => ({
  applicationId: of.id,
  activationId: of.activationId,
  forumId: of.forumId,
  messageId: idOf(message),
  kind: message.kind,
  urgency: message.urgency,
  reference: of.reference,
  ownerName: of.ownerName,
  promiseDueAt: of.promise?.dueAt.toISOString() ?? null,
  facts: message.facts,
  ...(message.to && { to: message.to }),
});

const heldOf = (of: Application, message: MessageDraft): HeldMessage => ({
  messageId: idOf(message),
  applicationId: of.id,
  forumId: of.forumId,
  kind: message.kind,
  urgency: message.urgency,
  facts: message.facts,
});

const deltasOf = (settled: readonly Settled[], judged: readonly Judged[]): Deltas => {
  const deltas = outcomeDeltas(judged);
  for (const { before, after: application } of settled) {
    if (before.state !== application.state) {
      deltas.add(application.activationId, `state.${before.state}`, -1);
      deltas.add(application.activationId, `state.${application.state}`);
    }
    const opened = Number(application.promise !== null) - Number(before.promise !== null);
    if (opened !== 0) deltas.add(application.activationId, 'promises.open', opened);
  }
  return deltas;
};

export const outcomeDeltas = (judged: readonly Judged[], by = 1): Deltas => {
  const deltas = new Deltas();
  for (const { activationId, outcome } of judged) deltas.add(activationId, `promises.${outcome}`, by);
  return deltas;
};
