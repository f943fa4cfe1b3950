import { Injectable } from '@nestjs/common';
import type { Received, Tx } from '@app/messaging';
import { CaseRepository } from './case.repository.js';
import type { CaseFile, Turn } from './clearance.decider.js';
import { publishTurns, type ProviderPage } from './facts.js';
import { deltasOf } from './tally.js';

export interface Move {
  /** Null: the case is new. */
  readonly before: Turn | null;
  readonly turn: Turn;
  readonly causedBy?: Received | undefined;
  readonly page?: ProviderPage | undefined;
}

/** Writes what was decided about many cases: rows in sets, counts as deltas, facts last. */
@Injectable()
export class CaseKeeper {
  constructor(private readonly cases: CaseRepository) {}

  async keep(tx: Tx, moves: readonly Move[], now: Date): Promise<void> {
    const files = publishTurns(tx, moves, now);
    const changed = moves.map((move, index) => ({ ...move, file: files[index]! }));
    const fresh = changed.filter(({ before }) => before === null);
    const known = changed.filter(({ before, file }) => before !== null && file !== before.file);
    await this.cases.insert(
      tx,
      fresh.map(({ file }) => file),
    );
    await this.cases.update(
      tx,
      known.map(({ file }) => file),
    );
    const held = (before: Turn | null) => new Map(before?.checks.map((check) => [check.checkId, check]));
    const checks = changed.map(({ before, turn }) => ({ turn, old: held(before) }));
    await this.cases.insertChecks(
      tx,
      checks.flatMap(({ turn, old }) => turn.checks.filter((check) => !old.has(check.checkId))),
    );
    await this.cases.updateChecks(
      tx,
      checks.flatMap(({ turn, old }) =>
        turn.checks.filter((check) => old.has(check.checkId) && old.get(check.checkId) !== check),
      ),
    );
    await this.cases.count(
      tx,
      deltasOf(changed.map(({ before, file }) => ({ before: before?.file ?? null, after: file satisfies CaseFile }))),
    );
  }
}
