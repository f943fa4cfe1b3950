/** Ways in which the outside world fails, switched by `POST /faults`; what is not named is off. */
export interface Faults {
  /** Waits before it answers. */
  latencyMs: number;
  /** Share of requests answered with the protocol's "internal error". */
  errorRate: number;
  /** Share of requests answered with the protocol's "too many requests"; true = all. */
  status429: number;
  /** Takes the request and never answers. */
  hang: boolean;
  /** Answers "fine" with a body of another shape. */
  wrongShape: boolean;
  /** Does the work, then resets the connection instead of answering. */
  acceptThenReset: boolean;
  /** Resets every connection at once. */
  down: boolean;
  /** How many more requests are hit; null = until switched off. */
  times: number | null;
}

export const NO_FAULTS: Faults = {
  latencyMs: 0,
  errorRate: 0,
  status429: 0,
  hang: false,
  wrongShape: false,
  acceptThenReset: false,
  down: false,
  times: null,
};

const share = (value: unknown, name: string): number => {
  if (value === true) return 1;
  if (value === false || value === undefined) return 0;
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  throw new Error(`${name} must be true, false or between 0 and 1`);
};

const yes = (value: unknown, name: string): boolean => {
  if (value === undefined) return false;
  if (typeof value === 'boolean') return value;
  throw new Error(`${name} must be true or false`);
};

const count = (value: unknown, name: string): number => {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} must be a whole number`);
};

export const parseFaults = (given: unknown): Faults => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw new Error('faults are a JSON object');
  const it = given as Record<string, unknown>;
  const unknown = Object.keys(it).filter((name) => !(name in NO_FAULTS));
  if (unknown.length > 0) throw new Error(`unknown fault: ${unknown.join(', ')}`);
  return {
    latencyMs: it.latencyMs === undefined ? 0 : count(it.latencyMs, 'latencyMs'),
    errorRate: share(it.errorRate, 'errorRate'),
    status429: share(it.status429, 'status429'),
    hang: yes(it.hang, 'hang'),
    wrongShape: yes(it.wrongShape, 'wrongShape'),
    acceptThenReset: yes(it.acceptThenReset, 'acceptThenReset'),
    down: yes(it.down, 'down'),
    times: it.times === undefined || it.times === null ? null : count(it.times, 'times'),
  };
};

/** What befalls one request. */
export type Mishap = 'none' | 'error' | 'too-many' | 'hang' | 'wrong-shape' | 'accept-then-reset' | 'down';

export class FaultSwitch {
  private faults: Faults = NO_FAULTS;

  get now(): Faults {
    return this.faults;
  }

  set(faults: Faults): void {
    this.faults = faults;
  }

  draw(random: () => number = Math.random): { latencyMs: number; mishap: Mishap } {
    const it = this.faults;
    if (it.times === 0) return { latencyMs: 0, mishap: 'none' };
    const mishap = choose(it, random);
    const hit = mishap !== 'none' || it.latencyMs > 0;
    if (hit && it.times !== null) this.faults = { ...it, times: it.times - 1 };
    return { latencyMs: it.latencyMs, mishap };
  }
}

const choose = (it: Faults, random: () => number): Mishap => {
  if (it.down) return 'down';
  if (it.hang) return 'hang';
  if (it.status429 > 0 && random() < it.status429) return 'too-many';
  if (it.errorRate > 0 && random() < it.errorRate) return 'error';
  if (it.wrongShape) return 'wrong-shape';
  if (it.acceptThenReset) return 'accept-then-reset';
  return 'none';
};
