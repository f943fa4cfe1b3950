export const DbsStatus = ['BLANK_NO_NEW_INFO', 'NON_BLANK_NO_NEW_INFO', 'NEW_INFO', 'NO_MATCH_FOUND'] as const;
export type DbsStatus = (typeof DbsStatus)[number];

export interface DbsQuestion {
  readonly certificateNumber: string;
  readonly surname: string;
  readonly dateOfBirth: string;
}

/** The register's word; name and date of print come with every status but NO_MATCH_FOUND. */
export interface DbsAnswer {
  readonly status: DbsStatus;
  readonly forename: string | null;
  readonly surname: string | null;
  readonly printedOn: string | null;
}

/** The DBS Update Service. Throws `NoAnswer` for anything but one of its four answers. */
export abstract class DbsProvider {
  abstract status(question: DbsQuestion): Promise<DbsAnswer>;
}
