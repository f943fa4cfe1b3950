import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { Problem } from '@app/http';
import { StatusVersionsQuery } from './status-versions.query.js';

/** What a stream needs of the connection. */
export interface Line {
  write(text: string): void;
  end(): void;
}

interface Open {
  readonly applicationId: string;
  readonly line: Line;
  readonly page: () => Promise<object>;
  seen: number;
}

const POLL_EVERY = 1_000;
const HEARTBEAT_EVERY = 15_000;
const STREAMS_A_LINK = 4;

/** Pages that are open in this process: once a second one query asks for the versions of all of them. */
@Injectable()
export class StatusStream implements OnModuleDestroy {
  private readonly open = new Map<string, Set<Open>>();
  private timer: NodeJS.Timeout | null = null;
  private polling = false;
  private lastBeat = 0;

  constructor(private readonly versions: StatusVersionsQuery) {}

  /** Throws when the link has enough streams already; else a promise of the first event. */
  async add(link: string, applicationId: string, line: Line, page: () => Promise<object>): Promise<() => void> {
    const streams = this.open.get(link) ?? new Set<Open>();
    if (streams.size >= STREAMS_A_LINK) {
      throw new Problem({ type: 'too-many-requests', status: 429, headers: { 'retry-after': '10' } });
    }
    const one: Open = { applicationId, line, page, seen: 0 };
    streams.add(one);
    this.open.set(link, streams);
    this.start();
    return () => {
      streams.delete(one);
      if (streams.size === 0) this.open.delete(link);
      if (this.open.size === 0) this.stop();
    };
  }

  /** Sends the page as it stands; the browser's own copy may be older. */
  async tell(link: string, applicationId: string): Promise<void> {
    for (const one of this.open.get(link) ?? []) {
      if (one.applicationId === applicationId && one.seen === 0) await this.send(one);
    }
  }

  onModuleDestroy(): void {
    this.stop();
    for (const streams of this.open.values()) for (const { line } of streams) line.end();
    this.open.clear();
  }

  private start(): void {
    if (this.timer) return;
    this.timer = setInterval(() => void this.poll(), POLL_EVERY);
    this.timer.unref();
  }

  private stop(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }

  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    try {
      const all = [...this.open.values()].flatMap((streams) => [...streams]);
      const versions = await this.versions.of([...new Set(all.map(({ applicationId }) => applicationId))]);
      for (const one of all) {
        const version = versions.get(one.applicationId);
        // Erased or gone: the page itself will say so.
        if (version === undefined) one.line.end();
        else if (version !== one.seen) await this.send(one);
      }
      if (performance.now() - this.lastBeat > HEARTBEAT_EVERY) {
        this.lastBeat = performance.now();
        for (const { line } of all) line.write(': still here\n\n');
      }
    } catch {
      // The database is away: the streams wait for the next second.
    } finally {
      this.polling = false;
    }
  }

  private async send(one: Open): Promise<void> {
    const page = (await one.page()) as { version: number };
    one.seen = page.version;
    one.line.write(`id: ${page.version}\nevent: status\ndata: ${JSON.stringify(page)}\n\n`);
  }
}
