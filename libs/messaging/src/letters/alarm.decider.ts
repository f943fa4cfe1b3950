const MINUTE = 60_000;

/** The parks of one consumer in the last minute, oldest first. */
export type Parks = readonly number[];

export const withPark = (parks: Parks, at: number): Parks => [...parks.filter((park) => park > at - MINUTE), at];

/** More than the limit in a minute is no longer about single events. */
export const isAlarming = (parks: Parks, limit: number): boolean => parks.length > limit;
