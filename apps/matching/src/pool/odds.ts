import type { Activation, Need } from '../demand/need.js';
import { bandFor, wanted, type Wanted } from '../offers/eligible.decider.js';
import { candidateOf } from './candidate.js';
import type { Member } from './member.js';
import type { Odds } from './pool.decider.js';

interface Open {
  readonly wanted: Wanted;
  readonly places: number;
}

/** The true numbers of one activation at one moment: open places, and people in line for each role. */
export class OddsBoard {
  private readonly open: readonly Open[];
  private readonly line: Map<string, number>;

  constructor(
    activation: Activation | undefined,
    needs: readonly Need[],
    line: ReadonlyMap<string, number> | undefined,
  ) {
    this.open = needs.flatMap((need) => {
      const role = activation?.roles[need.roleCode];
      return role ? [{ wanted: wanted(need, role), places: need.places - need.filled }] : [];
    });
    this.line = new Map(line);
  }

  /** Places that suit a person, and how many others are in line for the same roles. */
  of(member: Member): Odds {
    const person = candidateOf(member);
    if (!person) return { people: 0, places: 0 };
    const fitting = this.open.filter(({ wanted: need }) => bandFor(need, person) !== null);
    const roles = fitting.length > 0 ? fitting.map(({ wanted: need }) => need.roleCode) : member.clearedRoles;
    return {
      places: fitting.reduce((sum, { places }) => sum + places, 0),
      people: Math.max(0, ...roles.map((role) => this.line.get(role) ?? 0)),
    };
  }

  /** One more in line, for those who come after in the same batch. */
  joined(member: Member): void {
    for (const role of member.clearedRoles) this.line.set(role, (this.line.get(role) ?? 0) + 1);
  }
}
