import type { Slotted } from '@app/privacy';

/** What is sealed of a need: only coordination holds the key. */
export interface NeedDetails {
  readonly title: string;
  readonly postcode: string | null;
  readonly notes: string | null;
}

/** Details are written once, so their version is always the first. */
export const detailsOf = (forumId: string, needId: string): Slotted => ({
  subject: { forumId, personId: needId, compartment: 'need' },
  place: 'need.sealed',
  version: 1,
});
