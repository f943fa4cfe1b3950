import { after, DAY, workingDaysAfter } from '@app/calendar';
import type { Nation } from '@app/contracts';

/** People in line and places open that suit one person. */
export interface Odds {
  readonly people: number;
  readonly places: number;
}

export interface Admission extends Odds {
  readonly pool: 'active' | 'reserve';
  readonly nextContactAt: Date;
}

/** With more places than people before them an offer is likely; else the reserve, with the true numbers and a date (M9). */
export const admitted = (odds: Odds, nation: Nation, now: Date): Admission =>
  odds.places > odds.people
    ? { ...odds, pool: 'active', nextContactAt: after(now, DAY) }
    : { ...odds, pool: 'reserve', nextContactAt: workingDaysAfter(now, 5, nation) };
