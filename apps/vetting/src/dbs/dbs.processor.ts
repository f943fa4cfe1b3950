import { Inject } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG } from '@app/boot';
import { Circuit, CircuitOpen, Circuits, type Pace, Processes, type Processor } from '@app/queue';
import { NoAnswer } from '../checks/ask-provider.js';
import { CheckDesk, type Learned, type Opened } from '../checks/check-desk.js';
import type { ProvenPerson } from '../identity/identity.provider.js';
import type { CheckJob } from '../identity/identity.queue.js';
import type { VettingConfig } from '../vetting.settings.js';
import { beforeAsking, dbsLearned } from './dbs.decider.js';
import { DbsProvider, type DbsQuestion } from './dbs.provider.js';
import { DBS, DbsQueue } from './dbs.queue.js';

const Given = z.object({
  certificateNumber: z.string().regex(/^\d{12}$/),
  surname: z.string().min(1).max(200),
  dateOfBirth: z.iso.date(),
});
const Proven = z.object({ givenName: z.string(), familyName: z.string(), dateOfBirth: z.iso.date() });

@Processes(DbsQueue)
export class DbsProcessor implements Processor<CheckJob> {
  readonly ratePerSecond: number;
  private readonly circuit: Circuit;

  constructor(
    private readonly desk: CheckDesk,
    private readonly provider: DbsProvider,
    circuits: Circuits,
    @Inject(CONFIG) config: VettingConfig,
  ) {
    this.circuit = circuits.of(DBS);
    this.ratePerSecond = config.DBS_PER_SECOND;
  }

  async process({ data }: { data: CheckJob }, pace: Pace): Promise<void> {
    const check = await this.desk.take(data);
    if (!check) return;
    const given = Given.safeParse(check.given);
    if (!given.success) {
      const learned: Learned = { is: 'ask-again', code: 'answers-unreadable', reason: 'answers-unreadable' };
      return this.desk.land({ check, learned });
    }
    const learned = await this.learn(check, given.data, pace);
    const answered = learned.is === 'clear' || learned.is === 'needs-human' || learned.is === 'ask-again';
    // A number that the register does not know belongs to nobody yet: the person may have mistyped another's.
    const known = answered && !(learned.is === 'ask-again' && learned.reason === 'no-match');
    await this.desk.land({
      check,
      learned,
      ...(known ? { certificateNumber: given.data.certificateNumber } : {}),
    });
  }

  private async learn(check: Opened, question: DbsQuestion, pace: Pace): Promise<Learned> {
    const proven = Proven.safeParse(check.proven);
    const person: ProvenPerson | null = proven.success ? proven.data : null;
    const before = beforeAsking(question, person);
    if (before) return before;
    await pace();
    try {
      return dbsLearned(await this.circuit.run(() => this.provider.status(question)), person!);
    } catch (error) {
      if (error instanceof CircuitOpen) return { is: 'not-asked', retryInMs: error.retryInMs };
      if (error instanceof NoAnswer) return { is: 'no-answer' };
      throw error;
    }
  }
}
