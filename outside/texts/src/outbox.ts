import { Ledger } from '../../wire/src/index.js';
import type { Notification } from './notification.js';
import type { Kind } from './templates.js';

type Entry = { readonly notification: Notification } | { readonly receipted: string };

/** Everything accepted that is not yet too old, with what of it was receipted. */
export class Outbox {
  private readonly held = new Map<string, { notification: Notification; file: number; receipted: boolean }>();
  private readonly byReference = new Map<string, Notification[]>();
  private readonly ledger: Ledger<Entry>;

  constructor(folder: string, limits?: { linesPerFile: number; files: number }) {
    this.ledger = new Ledger<Entry>(folder, limits, (file) => this.forget(file));
  }

  async load(): Promise<void> {
    await this.ledger.load((entry, at) => {
      if ('notification' in entry) this.index(entry.notification, at.file);
      else this.mark(entry.receipted);
    });
  }

  close(): Promise<void> {
    return this.ledger.close();
  }

  async add(notification: Notification): Promise<void> {
    const at = await this.ledger.append({ notification });
    this.index(notification, at.file);
  }

  async receipted(id: string): Promise<void> {
    this.mark(id);
    await this.ledger.append({ receipted: id });
  }

  find(id: string): Notification | undefined {
    return this.held.get(id)?.notification;
  }

  referenced(reference: string): readonly Notification[] {
    return this.byReference.get(reference) ?? [];
  }

  *all(): Generator<Notification> {
    for (const { notification } of this.held.values()) yield notification;
  }

  *withoutReceipt(): Generator<Notification> {
    for (const it of this.held.values()) if (!it.receipted) yield it.notification;
  }

  /** Newest first. */
  list(o: { types: readonly Kind[]; to?: string | undefined; skip: number; limit: number }) {
    const all = [...this.all()].filter((it) => o.types.includes(it.type) && (o.to === undefined || sentTo(it, o.to)));
    const end = all.length - o.skip;
    return {
      items: all.slice(Math.max(0, end - o.limit), Math.max(0, end)).reverse(),
      next: end - o.limit > 0 ? String(o.skip + o.limit) : null,
    };
  }

  counts(types: readonly Kind[], to?: string): { messages: number; distinct: number; duplicates: number } {
    let messages = 0;
    const references = new Set<string>();
    for (const it of this.all()) {
      if (!types.includes(it.type) || (to !== undefined && !sentTo(it, to))) continue;
      messages += 1;
      references.add(it.reference ?? it.id);
    }
    return { messages, distinct: references.size, duplicates: messages - references.size };
  }

  private index(notification: Notification, file: number): void {
    this.held.set(notification.id, { notification, file, receipted: false });
    if (notification.reference === null) return;
    const same = this.byReference.get(notification.reference);
    if (same) same.push(notification);
    else this.byReference.set(notification.reference, [notification]);
  }

  private mark(id: string): void {
    const it = this.held.get(id);
    if (it) it.receipted = true;
  }

  private forget(file: number): void {
    for (const [id, it] of this.held) {
      if (it.file > file) break;
      this.held.delete(id);
      if (it.notification.reference !== null) this.byReference.delete(it.notification.reference);
    }
  }
}

/** A phone number in any spelling, an address, or any line of a letter's address. */
const sentTo = (it: Notification, to: string): boolean => {
  const wanted = to.trim().toLowerCase();
  if (it.type === 'sms') return digits(it.to ?? '') === digits(wanted);
  if (it.type === 'email') return (it.to ?? '').toLowerCase() === wanted;
  return it.lines.some((line) => line.toLowerCase().includes(wanted));
};

const digits = (text: string): string => text.replace(/\D/g, '').replace(/^(0044|44|0)/, '');
