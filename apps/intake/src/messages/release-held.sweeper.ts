import { after, Clock, DAY } from '@app/calendar';
import { MessageRequested, type MessageKind } from '@app/contracts';
import { Sweeps, Transactions, type Sweeper } from '@app/messaging';
import { ApplicationRepository } from '../application/application.repository.js';
import { isTerminal } from '../application/application.js';
import { allowance } from './allowance.decider.js';
import { MessageRepository, type HeldMessage } from './message.repository.js';

/** What tells that it ended. */
const LAST_WORDS: readonly MessageKind[] = ['withdrawn', 'guardian-refused'];

/** A new day, or a contact that was confirmed: what was held back goes out, or waits another day. */
@Sweeps('intake.release-held', { everyMs: 30_000 })
export class ReleaseHeld implements Sweeper {
  constructor(
    private readonly transactions: Transactions,
    private readonly messages: MessageRepository,
    private readonly applications: ApplicationRepository,
    private readonly clock: Clock,
  ) {}

  sweep(): Promise<number> {
    return this.transactions.run(async (tx) => {
      const now = this.clock.now();
      const today = now.toISOString().slice(0, 10);
      const held = await this.messages.takeReleased(tx, today, 200);
      if (held.length === 0) return 0;
      const known = await this.applications.lock(tx, [...new Set(held.map(({ applicationId }) => applicationId))]);
      await this.messages.lockContacts(tx, [...known.keys()]);
      const again: HeldMessage[] = [];
      for (const message of held) {
        const application = known.get(message.applicationId);
        if (!application || (isTerminal(application) && !LAST_WORDS.includes(message.kind))) continue;
        // Asked anew for each: several held messages may share one contact.
        const kin = (await this.messages.kinToday(tx, [application.id], today)).get(application.id)!;
        const { written, contact } = application;
        const sent = { own: written.day === today ? written.count : 0, contact, ...kin };
        if (contact === 'disowned' || sent.disownedByKin) continue;
        if (allowance(sent) < 1) {
          again.push(message);
          continue;
        }
        const one = { ...application, written: { day: today, count: sent.own + 1 } };
        known.set(one.id, one);
        await this.applications.save(tx, [one]);
        tx.publish(MessageRequested, [
          {
            sequence: application.version,
            at: now,
            data: {
              applicationId: application.id,
              activationId: application.activationId,
              forumId: application.forumId,
              messageId: message.messageId,
              kind: message.kind,
              urgency: message.urgency,
              reference: application.reference,
              ownerName: application.ownerName,
              promiseDueAt: application.promise?.dueAt.toISOString() ?? null,
              facts: message.facts,
            },
          },
        ]);
      }
      await this.messages.hold(tx, again, now, after(now, DAY).toISOString().slice(0, 10));
      return held.length - again.length;
    });
  }
}
