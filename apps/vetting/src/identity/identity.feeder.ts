import { Clock } from '@app/calendar';
import type { Transaction } from '@app/database';
import { Feeds, type Backlog, type Feedable, type Feeder } from '@app/queue';
import { OutwardRepository } from '../checks/outward.repository.js';
import { IDENTITY, IdentityQueue, type CheckJob } from './identity.queue.js';

@Feeds(IdentityQueue)
export class IdentityFeeder implements Feeder<CheckJob> {
  constructor(
    private readonly outward: OutwardRepository,
    private readonly clock: Clock,
  ) {}

  async claim(tx: Transaction, limit: number): Promise<Feedable<CheckJob>[]> {
    const jobs = await this.outward.claim(tx, IDENTITY, this.clock.now(), limit);
    return jobs.map((job) => ({ id: `${job.checkId}-${job.attempt}-${job.round}`, data: job }));
  }

  backlog(tx: Transaction): Promise<Backlog> {
    return this.outward.backlog(tx, IDENTITY, this.clock.now());
  }
}
