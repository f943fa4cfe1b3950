import { randomUUID } from 'node:crypto';
import { simpleParser } from 'mailparser';
import { Ledger, type Position } from '../../wire/src/index.js';
import { headerOf, type Kept, type Line } from './message.js';

type Held = Kept & { readonly at: Position };

export interface Opened {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly receivedAt: string;
  readonly headers: Record<string, string>;
  /** How often this Message-ID has arrived here. */
  readonly copies: number;
}

const addressKey = (address: string): string => address.trim().toLowerCase();

/** Everything that arrived by SMTP and is not yet too old. */
export class Inbox {
  private readonly held = new Map<string, Held>();
  private readonly byAddress = new Map<string, Held[]>();
  private readonly copies = new Map<string, number>();
  private readonly ledger: Ledger<Line>;

  constructor(folder: string, limits?: { linesPerFile: number; files: number }) {
    this.ledger = new Ledger<Line>(folder, limits, (file) => this.forget(file));
  }

  load(): Promise<void> {
    return this.ledger.load(({ raw: _, ...kept }, at) => this.index({ ...kept, at }));
  }

  close(): Promise<void> {
    return this.ledger.close();
  }

  async accept(envelope: { from: string; to: readonly string[] }, raw: Buffer): Promise<string> {
    const kept: Kept = {
      id: randomUUID(),
      from: envelope.from,
      to: envelope.to,
      messageId: headerOf(raw, 'Message-ID'),
      subject: headerOf(raw, 'Subject'),
      receivedAt: new Date().toISOString(),
    };
    const at = await this.ledger.append({ ...kept, raw: raw.toString('latin1') });
    this.index({ ...kept, at });
    return kept.id;
  }

  get counts(): { messages: number; distinct: number; duplicates: number } {
    return { messages: this.held.size, distinct: this.copies.size, duplicates: this.held.size - this.copies.size };
  }

  countTo(address: string): { messages: number; distinct: number; duplicates: number } {
    const mine = this.byAddress.get(addressKey(address)) ?? [];
    const distinct = new Set(mine.map((message) => message.messageId)).size;
    return { messages: mine.length, distinct, duplicates: mine.length - distinct };
  }

  /** Newest first, from the given position on. */
  list(o: { to?: string | undefined; skip: number; limit: number }): { items: readonly Kept[]; next: string | null } {
    const all = o.to === undefined ? [...this.held.values()] : (this.byAddress.get(addressKey(o.to)) ?? []);
    const end = all.length - o.skip;
    const items = all.slice(Math.max(0, end - o.limit), Math.max(0, end)).reverse();
    return { items, next: end - o.limit > 0 ? String(o.skip + o.limit) : null };
  }

  *all(): Generator<Kept> {
    for (const { at: _, ...kept } of this.held.values()) yield kept;
  }

  async open(id: string): Promise<Opened | null> {
    const message = this.held.get(id);
    if (!message) return null;
    const { raw } = await this.ledger.read(message.at);
    const mail = await simpleParser(Buffer.from(raw, 'latin1'), { skipImageLinks: true, skipTextToHtml: true });
    const headers: Record<string, string> = {};
    for (const { key, line } of mail.headerLines) {
      const value = line
        .slice(line.indexOf(':') + 1)
        .replace(/\r?\n[ \t]/g, ' ')
        .trim();
      headers[key] = key in headers ? `${headers[key]}, ${value}` : value;
    }
    return {
      id,
      to: message.to.join(', '),
      subject: mail.subject ?? '',
      text: mail.text ?? '',
      receivedAt: message.receivedAt,
      headers,
      copies: this.copies.get(message.messageId) ?? 1,
    };
  }

  private index(message: Held): void {
    this.held.set(message.id, message);
    this.copies.set(message.messageId, (this.copies.get(message.messageId) ?? 0) + 1);
    for (const address of message.to) {
      const key = addressKey(address);
      const mine = this.byAddress.get(key);
      if (mine) mine.push(message);
      else this.byAddress.set(key, [message]);
    }
  }

  private forget(file: number): void {
    for (const message of this.held.values()) {
      if (message.at.file > file) break;
      this.held.delete(message.id);
      const left = (this.copies.get(message.messageId) ?? 1) - 1;
      if (left > 0) this.copies.set(message.messageId, left);
      else this.copies.delete(message.messageId);
      for (const address of message.to) {
        const rest = (this.byAddress.get(addressKey(address)) ?? []).filter((other) => other.at.file > file);
        if (rest.length > 0) this.byAddress.set(addressKey(address), rest);
        else this.byAddress.delete(addressKey(address));
      }
    }
  }
}
