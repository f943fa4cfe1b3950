import { setTimeout as wait } from 'node:timers/promises';
import { Client, NoReply, type Reply } from './client.js';
import type { Acknowledged, LoadLedger } from './ledger.js';
import type { People, Person } from './people.js';

interface Options {
  readonly origin: string;
  readonly partnerKey: string;
  readonly people: People;
  readonly ledger: LoadLedger;
  readonly arrivals: Iterable<number>;
  readonly resends: number;
  readonly connections: number;
  /** How often a client asks before it gives up. */
  readonly tries?: number | undefined;
  readonly acknowledged: (person: Person, receipt: Acknowledged, at: number) => void;
}

const TRIES = 8;
const TICK_MS = 4;

/** Sends every applicant when their time has come, whether or not those before were answered. */
export class Load {
  private readonly client: Client;
  private underway = 0;
  sent = 0;

  constructor(private readonly o: Options) {
    this.client = new Client(o.origin, o.connections);
  }

  get inFlight(): number {
    return this.underway;
  }

  async run(startedAt: number): Promise<void> {
    const all: Promise<void>[] = [];
    for (const due of this.o.arrivals) {
      const at = startedAt + due;
      while (at > performance.now()) await wait(Math.min(TICK_MS * 10, Math.max(1, at - performance.now())));
      all.push(this.apply(this.o.people.person(this.sent), at));
      this.sent += 1;
    }
    await Promise.all(all);
  }

  close(): void {
    this.client.close();
  }

  /** Somebody who has applied sends the very same form once more. */
  again(n: number): Promise<void> {
    const person = this.o.people.person(n);
    return this.insist(person, JSON.stringify(person.body), performance.now());
  }

  /** The first form and, in a storm, the same again from the same impatient client. */
  private async apply(person: Person, due: number): Promise<void> {
    const body = JSON.stringify(person.body);
    const again = Array.from({ length: this.o.resends }, (_, i) =>
      wait(200 * (i + 1)).then(() => this.insist(person, body, performance.now())),
    );
    await Promise.all([this.insist(person, body, due), ...again]);
  }

  /** Latency counts from when the form was due, so that a queue in front of the service is seen. */
  private async insist(person: Person, body: string, due: number): Promise<void> {
    this.underway += 1;
    try {
      for (let attempt = 1; ; attempt += 1) {
        const pause = await this.attempt(person, body, due, attempt === (this.o.tries ?? TRIES));
        if (pause === null) return;
        await wait(pause);
      }
    } finally {
      this.underway -= 1;
    }
  }

  /** Null when it is settled, else how long to wait before the next attempt. */
  private async attempt(person: Person, body: string, due: number, last: boolean): Promise<number | null> {
    const { key, n } = person;
    const { ledger } = this.o;
    ledger.sent(key);
    let reply: Reply;
    try {
      const headers = { authorization: `Bearer ${this.o.partnerKey}`, 'idempotency-key': key };
      reply = await this.client.post('/v1/applications', headers, body);
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      ledger.write({ is: 'no-answer', key, n, reason: error.message });
      if (last) ledger.refusals.set('no-answer', (ledger.refusals.get('no-answer') ?? 0) + 1);
      return last ? null : 250 + Math.random() * 500;
    }
    const ms = Math.round((performance.now() - due) * 10) / 10;
    if (reply.status === 202) {
      const { id, reference, statusUrl } = JSON.parse(reply.body) as {
        id: string;
        reference: string;
        statusUrl?: string;
      };
      const receipt = { id, reference, statusUrl: statusUrl ?? null };
      ledger.write({ is: 'acknowledged', key, n, ms, replayed: reply.replayed, ...receipt });
      this.o.acknowledged(person, receipt, performance.now());
      return null;
    }
    const reason = reasonOf(reply);
    const { status, retryAfter } = reply;
    ledger.write({ is: 'refused', key, n, ms, status, retryAfter, reason });
    const passing = status === 429 || status >= 500;
    if (passing && !last) return (retryAfter ?? 0.5) * 1000 * (0.8 + Math.random() * 0.4);
    ledger.refused(key, reason);
    return null;
  }
}

/** The problem's type, and for a field that is wrong its code. */
export const reasonOf = ({ status, body }: Pick<Reply, 'status' | 'body'>): string => {
  try {
    const problem = JSON.parse(body) as { type?: string; invalidParams?: { code: string }[] };
    const type = problem.type?.split('/').at(-1) ?? '';
    const codes = [...new Set((problem.invalidParams ?? []).map(({ code }) => code))].sort();
    return [String(status), codes.length > 0 ? codes.join('+') : type].join(' ').trim();
  } catch {
    return String(status);
  }
};
