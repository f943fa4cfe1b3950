import type { ActivationRole, Nation } from '@app/contracts';

/** What matching keeps of a role of the plan. */
export type Role = Pick<ActivationRole, 'title' | 'tier' | 'minimumAge'>;

export interface Activation {
  readonly activationId: string;
  readonly forumId: string;
  readonly state: string;
  readonly nation: Nation;
  readonly roles: Readonly<Record<string, Role>>;
}

export interface Need {
  readonly needId: string;
  readonly activationId: string;
  readonly forumId: string;
  readonly organisationName: string;
  readonly roleCode: string;
  readonly places: number;
  readonly filled: number;
  readonly open: number;
  readonly accepted: number;
  readonly closed: number;
  readonly wave: number;
  readonly outwardCode: string | null;
  readonly district: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly startsAt: Date;
  readonly endsAt: Date;
  readonly skills: readonly string[];
  readonly remote: boolean;
  readonly state: 'open' | 'cancelled';
  readonly version: number;
  readonly windUp: boolean;
  readonly lookedAt: Date | null;
  readonly exhausted: boolean;
}

/** Before an activation is real, and after it has closed, nobody is offered anything. */
export const offersIn = (state: string): boolean => ['active', 'surge', 'standing-down', 'recovery'].includes(state);

/** What people call the place: the district, or who asks. */
export const placeOf = (need: Need): string => need.district ?? need.organisationName;
