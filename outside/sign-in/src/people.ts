import { readFileSync } from 'node:fs';

/** Somebody who can sign in here with one click. */
export interface Person {
  /** Stable identifier in this directory; the forum's membership points at it. */
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** Id of the organisation that the directory places them in. */
  readonly organisation: string;
  /** One line for the sign-in page: what this person is for. */
  readonly does?: string;
}

export class People {
  private readonly bySub: Map<string, Person>;

  constructor(readonly all: readonly Person[]) {
    this.bySub = new Map(all.map((person) => [person.sub, person]));
    if (this.bySub.size !== all.length) throw new Error('two people share a sub');
  }

  static from(file: string): People {
    return new People(JSON.parse(readFileSync(file, 'utf8')) as Person[]);
  }

  of(sub: string): Person | undefined {
    return this.bySub.get(sub);
  }

  withEmail(email: string): Person | undefined {
    return this.all.find((person) => person.email.toLowerCase() === email.trim().toLowerCase());
  }
}
