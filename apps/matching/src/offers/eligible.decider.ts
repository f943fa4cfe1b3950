import { slotOf } from '@app/calendar';
import type { AgeBand, Slot } from '@app/contracts';
import { distanceKm } from '@app/geography';

/** A need as a search for people sees it. */
export interface Wanted {
  readonly needId: string;
  readonly roleCode: string;
  readonly skills: readonly string[];
  readonly remote: boolean;
  readonly minimumAge: number;
  readonly tier: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly slot: Slot;
  /** The day it starts on, in London. */
  readonly day: string;
}

/** A person as that search sees them. */
export interface Candidate {
  readonly applicationId: string;
  readonly offersMade: number;
  readonly clearedAt: Date;
  readonly roles: ReadonlySet<string>;
  readonly skills: ReadonlySet<string>;
  readonly slots: ReadonlySet<string>;
  readonly ageBand: AgeBand;
  readonly remoteOnly: boolean;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly maxDistanceKm: number;
  readonly availableFrom: string;
  /** Shifts they have accepted. */
  readonly busy: readonly { readonly startsAt: Date; readonly endsAt: Date }[];
  /** Needs that they turned down, or twice left unanswered. */
  readonly refused: ReadonlySet<string>;
}

/** 0 on the doorstep or from home, 1 near, 2 further, 3 far or unknown. */
export type Band = 0 | 1 | 2 | 3;

export const wanted = (
  need: {
    needId: string;
    roleCode: string;
    skills: readonly string[];
    remote: boolean;
    latitude: number | null;
    longitude: number | null;
    startsAt: Date;
    endsAt: Date;
  },
  role: { minimumAge: number; tier: string },
): Wanted => ({
  needId: need.needId,
  roleCode: need.roleCode,
  skills: need.skills,
  remote: need.remote,
  minimumAge: role.minimumAge,
  tier: role.tier,
  latitude: need.latitude,
  longitude: need.longitude,
  startsAt: need.startsAt,
  endsAt: need.endsAt,
  slot: slotOf(need.startsAt),
  day: londonDay(need.startsAt),
});

/** How far away a person is for a need that suits them; null when it does not suit them. */
export function bandFor(need: Wanted, person: Candidate): Band | null {
  if (!person.roles.has(need.roleCode)) return null;
  if (person.refused.has(need.needId)) return null;
  if (person.remoteOnly && !need.remote) return null;
  // Nobody says "never": a person who named no time can be asked at any.
  if (person.slots.size > 0 && !person.slots.has(need.slot)) return null;
  if (person.availableFrom > need.day) return null;
  for (const skill of need.skills) if (!person.skills.has(skill)) return null;
  if (person.ageBand === '16-17' && !fitForSixteen(need)) return null;
  for (const shift of person.busy) {
    if (shift.startsAt < need.endsAt && need.startsAt < shift.endsAt) return null;
  }
  if (need.remote) return 0;
  if (need.latitude === null || need.longitude === null || person.latitude === null || person.longitude === null)
    return 3;
  const km = distanceKm(
    { latitude: need.latitude, longitude: need.longitude },
    { latitude: person.latitude, longitude: person.longitude },
  );
  if (km > person.maxDistanceKm) return null;
  return km <= 2 ? 0 : km <= 5 ? 1 : km <= 15 ? 2 : 3;
}

/** H13: at 16 or 17 no role for older people, none of high risk, nothing in the evening or at night. */
const fitForSixteen = (need: Wanted): boolean =>
  need.minimumAge <= 16 && need.tier !== 'high' && !need.slot.endsWith('evening');

const LONDON = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/London', dateStyle: 'short' });
const londonDay = (at: Date): string => LONDON.format(at);
