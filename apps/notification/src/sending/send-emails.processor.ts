import type { Transaction } from '@app/database';
import { Clock, quietUntil } from '@app/calendar';
import { type Backlog, type Feedable, type Feeder, Feeds, type Pace, Processes, type Processor } from '@app/queue';
import { Channels } from '../channels/channels.js';
import { MessageRepository } from '../messages/message.repository.js';
import { emailQueue, type SendJob } from './queues.js';
import { Sending } from './sending.js';

@Feeds(emailQueue)
export class FeedEmails implements Feeder<SendJob> {
  constructor(
    private readonly messages: MessageRepository,
    private readonly clock: Clock,
  ) {}

  claim(tx: Transaction, limit: number): Promise<Feedable<SendJob>[]> {
    const now = this.clock.now();
    return this.messages.claim(tx, 'email', now, { limit, night: quietUntil(now) !== null });
  }

  backlog(tx: Transaction): Promise<Backlog> {
    return this.messages.backlog(tx, 'email');
  }
}

@Processes(emailQueue)
export class SendEmails implements Processor<SendJob> {
  constructor(
    private readonly sending: Sending,
    private readonly channels: Channels,
  ) {}

  process({ data }: { data: SendJob }, pace: Pace): Promise<void> {
    return this.sending.send(data.id, this.channels.of('email'), pace);
  }
}
