import { Clock } from '@app/calendar';
import {
  ApplicationCleared,
  ApplicationConditionallyCleared,
  ApplicationDeclined,
  ApplicationReferred,
  CheckDelayed,
  CheckDetermined,
  CheckSent,
  TaskSet,
} from '@app/contracts';
import { foldByKey, Handles, type Batch, type BatchHandler, type Received, type Tx } from '@app/messaging';
import { ApplicationBooks } from './application-books.js';
import { ApplicationRepository } from './application.repository.js';
import { settle } from './settle.decider.js';
import { followVetting, type VettingFact } from './vetting.decider.js';

@Handles(
  [
    TaskSet,
    CheckSent,
    CheckDelayed,
    CheckDetermined,
    ApplicationReferred,
    ApplicationCleared,
    ApplicationConditionallyCleared,
    ApplicationDeclined,
  ],
  'intake.follow-vetting',
  { from: 'beginning' },
)
export class FollowVetting implements BatchHandler {
  constructor(
    private readonly applications: ApplicationRepository,
    private readonly books: ApplicationBooks,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const now = this.clock.now();
    const byApplication = foldByKey(events);
    const known = await this.applications.lock(tx, [...byApplication.keys()]);
    const settled = [...known].map(([id, application]) =>
      settle(
        application,
        byApplication.get(id)!.map((event) => (before) => followVetting(before, factOf(event), now)),
      ),
    );
    await this.books.enter(tx, settled, new Map(events.map((event) => [event.id, event])));
  }
}

const factOf = (event: Received): VettingFact => {
  const data = event.data;
  const told = { cause: event.id, sequence: event.sequence, at: new Date(data.at ?? data.clearedAt ?? event.at) };
  switch (event.type) {
    case TaskSet.type:
      return { ...told, is: 'task-set', task: data.task, reason: data.reason };
    case CheckSent.type:
      return {
        ...told,
        is: 'check-sent',
        check: data.check,
        ...(data.providerPage && {
          page: { sealed: data.providerPage as string, version: Number(data.providerPageVersion ?? 1) },
        }),
      };
    case CheckDelayed.type:
      return { ...told, is: 'check-delayed', check: data.check, reason: data.reason };
    case CheckDetermined.type:
      return { ...told, is: 'check-determined', check: data.check };
    case ApplicationReferred.type:
      return { ...told, is: 'application-referred', check: data.check };
    case ApplicationCleared.type:
      return { ...told, is: 'application-cleared' };
    case ApplicationConditionallyCleared.type:
      return { ...told, is: 'application-conditionally-cleared', suspended: data.clearedRoles.length === 0 };
    default:
      return { ...told, is: 'application-declined', reason: data.reason, appealUntil: new Date(data.appealUntil) };
  }
};
