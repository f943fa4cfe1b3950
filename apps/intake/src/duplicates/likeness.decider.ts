export interface Kin {
  readonly id: string;
  readonly sameContact: boolean;
  readonly sameName: boolean;
  readonly submittedAt: Date;
}

/**
 * Never joins: couples share an address, fathers and sons a name. Equal contact and equal name together only mark the
 * newer form for people to judge (H1). Gives the oldest likeness.
 */
export const likelyDuplicateOf = (kin: readonly Kin[]): string | null => {
  const alike = kin
    .filter((one) => one.sameContact && one.sameName)
    .sort((a, b) => a.submittedAt.getTime() - b.submittedAt.getTime() || (a.id < b.id ? -1 : 1));
  return alike[0]?.id ?? null;
};

/** What equal spellings of a name have in common: case, marks, punctuation and order of spaces do not count. */
export const comparableName = (givenName: string, familyName: string): string =>
  `${givenName} ${familyName}`
    .normalize('NFD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^\p{L}]+/gu, ' ')
    .trim();
