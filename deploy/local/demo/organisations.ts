/** Ids are fixed, so that a second start finds its own rows. */
const id = (block: number, n: number): string => `01930000-0000-7000-8000-${String(block * 100 + n).padStart(12, '0')}`;

export const FORUM = {
  id: id(0, 1),
  slug: 'greater-manchester',
  name: 'Greater Manchester Resilience Forum',
  nation: 'england',
  // A forum is a partnership and no legal body: this one answers for the data.
  controller: 'Greater Manchester Combined Authority',
  controllerContact: 'data.protection@demo.example',
} as const;

export interface Organisation {
  readonly id: string;
  readonly kind: 'category-1' | 'infrastructure-body';
  readonly name: string;
  /** The borough whose outward codes it owns, as `geography.csv` names it. */
  readonly borough: string | null;
}

/** Takes what no borough can: no postcode, or a place that cannot be found. */
export const DESK: Organisation = {
  id: id(1, 0),
  kind: 'category-1',
  name: 'Greater Manchester Resilience Forum desk',
  borough: null,
};

export const BOROUGHS: readonly Organisation[] = (
  [
    ['Bolton', 'Bolton CVS'],
    ['Bury', 'Bury VCFA'],
    ['Manchester', 'Macc, Manchester'],
    ['Oldham', 'Action Together, Oldham'],
    ['Rochdale', 'Action Together, Rochdale'],
    ['Salford', 'Salford CVS'],
    ['Stockport', 'Sector 3, Stockport'],
    ['Tameside', 'Action Together, Tameside'],
    ['Trafford', 'Volunteer Centre Trafford'],
    ['Wigan', 'Wigan and Leigh CVS'],
  ] as const
).map(([borough, name], i) => ({ id: id(1, i + 1), kind: 'infrastructure-body', name, borough }));

export const ORGANISATIONS: readonly Organisation[] = [DESK, ...BOROUGHS];

export const organisationOf = (borough: string): Organisation => {
  const found = BOROUGHS.find((it) => it.borough === borough);
  if (!found) throw new Error(`${borough} is not a borough of the demo`);
  return found;
};

export interface Hub {
  readonly id: string;
  readonly organisationId: string;
  readonly name: string;
  readonly outwardCode: string;
}

/** Oldham ran five place-based hubs in 2020, on the footprints of its primary care networks. */
export const HUBS: readonly Hub[] = (
  [
    ['Oldham Central hub', 'OL8'],
    ['Oldham East hub', 'OL4'],
    ['Oldham North hub', 'OL2'],
    ['Oldham South hub', 'M35'],
    ['Oldham West hub', 'OL9'],
  ] as const
).map(([name, outwardCode], i) => ({
  id: id(2, i + 1),
  organisationId: organisationOf('Oldham').id,
  name,
  outwardCode,
}));

/** Row of the membership of the person at this place of `people.json`. */
export const memberId = (n: number): string => id(3, n + 1);

export const PARTNER_KEY_ID = id(5, 1);
