import { createHash } from 'node:crypto';

/** A sequence that depends on its words alone, so that a run can be repeated. */
export class Random {
  private state: number;

  constructor(...words: readonly (string | number)[]) {
    this.state = createHash('sha256').update(words.join('|')).digest().readUInt32LE(0);
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x9e3779b9) | 0;
    let z = this.state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return ((z ^ (z >>> 15)) >>> 0) / 4_294_967_296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  one<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }

  /** Some of them, each with this chance, at least one. */
  some<T>(from: readonly T[], share: number): T[] {
    const taken = from.filter(() => this.chance(share));
    return taken.length > 0 ? taken : [this.one(from)];
  }

  shuffled<T>(from: readonly T[]): T[] {
    const all = [...from];
    for (let left = all.length - 1; left > 0; left -= 1) {
      const other = this.below(left + 1);
      [all[left], all[other]] = [all[other]!, all[left]!];
    }
    return all;
  }

  weighted<T>(from: readonly (readonly [T, number])[]): T {
    let left = this.next() * from.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [value, weight] of from) {
      left -= weight;
      if (left < 0) return value;
    }
    return from.at(-1)![0];
  }
}
