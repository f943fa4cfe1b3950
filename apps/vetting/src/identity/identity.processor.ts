import { Inject } from '@nestjs/common';
import { z } from 'zod';
import { CONFIG } from '@app/boot';
import { Clock, workingDaysAfter } from '@app/calendar';
import type { Nation } from '@app/contracts';
import { messageIdOf } from '@app/messaging';
import { Circuit, CircuitOpen, Circuits, type Pace, Processes, type Processor } from '@app/queue';
import { NoAnswer } from '../checks/ask-provider.js';
import { CheckDesk, type Learned, type Opened } from '../checks/check-desk.js';
import type { VettingConfig } from '../vetting.settings.js';
import { identityLearned } from './identity.decider.js';
import { IdentityProvider } from './identity.provider.js';
import { IDENTITY, IdentityQueue, type CheckJob } from './identity.queue.js';

const Given = z.object({
  givenName: z.string().min(1),
  familyName: z.string().min(1),
  dateOfBirth: z.iso.date(),
  returnUrl: z.url().optional(),
});

/** After so many working days without a word the person is told that the provider is slow. */
const SILENT_DAYS = 5;

@Processes(IdentityQueue)
export class IdentityProcessor implements Processor<CheckJob> {
  readonly ratePerSecond: number;
  private readonly circuit: Circuit;

  constructor(
    private readonly desk: CheckDesk,
    private readonly provider: IdentityProvider,
    private readonly clock: Clock,
    circuits: Circuits,
    @Inject(CONFIG) config: VettingConfig,
  ) {
    this.circuit = circuits.of(IDENTITY);
    this.ratePerSecond = config.IDENTITY_PER_SECOND;
  }

  async process({ data }: { data: CheckJob }, pace: Pace): Promise<void> {
    const check = await this.desk.take(data);
    if (check) await this.desk.land({ check, learned: await this.learn(check, pace) });
  }

  private async learn(check: Opened, pace: Pace): Promise<Learned> {
    const given = Given.safeParse(check.given);
    if (!given.success) return { is: 'ask-again', code: 'answers-unreadable', reason: 'answers-unreadable' };
    const { returnUrl, ...applicant } = given.data;
    const silentAt = workingDaysAfter(this.clock.now(), SILENT_DAYS, (check.nation ?? 'england') as Nation);
    await pace();
    try {
      const answer = await this.circuit.run(() =>
        check.session
          ? this.provider.look(check.session)
          : this.provider.begin({ reference: referenceOf(check), applicant, returnUrl }),
      );
      if (answer.is === 'pending' && check.session) return { is: 'still-pending' };
      return identityLearned(answer, applicant, silentAt);
    } catch (error) {
      if (error instanceof CircuitOpen) return { is: 'not-asked', retryInMs: error.retryInMs };
      if (error instanceof NoAnswer) return { is: 'no-answer' };
      throw error;
    }
  }
}

/** The check's own id, so that a retry is recognised; a session that ended needs another name. */
const referenceOf = (check: Opened): string =>
  check.attempt === 1 ? check.checkId : messageIdOf(check.checkId, `attempt-${check.attempt}`);
