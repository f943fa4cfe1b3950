import { NeedStaffed, type DataOf } from '@app/contracts';
import { foldByKey, Handles, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { inAllForums } from '../forum-scope.repository.js';
import { isOver, staffed } from './need.decider.js';
import { NeedRepository } from './need.repository.js';

/** Matching tells absolute numbers, so only the newest of each need counts. */
@Handles([NeedStaffed], 'coordination.follow-staffing', { from: 'beginning' })
export class FollowStaffing implements BatchHandler {
  constructor(private readonly needs: NeedRepository) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    await inAllForums(tx);
    const newest = new Map(
      [...foldByKey<typeof NeedStaffed>(events)].map(([id, told]) => [
        id,
        told.reduce((best, one) => (one.sequence >= best.sequence ? one : best)),
      ]),
    );
    const needs = await this.needs.lockAll(tx, [...newest.keys()]);
    await this.needs.staffed(
      tx,
      needs.flatMap((need) => {
        const told = newest.get(need.id)!;
        const data = told.data as DataOf<typeof NeedStaffed>;
        if (told.sequence <= need.staffingSequence || isOver(need.state)) return [];
        const state = staffed(need, data.filled);
        const version = state === need.state ? need.version : need.version + 1;
        const at = new Date(data.at);
        return [{ id: need.id, filled: data.filled, state, version, at, sequence: told.sequence }];
      }),
    );
  }
}
