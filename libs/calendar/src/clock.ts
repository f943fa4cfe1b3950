/** Where time comes from; the token and the type at once, so that a class is found by it. */
export abstract class Clock {
  abstract now(): Date;
}

export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }
}

/** A clock that stands until it is moved; for tests and drills. */
export class FixedClock extends Clock {
  #at: number;

  constructor(at: Date) {
    super();
    this.#at = at.getTime();
  }

  now(): Date {
    return new Date(this.#at);
  }

  set(at: Date): void {
    this.#at = at.getTime();
  }

  advance(ms: number): void {
    this.#at += ms;
  }
}
