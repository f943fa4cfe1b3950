import type { Stack } from './stack.js';

/** One line of the table: what was measured, beside its limit or peer of the same run. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is held against, in the same unit. Null: told for its own sake. */
  readonly against: { readonly what: string; readonly value: number } | null;
  /** The ratio to it that is wanted, or the limit itself. Null: nothing is asked of it. */
  readonly wanted: { readonly at: 'least' | 'most'; readonly ratio: number } | null;
}

export interface Measured {
  readonly figures: readonly Figure[];
  /** What the ledger found: any line makes the score zero. */
  readonly faults: readonly string[];
  /** CPU seconds and peak memory of every process, and other things worth knowing; no target. */
  readonly notes: readonly (readonly [string, string])[];
}

export interface Bench {
  readonly name: string;
  readonly says: string;
  readonly run: (stack: Stack, say: (line: string) => void) => Promise<Measured>;
}

/** A figure that must be at least so many times its peer. */
export const atLeast = (
  ratio: number,
  name: string,
  value: number,
  unit: string,
  what: string,
  peer: number,
): Figure => ({
  ...{ name, value, unit, against: { what, value: peer }, wanted: { at: 'least', ratio } },
});

/** A figure with a ceiling of its own. */
export const atMost = (limit: number, name: string, value: number, unit: string): Figure => ({
  ...{ name, value, unit, against: { what: 'limit', value: limit }, wanted: { at: 'most', ratio: 1 } },
});

export const told = (name: string, value: number, unit: string): Figure => ({
  ...{ name, value, unit, against: null, wanted: null },
});

export const ratioOf = ({ value, against }: Figure): number | null => (against ? value / against.value : null);

/** A figure that could not be measured is never met. */
export const isMet = ({ value, against, wanted }: Figure): boolean => {
  if (wanted === null) return true;
  if (against === null || !Number.isFinite(value) || !Number.isFinite(against.value)) return false;
  const limit = against.value * wanted.ratio;
  return wanted.at === 'least' ? value >= limit : value <= limit;
};
