import { distanceKm, type Place } from '@app/geography';

export interface Owner {
  readonly id: string;
  readonly name: string;
}

export interface OwnedCode extends Owner {
  readonly outwardCode: string;
  readonly place: Place | null;
}

export interface Territory {
  readonly desk: Owner;
  readonly codes: ReadonlyMap<string, OwnedCode>;
}

export interface KnownPlace extends Place {
  readonly outwardCode: string;
  readonly town: string;
  readonly district: string;
}

export type Owned =
  | { readonly is: 'owned'; readonly owner: Owner }
  | { readonly is: 'outside-area'; readonly place: string }
  | { readonly is: 'unknown-postcode' };

/** A code whose centre lies this near to an owned one borders the area: districts are some 5 km across. */
export const BORDER_KM = 8;

/**
 * Who holds an application from its first second: the borough of the code, the nearest borough for a bordering one,
 * the forum's desk for who named no place.
 */
export const ownerOf = (outwardCode: string | null, territory: Territory, place: KnownPlace | null): Owned => {
  if (outwardCode === null) return { is: 'owned', owner: territory.desk };
  const own = territory.codes.get(outwardCode);
  if (own) return { is: 'owned', owner: { id: own.id, name: own.name } };
  if (place === null) return { is: 'unknown-postcode' };
  const nearest = nearestTo(place, territory);
  if (nearest !== null && nearest.km <= BORDER_KM) return { is: 'owned', owner: nearest.owner };
  return { is: 'outside-area', place: place.town === '' ? place.district : place.town };
};

const nearestTo = (place: Place, territory: Territory): { owner: Owner; km: number } | null => {
  let nearest: { owner: Owner; km: number } | null = null;
  for (const code of territory.codes.values()) {
    if (code.place === null) continue;
    const km = distanceKm(place, code.place);
    if (nearest === null || km < nearest.km) nearest = { owner: { id: code.id, name: code.name }, km };
  }
  return nearest;
};
