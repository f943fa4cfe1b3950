import type { Database } from '@app/database';
import { Circuit } from './circuit.js';
import { CircuitRepository } from './circuit.repository.js';

/** The circuits of one process; what an operator forces is a row, so that every instance obeys within a second. */
export class Circuits {
  private readonly known = new Map<string, Circuit>();
  private readonly repository = new CircuitRepository();

  of(name: string): Circuit {
    let circuit = this.known.get(name);
    if (!circuit) {
      circuit = new Circuit(name);
      this.known.set(name, circuit);
    }
    return circuit;
  }

  all(): readonly Circuit[] {
    return [...this.known.values()];
  }

  /** Reads what operators force; an unreachable database changes nothing. */
  async obey(database: Database): Promise<void> {
    const forced = await database.read((tx) => this.repository.forced(tx));
    for (const circuit of this.known.values()) circuit.force(forced.get(circuit.name) ?? null);
  }
}
