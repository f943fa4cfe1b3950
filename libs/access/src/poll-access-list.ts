import type { Log } from '@app/telemetry';
import { AccessListData, type AccessList, type AccessListSource } from './access-list.js';
import type { SessionReader } from './session.js';

export const POLL_EVERY_MS = 10_000;
const FIRST_MS = 250;
/** Whoever sets up an installation expects to be let in by it. */
const EMPTY_MS = 1_000;

export type ListPlace =
  | { readonly is: 'here'; readonly source: AccessListSource }
  | { readonly is: 'there'; readonly url: string; readonly reader: SessionReader };

/** Asks coordination for the access list every ten seconds, sooner until there is somebody on it; a failure keeps the last one. */
export class AccessListPoll {
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;
  private failing = false;

  constructor(
    private readonly list: AccessList,
    private readonly place: ListPlace,
    private readonly log: Log,
  ) {}

  async start(): Promise<void> {
    await this.round();
  }

  stop(): void {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
  }

  /** One question; true when the list was taken. */
  async ask(): Promise<boolean> {
    try {
      this.list.take(await this.fetch(), new Date());
      if (this.failing) this.log.info('access-list-heard-again');
      this.failing = false;
      return true;
    } catch (error) {
      if (!this.failing) this.log.warn('access-list-unheard', { err: error });
      this.failing = true;
      return false;
    }
  }

  private async round(): Promise<void> {
    await this.ask();
    if (this.stopped) return;
    const usual = !this.list.lastHeard ? FIRST_MS : this.list.isEmpty ? EMPTY_MS : POLL_EVERY_MS;
    this.timer = setTimeout(() => void this.round(), usual * (0.9 + Math.random() * 0.2));
    this.timer.unref();
  }

  private async fetch(): Promise<AccessListData> {
    if (this.place.is === 'here') return AccessListData.parse(await this.place.source.current());
    const response = await fetch(new URL('/operator/access', this.place.url), {
      signal: AbortSignal.timeout(3000),
      redirect: 'error',
    });
    if (!response.ok) throw new Error(`access-list-status-${response.status}`);
    return AccessListData.parse(await this.place.reader.readList(await response.text()));
  }
}
