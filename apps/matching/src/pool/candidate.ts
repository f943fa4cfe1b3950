import type { Candidate } from '../offers/eligible.decider.js';
import type { Member } from './member.js';

/** A member in the eyes of a search; null when not enough is known to offer anything. */
export const candidateOf = (
  member: Member,
  more: Pick<Candidate, 'busy' | 'refused'> = { busy: [], refused: new Set() },
): Candidate | null =>
  member.profile && member.clearedAt
    ? {
        applicationId: member.applicationId,
        offersMade: member.offersMade,
        clearedAt: member.clearedAt,
        roles: new Set(member.clearedRoles),
        skills: new Set(member.profile.skills),
        slots: new Set(member.profile.slots),
        ageBand: member.profile.ageBand,
        remoteOnly: member.profile.remoteOnly,
        latitude: member.latitude,
        longitude: member.longitude,
        maxDistanceKm: member.profile.maxDistanceKm,
        availableFrom: member.profile.availableFrom,
        busy: more.busy,
        refused: more.refused,
      }
    : null;
