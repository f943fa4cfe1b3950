import { randomUUID } from 'node:crypto';
import { Ledger } from '../../wire/src/index.js';
import { syntheticOutcome, type Claimed, type Outcome, type Session } from './session.js';

type Entry =
  { readonly opened: Omit<Session, 'completed'> } | { readonly id: string; readonly completed: Session['completed'] };

interface Options {
  readonly autoMs: number;
  readonly lifetimeMs: number;
}

/** Sessions under way and done; kept on disk, because a provider does not forget a check. */
export class Sessions {
  private readonly byId = new Map<string, Session>();
  private readonly byReference = new Map<string, Session>();
  private readonly files = new Map<string, number>();
  private readonly ledger: Ledger<Entry>;

  constructor(
    folder: string,
    private readonly o: Options,
  ) {
    this.ledger = new Ledger<Entry>(folder, { linesPerFile: 20_000, files: 20 }, (file) => this.forget(file));
  }

  load(): Promise<void> {
    return this.ledger.load((entry, at) => {
      if ('opened' in entry) this.hold({ ...entry.opened, completed: null }, at.file);
      else {
        const it = this.byId.get(entry.id);
        if (it) it.completed = entry.completed;
      }
    });
  }

  close(): Promise<void> {
    return this.ledger.close();
  }

  find(id: string): Session | undefined {
    return this.byId.get(id);
  }

  referenced(reference: string): Session | undefined {
    return this.byReference.get(reference);
  }

  get count(): number {
    return this.byId.size;
  }

  /** The same reference again gives the same session: a client may repeat what it does not know the answer of. */
  async open(
    asked: { reference: string; applicant: Claimed; returnUrl: string | null },
    now: number,
  ): Promise<{ session: Session; fresh: boolean }> {
    const before = this.byReference.get(asked.reference);
    if (before) return { session: before, fresh: false };
    const outcome = syntheticOutcome(asked.applicant);
    const session: Session = {
      id: randomUUID(),
      ...asked,
      createdAt: now,
      expiresAt: now + this.o.lifetimeMs,
      auto: outcome && { at: now + this.o.autoMs, outcome },
      completed: null,
    };
    this.hold(session, 0);
    const { completed: _, ...opened } = session;
    const at = await this.ledger.append({ opened });
    this.files.set(session.id, at.file);
    return { session, fresh: true };
  }

  async complete(session: Session, outcome: Outcome, now: number): Promise<void> {
    if (session.completed) return;
    session.completed = { at: now, outcome };
    await this.ledger.append({ id: session.id, completed: session.completed });
  }

  private hold(session: Session, file: number): void {
    this.byId.set(session.id, session);
    this.byReference.set(session.reference, session);
    this.files.set(session.id, file);
  }

  private forget(file: number): void {
    for (const [id, at] of this.files) {
      if (at > file) continue;
      const session = this.byId.get(id);
      if (session) this.byReference.delete(session.reference);
      this.byId.delete(id);
      this.files.delete(id);
    }
  }
}
