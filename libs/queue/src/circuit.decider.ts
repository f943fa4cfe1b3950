/** When to stop asking a provider that does not answer, and when to try again. Times are milliseconds of a steady clock. */
export type CircuitState = 'closed' | 'open' | 'half-open';

export interface Breaker {
  readonly state: CircuitState;
  /** Outcomes in slices of `SLICE`, newest last. */
  readonly slices: readonly { readonly from: number; readonly ok: number; readonly failed: number }[];
  readonly failedInARow: number;
  /** How often it opened without a success between. */
  readonly openings: number;
  readonly openUntil: number;
  readonly probes: number;
}

const SLICE = 500;
const WINDOW = 5_000;
const PAUSES = [1_000, 2_000, 4_000, 5_000] as const;
const PROBES = 3;

export const CLOSED: Breaker = {
  state: 'closed',
  slices: [],
  failedInARow: 0,
  openings: 0,
  openUntil: 0,
  probes: 0,
};

/** May a call start now? The breaker that comes back counts it when it is a probe. */
export function admit(breaker: Breaker, now: number): { admitted: boolean; breaker: Breaker } {
  if (breaker.state === 'closed') return { admitted: true, breaker };
  if (breaker.state === 'open') {
    if (now < breaker.openUntil) return { admitted: false, breaker };
    return { admitted: true, breaker: { ...breaker, state: 'half-open', probes: 1 } };
  }
  if (breaker.probes >= PROBES) return { admitted: false, breaker };
  return { admitted: true, breaker: { ...breaker, probes: breaker.probes + 1 } };
}

export function succeeded(breaker: Breaker, now: number): Breaker {
  // A late answer of a call that began before the circuit opened says nothing about now.
  if (breaker.state === 'open') return breaker;
  if (breaker.state === 'half-open') return { ...CLOSED, slices: count([], now, true) };
  return { ...breaker, failedInARow: 0, openings: 0, slices: count(breaker.slices, now, true) };
}

export function failed(breaker: Breaker, now: number): Breaker {
  if (breaker.state === 'open') return breaker;
  if (breaker.state === 'half-open') return opened(breaker, now);
  const slices = count(breaker.slices, now, false);
  const failedInARow = breaker.failedInARow + 1;
  const ok = slices.reduce((sum, slice) => sum + slice.ok, 0);
  const bad = slices.reduce((sum, slice) => sum + slice.failed, 0);
  const next = { ...breaker, slices, failedInARow };
  const silent = failedInARow >= 3 && ok === 0;
  const sick = bad >= 5 && bad >= ok;
  return silent || sick ? opened(next, now) : next;
}

const opened = (breaker: Breaker, now: number): Breaker => ({
  ...breaker,
  state: 'open',
  slices: [],
  probes: 0,
  openings: breaker.openings + 1,
  openUntil: now + PAUSES[Math.min(breaker.openings, PAUSES.length - 1)]!,
});

function count(slices: Breaker['slices'], now: number, ok: boolean): Breaker['slices'] {
  const kept = slices.filter((slice) => slice.from > now - WINDOW);
  const last = kept.at(-1);
  if (last && now - last.from < SLICE) {
    return [...kept.slice(0, -1), { from: last.from, ok: last.ok + (ok ? 1 : 0), failed: last.failed + (ok ? 0 : 1) }];
  }
  return [...kept, { from: now, ok: ok ? 1 : 0, failed: ok ? 0 : 1 }];
}
