import type { AgeBand, ApplicationSubmitted, DataOf, Language } from '@app/contracts';

/** When, how far and with what a person can help, as the last event said. */
export interface Profile {
  readonly language: Language;
  readonly ageBand: AgeBand;
  readonly roles: readonly string[];
  readonly skills: DataOf<typeof ApplicationSubmitted>['skills'];
  readonly vehicle: boolean;
  readonly remoteOnly: boolean;
  readonly outwardCode: string | null;
  readonly slots: DataOf<typeof ApplicationSubmitted>['slots'];
  readonly maxDistanceKm: number;
  readonly availableFrom: string;
}

/** Takes the known fields and no others: a wider event must not widen what we keep. */
export const profileOf = (data: Profile): Profile => ({
  language: data.language,
  ageBand: data.ageBand,
  roles: data.roles,
  skills: data.skills,
  vehicle: data.vehicle,
  remoteOnly: data.remoteOnly,
  outwardCode: data.outwardCode,
  slots: data.slots,
  maxDistanceKm: data.maxDistanceKm,
  availableFrom: data.availableFrom,
});
