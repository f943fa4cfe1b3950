import { NeedCancelled, NeedVerified } from '@app/contracts';
import { Clock } from '@app/calendar';
import { PostcodeTable } from '@app/geography';
import { foldByKey, Handles, type Batch, type BatchHandler, type Received, type Tx } from '@app/messaging';
import { DemandRepository } from './demand.repository.js';
import type { Need } from './need.js';

/** A verified need is demand; offers follow in waves. A cancelled one is wound up by a sweeper, a thousand rows at a time. */
@Handles([NeedVerified, NeedCancelled], 'matching.follow-needs', { from: 'beginning' })
export class FollowNeeds implements BatchHandler {
  constructor(
    private readonly demand: DemandRepository,
    private readonly postcodes: PostcodeTable,
    private readonly clock: Clock,
  ) {}

  async handle(events: Batch, tx: Tx): Promise<void> {
    const byNeed = [...foldByKey(events).values()];
    const verified = byNeed.flatMap((own) => own.filter((event) => event.is(NeedVerified)).slice(-1));
    const places = await this.postcodes.find(
      tx,
      verified.flatMap(({ data }) => (data.outwardCode ? [data.outwardCode as string] : [])),
    );
    const needs = verified.map((event) => needOf(event, places.get(event.data.outwardCode as string)));
    await this.demand.verify(tx, needs, this.clock.now());
    const cancelled = byNeed.filter((own) => own.some((event) => event.is(NeedCancelled))).map((own) => own[0]!.key);
    if (cancelled.length > 0) await this.demand.cancel(tx, cancelled);
  }
}

const needOf = (
  { data, sequence }: Received<typeof NeedVerified>,
  place: { latitude: number; longitude: number } | undefined,
): Need & { sequence: number } => ({
  needId: data.needId,
  activationId: data.activationId,
  forumId: data.forumId,
  organisationName: data.organisationName,
  roleCode: data.roleCode,
  places: data.places,
  filled: 0,
  open: 0,
  accepted: 0,
  closed: 0,
  wave: 0,
  outwardCode: data.outwardCode,
  district: data.district,
  latitude: place?.latitude ?? null,
  longitude: place?.longitude ?? null,
  startsAt: new Date(data.startsAt),
  endsAt: new Date(data.endsAt),
  skills: data.skills,
  remote: data.remote,
  state: 'open',
  version: 0,
  windUp: false,
  lookedAt: null,
  exhausted: false,
  sequence,
});
