import type { ActivationKind, ActivationState, Nation, Tier } from '@app/contracts';
import type { ModeSetting } from '../submit/mode.decider.js';
import type { Territory } from '../submit/owner.decider.js';

export interface Titles {
  readonly en: string;
  readonly cy: string;
}

export interface Role {
  readonly code: string;
  readonly title: Titles;
  readonly tier: Tier;
  readonly checks: readonly string[];
  readonly minimumAge: number;
  readonly remote: boolean;
  readonly skills: readonly string[];
  readonly setting: ModeSetting;
}

/** An activation as the front door needs it. */
export interface Activation {
  readonly id: string;
  readonly forumId: string;
  readonly forumName: string;
  readonly slug: string;
  readonly kind: ActivationKind;
  readonly state: ActivationState;
  readonly title: Titles;
  readonly nation: Nation;
  readonly setting: ModeSetting;
  readonly roles: readonly Role[];
  readonly territory: Territory;
}
