export type Status = 'BLANK_NO_NEW_INFO' | 'NON_BLANK_NO_NEW_INFO' | 'NEW_INFO' | 'NO_MATCH_FOUND';

export interface Query {
  readonly certificateNumber: string;
  /** DD/MM/YYYY */
  readonly dateOfBirth: string;
  readonly surname: string;
}

export interface Found {
  readonly status: Exclude<Status, 'NO_MATCH_FOUND'>;
  readonly forename: string;
  readonly surname: string;
  /** YYYY-MM-DD */
  readonly printDate: string;
}

/** A certificate of a named person: another surname or date of birth does not match it. */
export interface Planted extends Found {
  readonly certificateNumber: string;
  readonly dateOfBirth: string;
}

/** The first three digits decide. */
const RANGES: Readonly<Record<string, Found['status']>> = {
  '001': 'BLANK_NO_NEW_INFO',
  '002': 'NON_BLANK_NO_NEW_INFO',
  '003': 'NEW_INFO',
};

/** Certificates that belong to somebody: numbers that end in 000001 to 000009 after the range and three zeros. */
export const PLANTED: readonly Planted[] = [
  {
    certificateNumber: '001000000001',
    dateOfBirth: '14/02/1979',
    forename: 'NADIA',
    surname: 'WHITWORTH',
    status: 'BLANK_NO_NEW_INFO',
    printDate: '2025-06-02',
  },
  {
    certificateNumber: '002000000001',
    dateOfBirth: '30/09/1966',
    forename: 'GARETH',
    surname: 'PROBERT',
    status: 'NON_BLANK_NO_NEW_INFO',
    printDate: '2024-11-18',
  },
  {
    certificateNumber: '003000000001',
    dateOfBirth: '07/12/1991',
    forename: 'IMRAN',
    surname: 'HOLROYD',
    status: 'NEW_INFO',
    printDate: '2023-03-27',
  },
];

const plain = (name: string): string => name.trim().toUpperCase().replace(/\s+/g, ' ');

export const lookUp = (query: Query): Found | null => {
  const planted = PLANTED.find((it) => it.certificateNumber === query.certificateNumber);
  if (planted) {
    const same = plain(query.surname) === planted.surname && query.dateOfBirth === planted.dateOfBirth;
    return same ? planted : null;
  }
  const status = RANGES[query.certificateNumber.slice(0, 3)];
  // Any other number of a range is the certificate of whoever asks, so that synthetic people need no list.
  return status ? { status, forename: 'SAM', surname: plain(query.surname), printDate: '2025-01-15' } : null;
};
