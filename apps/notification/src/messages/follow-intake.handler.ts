import {
  ApplicationErased,
  ApplicationSubmitted,
  ApplicationWithdrawn,
  ContactGiven,
  MessageRequested,
  type DataOf,
  type EventDefinition,
  type Transport,
} from '@app/contracts';
import { Clock } from '@app/calendar';
import { type Batch, type BatchHandler, foldByKey, Handles, messageIdOf, type Received, type Tx } from '@app/messaging';
import { CapturedRepository } from '../capture/captured.repository.js';
import { type Recipient, RecipientRepository } from '../recipients/recipient.repository.js';
import { TallyRepository } from '../tally/tally.repository.js';
import type { Cause, Routed } from './message.js';
import { MessageRepository } from './message.repository.js';
import { route } from './route.decider.js';

/** Learns whom to write to and what is owed, in the order in which intake said it: the channel of the moment is the one used. */
@Handles(
  [ApplicationSubmitted, ContactGiven, MessageRequested, ApplicationWithdrawn, ApplicationErased],
  'notification.follow-intake',
  { from: 'beginning' },
)
export class FollowIntake implements BatchHandler {
  constructor(
    private readonly recipients: RecipientRepository,
    private readonly messages: MessageRepository,
    private readonly captured: CapturedRepository,
    private readonly tally: TallyRepository,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch<any>, tx: Tx): Promise<void> {
    const people = foldByKey(events);
    const known = await this.recipients.find(tx, [...people.keys()]);
    const changed: Recipient[] = [];
    const routed: Routed[] = [];
    const withdrawn: string[] = [];
    const erased: string[] = [];
    for (const [applicationId, facts] of people) {
      const before = known.get(applicationId);
      const seen = follow(before, facts);
      if (seen.erased) {
        erased.push(applicationId);
        continue;
      }
      if (seen.recipient && seen.recipient !== before) changed.push(seen.recipient);
      if (seen.withdrawn) withdrawn.push(applicationId);
      routed.push(...seen.routed);
    }
    await this.recipients.put(tx, changed);
    const created = await this.messages.insert(tx, routed);
    const at = this.clock.now();
    const ended = [
      ...(await this.messages.cancel(tx, {
        applicationIds: withdrawn,
        reason: 'withdrawn',
        except: ['withdrawn', 'guardian-refused', 'code', 'contact-changed'],
        at,
      })),
      ...(await this.messages.cancel(tx, { applicationIds: erased, reason: 'erased', except: [], at })),
    ];
    if (erased.length > 0) {
      await this.recipients.forget(tx, erased);
      await this.captured.forget(tx, erased);
      await this.messages.forget(tx, erased);
    }
    await this.tally.count(tx, [
      ...created.map((one) => ({ ...one, queued: 1 })),
      ...ended.map((one) => ({ ...one, queued: -1 })),
    ]);
  }
}

interface Seen {
  recipient: Recipient | undefined;
  routed: Routed[];
  withdrawn: boolean;
  erased: boolean;
}

const follow = (before: Recipient | undefined, facts: readonly Received[]): Seen => {
  const seen: Seen = { recipient: before, routed: [], withdrawn: false, erased: false };
  for (const fact of facts) {
    const submitted = dataOf(fact, ApplicationSubmitted);
    const given = dataOf(fact, ContactGiven);
    if (submitted) seen.recipient = newer(seen.recipient, submitted);
    if (given && seen.recipient)
      seen.recipient = newer(seen.recipient, { ...given, reference: seen.recipient.reference });
    if (fact.is(MessageRequested)) seen.routed.push(...routesOf(fact, seen.recipient));
    seen.withdrawn ||= dataOf(fact, ApplicationWithdrawn) !== null;
    seen.erased ||= dataOf(fact, ApplicationErased) !== null;
  }
  return seen;
};

const dataOf = <E extends EventDefinition<any>>(fact: Received, event: E): DataOf<E> | null =>
  fact.is(event) ? (fact.data as DataOf<E>) : null;

const newer = (
  before: Recipient | undefined,
  given: Pick<
    DataOf<typeof ContactGiven>,
    'applicationId' | 'activationId' | 'forumId' | 'language' | 'channel' | 'contact' | 'contactVersion'
  > & {
    reference: string;
  },
): Recipient => {
  if (before && before.contactVersion >= given.contactVersion) return before;
  const { applicationId, activationId, forumId, reference, language, channel, contact, contactVersion } = given;
  return { applicationId, activationId, forumId, reference, language, channel, contact, contactVersion };
};

const causeOf = ({ id, correlationId, traceparent }: Received): Cause => ({
  id,
  correlationId,
  ...(traceparent === undefined ? {} : { traceparent }),
});

/** Without a recipient nobody knows the channel; e-mail is tried, and fails visibly when there is no contact. */
const routesOf = (fact: Received<typeof MessageRequested>, to: Recipient | undefined): Routed[] => {
  const { messageId, ...rest } = fact.data;
  const owed = { ...rest, requestId: messageId, requestedAt: fact.at, cause: causeOf(fact) };
  return route(owed, owed.to?.channel ?? to?.channel ?? 'email', (requestId: string, transport: Transport) =>
    messageIdOf(requestId, transport),
  );
};
