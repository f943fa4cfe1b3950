import type { AgeBand, DataOf, ApplicationCleared, Slot, SkillCode } from '@app/contracts';

/** What a person said about when, how far and with what they can help. */
export interface Profile {
  readonly ageBand: AgeBand;
  readonly skills: readonly SkillCode[];
  readonly remoteOnly: boolean;
  readonly outwardCode: string | null;
  readonly slots: readonly Slot[];
  readonly maxDistanceKm: number;
  readonly availableFrom: string;
}

/** Takes the known fields and no others. */
export const profileOf = (data: Pick<DataOf<typeof ApplicationCleared>, keyof Profile>): Profile => ({
  ageBand: data.ageBand,
  skills: data.skills,
  remoteOnly: data.remoteOnly,
  outwardCode: data.outwardCode,
  slots: data.slots,
  maxDistanceKm: data.maxDistanceKm,
  availableFrom: data.availableFrom,
});

export type Pool = 'active' | 'reserve' | 'left';

/** One person as matching sees them; `pool` is null until they are cleared. */
export interface Member {
  readonly applicationId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly pool: Pool | null;
  readonly paused: boolean;
  readonly pausedUntil: string | null;
  readonly ended: boolean;
  readonly clearedAt: Date | null;
  readonly tier: string | null;
  readonly clearedRoles: readonly string[];
  readonly clearanceSequence: number;
  readonly profile: Profile | null;
  readonly profileVersion: number;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly offersMade: number;
  readonly openOffers: number;
  readonly assigned: number;
  readonly version: number;
  readonly changedAt: Date;
}

export const newMember = (of: { applicationId: string; activationId: string; forumId: string }, now: Date): Member => ({
  applicationId: of.applicationId,
  activationId: of.activationId,
  forumId: of.forumId,
  pool: null,
  paused: false,
  pausedUntil: null,
  ended: false,
  clearedAt: null,
  tier: null,
  clearedRoles: [],
  clearanceSequence: 0,
  profile: null,
  profileVersion: 0,
  latitude: null,
  longitude: null,
  offersMade: 0,
  openOffers: 0,
  assigned: 0,
  version: 0,
  changedAt: now,
});

export const inPool = (member: Member): boolean => member.pool === 'active' || member.pool === 'reserve';
/** Waiting for a place: in the pool, not at rest, without an assignment. */
export const inLine = (member: Member): boolean => inPool(member) && !member.paused && member.assigned === 0;
