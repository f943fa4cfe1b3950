/** Enough of a person to compare; dates are ISO days. */
export interface Bearer {
  readonly surname: string;
  readonly dateOfBirth: string;
}

/** Letters only, without case and accents: O'Brien is OBRIEN, Müller is MULLER. */
export const plainName = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[^\p{L}]/gu, '')
    .toUpperCase();

export const samePerson = (a: Bearer, b: Bearer): boolean =>
  a.dateOfBirth === b.dateOfBirth && plainName(a.surname) !== '' && plainName(a.surname) === plainName(b.surname);
