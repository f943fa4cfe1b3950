import { Clock } from '@app/calendar';
import { MessageFailed, MessageSent, type DataOf } from '@app/contracts';
import { Handles, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { ApplicationBooks } from '../application/application-books.js';
import { ApplicationRepository } from '../application/application.repository.js';
import { settle } from '../application/settle.decider.js';
import { Deltas, TallyRepository } from '../tally/tally.repository.js';
import { guardianUnreached } from '../guardian/guardian.decider.js';
import { notDelivered } from './not-delivered.decider.js';
import { judge } from './promise.decider.js';
import { PromiseRepository, type Judged } from './promise.repository.js';

/** The time of sending decides whether a promise was kept, whenever the news of it arrives. */
@Handles([MessageSent, MessageFailed], 'intake.keep-promise', { from: 'beginning' })
export class KeepPromiseOnMessageSent implements BatchHandler {
  constructor(
    private readonly promises: PromiseRepository,
    private readonly applications: ApplicationRepository,
    private readonly books: ApplicationBooks,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const sentAt = new Map<string, Date>();
    const failed = new Map<string, string>();
    const unreached = new Set<string>();
    for (const { type, data } of events) {
      if (type === MessageFailed.type) {
        if (data.kind === 'guardian') unreached.add(data.applicationId);
        else if (tellsOfContact(data)) failed.set(data.messageId, data.applicationId);
      } else {
        const at = new Date(data.sentAt);
        const earlier = sentAt.get(data.messageId);
        // Several transports, one message: the first that was taken counts.
        if (!earlier || at < earlier) sentAt.set(data.messageId, at);
      }
    }
    await this.judgeSent(tx, sentAt);
    await this.noteFailed(tx, failed, sentAt);
    await this.noteUnreached(tx, unreached);
    await this.promises.setReadUntil(tx, new Date(Math.max(...events.map(({ at }) => at.getTime()))));
  }

  private async judgeSent(tx: Tx, sentAt: ReadonlyMap<string, Date>): Promise<void> {
    if (sentAt.size === 0) return;
    const closings = await this.promises.byMessage(tx, [...sentAt.keys()]);
    const deltas = new Deltas();
    const judged: Judged[] = [];
    for (const closing of closings) {
      const outcome = judge(closing.dueAt, sentAt.get(closing.messageId)!, closing.news);
      if (outcome === closing.judged) continue;
      // A verdict given in the dark is corrected, not repeated.
      if (closing.judged !== null) deltas.add(closing.activationId, `promises.${closing.judged}`, -1);
      deltas.add(closing.activationId, `promises.${outcome}`);
      judged.push({ ...closing, outcome });
    }
    await this.promises.record(tx, judged, this.clock.now());
    await this.promises.forget(tx, closings);
    await this.tally.append(tx, deltas);
  }

  private async noteUnreached(tx: Tx, guardiansOf: ReadonlySet<string>): Promise<void> {
    const now = this.clock.now();
    const known = await this.applications.lock(tx, [...guardiansOf]);
    const settled = [...known.values()].map((application) =>
      settle(application, [(before) => guardianUnreached(before, 'guardian-unreached', now)]),
    );
    await this.books.enter(tx, settled);
  }

  /** One of several ways may still get through; the promise waits for its day, the person for a human. */
  private async noteFailed(
    tx: Tx,
    failed: ReadonlyMap<string, string>,
    sentAt: ReadonlyMap<string, Date>,
  ): Promise<void> {
    const unsent = [...failed].filter(([messageId]) => !sentAt.has(messageId));
    if (unsent.length === 0) return;
    const now = this.clock.now();
    await this.promises.setFailed(
      tx,
      unsent.map(([messageId]) => messageId),
      now,
    );
    const known = await this.applications.lock(tx, [...new Set(unsent.map(([, applicationId]) => applicationId))]);
    await this.books.enter(
      tx,
      [...known.values()].map((application) => settle(application, [(before) => notDelivered(before, now)])),
    );
  }
}

/** A code that ran out on the way, and the contact that was replaced, say nothing about where the person is reached. */
const tellsOfContact = ({ kind, reason }: DataOf<typeof MessageFailed>): boolean =>
  kind !== 'contact-changed' && !(kind === 'code' && reason === 'expired');
