import { endOf, type Notification, type Pace } from './notification.js';
import type { Outbox } from './outbox.js';

interface Options {
  readonly url: string | null;
  readonly token: string | null;
  readonly outbox: Outbox;
  readonly pace: Pace;
  readonly retryMs: number;
}

const RETRIES = 5;
const AT_ONCE = 8;

/** Tells the service what became of each text and mail: once it is final, five more times when nobody listens. */
export class Receipts {
  private readonly timers = new Set<NodeJS.Timeout>();
  private readonly ready: { notification: Notification; tries: number }[] = [];
  private busy = 0;
  private stopped = false;
  readonly counts = { sent: 0, failed: 0, givenUp: 0 };

  constructor(private readonly o: Options) {}

  /** Takes up what an earlier run left over. */
  resume(): void {
    for (const notification of this.o.outbox.withoutReceipt()) this.expect(notification);
  }

  expect(notification: Notification): void {
    if (!this.o.url || notification.type === 'letter') return;
    const due = Date.parse(notification.createdAt) + this.o.pace.deliveredMs - Date.now();
    this.after(Math.max(0, due), notification, 0);
  }

  stop(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    return Promise.resolve();
  }

  private after(ms: number, notification: Notification, tries: number): void {
    if (this.stopped) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.ready.push({ notification, tries });
      this.pump();
    }, ms);
    this.timers.add(timer);
  }

  private pump(): void {
    while (this.busy < AT_ONCE) {
      const next = this.ready.shift();
      if (!next) return;
      this.busy += 1;
      void this.tell(next.notification, next.tries).finally(() => {
        this.busy -= 1;
        this.pump();
      });
    }
  }

  private async tell(notification: Notification, tries: number): Promise<void> {
    try {
      const response = await fetch(this.o.url!, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${this.o.token ?? ''}` },
        body: JSON.stringify(this.bodyOf(notification)),
        signal: AbortSignal.timeout(10_000),
        redirect: 'error',
      });
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`receipt answered ${response.status}`);
      this.counts.sent += 1;
      await this.o.outbox.receipted(notification.id);
    } catch {
      this.counts.failed += 1;
      if (tries < RETRIES) this.after(this.o.retryMs, notification, tries + 1);
      else this.counts.givenUp += 1;
    }
  }

  private bodyOf(it: Notification): object {
    const created = Date.parse(it.createdAt);
    return {
      id: it.id,
      reference: it.reference,
      to: it.to,
      status: endOf(it),
      created_at: it.createdAt,
      completed_at: new Date(created + this.o.pace.deliveredMs).toISOString(),
      sent_at: new Date(created + this.o.pace.sendingMs).toISOString(),
      notification_type: it.type,
      template_id: it.template.id,
      template_version: it.template.version,
    };
  }
}
