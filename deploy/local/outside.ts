/** The servers that play the outside world. */
export const OUTSIDE = ['mail', 'texts', 'sign-in', 'identity', 'dbs'] as const;
export type OutsideName = (typeof OUTSIDE)[number];
