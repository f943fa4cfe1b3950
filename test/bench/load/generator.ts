/**
 * A process of its own that applies: forms are made before the clock runs, every acknowledged id goes to a file.
 * Told over the channel to its parent; the clock is deaf to how the service does.
 */
import { createWriteStream } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Client, NoReply } from '../../../tools/surge/client.js';
import { quantile } from '../../../tools/surge/ledger.js';
import { People, type Crowd } from '../../../tools/surge/people.js';

export interface Plan {
  readonly crowd: Crowd;
  readonly url: string;
  readonly partnerKey: string;
  readonly ledger: string;
  readonly connections: number;
}

export interface Stint {
  /** Forms a second; when not `paced`, how many are made ready at most. */
  readonly rate: number;
  /** False: as fast as answers come, which finds the ceiling. */
  readonly paced: boolean;
  readonly seconds: number;
  /** Answers of the first seconds do not count: the service warms up. */
  readonly unheeded: number;
}

export interface Told {
  readonly sent: number;
  readonly acknowledged: number;
  readonly replayed: number;
  /** Refusals that the form deserved. */
  readonly refused: number;
  /** Anything else: no answer, 5xx, 429, a wrong form accepted or a good one refused. */
  readonly errors: number;
  readonly firstError: string | null;
  /** New applications acknowledged, a second of the heeded time. */
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly longest: number;
  readonly cpuSeconds: number;
}

interface Form {
  readonly key: string;
  readonly body: string;
  readonly mustFail: boolean;
}

/** Half of the 2% who come twice send the same form under the same key, the others are a new form of the same person. */
const SAME_KEY = 0.01;
const CLOSED_LOOP = 400;

class Generator {
  private readonly people: People;
  private readonly client: Client;
  private readonly ledger;
  private next = 0;
  private lines = '';

  constructor(private readonly plan: Plan) {
    this.people = new People(plan.crowd);
    this.client = new Client(plan.url, plan.connections);
    this.ledger = createWriteStream(plan.ledger, { mode: 0o600 });
  }

  private forms(count: number): Form[] {
    const forms: Form[] = [];
    for (let n = 0; n < count; n += 1) {
      const before = forms[n - 40];
      if (before && (this.next + n) % Math.round(1 / SAME_KEY) === 0) {
        forms.push(before);
        continue;
      }
      const { key, body, mustFail } = this.people.person(this.next + n);
      forms.push({ key, body: JSON.stringify(body), mustFail: mustFail !== null });
    }
    this.next += count;
    return forms;
  }

  async run({ rate, paced, seconds, unheeded }: Stint): Promise<Told> {
    const forms = this.forms(Math.ceil(rate * seconds));
    const said = new Said();
    global.gc?.();
    process.send!({ begun: true });
    const cpu = process.cpuUsage();
    const began = performance.now();
    said.heedFrom = began + unheeded * 1000;
    const until = began + seconds * 1000;
    if (paced) await this.open(forms, rate, began, said);
    else await this.closed(forms, until, said);
    const took = (paced ? said.lastAt : Math.min(performance.now(), until)) - said.heedFrom;
    const { user, system } = process.cpuUsage(cpu);
    await this.flush();
    return said.told(took / 1000, (user + system) / 1e6);
  }

  /** Each form leaves when its time has come, answered or not; lateness of the clock itself counts as latency. */
  private async open(forms: readonly Form[], rate: number, began: number, said: Said): Promise<void> {
    const underWay: Promise<void>[] = [];
    for (let n = 0; n < forms.length;) {
      const due = Math.min(forms.length, Math.floor(((performance.now() - began) / 1000) * rate) + 1);
      for (; n < due; n += 1) underWay.push(this.apply(forms[n]!, began + (n * 1000) / rate, said));
      await wait(1);
    }
    await Promise.all(underWay);
  }

  private async closed(forms: readonly Form[], until: number, said: Said): Promise<void> {
    let n = 0;
    const one = async () => {
      while (n < forms.length && performance.now() < until) await this.apply(forms[n++]!, performance.now(), said);
    };
    await Promise.all(Array.from({ length: CLOSED_LOOP }, one));
  }

  private async apply({ key, body, mustFail }: Form, due: number, said: Said): Promise<void> {
    said.sent += 1;
    try {
      const headers = { authorization: `Bearer ${this.plan.partnerKey}`, 'idempotency-key': key };
      const { status, body: answer, replayed } = await this.client.post('/v1/applications', headers, body);
      const now = performance.now();
      if (status === 202 && !mustFail) {
        // `{"id":"…"` stands first in the answer: reading the rest would be the generator's cost, not the service's.
        const id = answer.slice(7, 43);
        this.lines += `${key} ${id}\n`;
        if (this.lines.length > 64_000) void this.flush();
        said.acknowledged(now, now - due, replayed);
      } else if (status === 422 && mustFail) said.refused += 1;
      else said.wrong(`${status} ${answer.slice(0, 200)}`);
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      // It may have a row all the same: the checker has to know the key.
      this.lines += `${key} -\n`;
      said.wrong(error.message);
    }
  }

  private flush(): Promise<void> {
    const lines = this.lines;
    this.lines = '';
    return new Promise((done, failed) => this.ledger.write(lines, (error) => (error ? failed(error) : done())));
  }
}

class Said {
  sent = 0;
  refused = 0;
  heedFrom = 0;
  lastAt = 0;
  private replays = 0;
  private all = 0;
  private heeded = 0;
  private errors = 0;
  private firstError: string | null = null;
  private readonly latencies: number[] = [];

  acknowledged(now: number, ms: number, replayed: boolean): void {
    this.all += 1;
    if (replayed) this.replays += 1;
    this.lastAt = now;
    if (now < this.heedFrom) return;
    if (!replayed) this.heeded += 1;
    this.latencies.push(ms);
  }

  wrong(what: string): void {
    this.errors += 1;
    this.firstError ??= what;
  }

  told(seconds: number, cpuSeconds: number): Told {
    const at = (share: number): number => Math.round((quantile(this.latencies, share) ?? 0) * 10) / 10;
    return {
      ...{ sent: this.sent, acknowledged: this.all, replayed: this.replays, refused: this.refused },
      ...{ errors: this.errors, firstError: this.firstError, perSecond: Math.round(this.heeded / seconds) },
      ...{ p50: at(0.5), p99: at(0.99), p999: at(0.999), longest: at(1), cpuSeconds },
    };
  }
}

let generator: Generator | null = null;
process.on('message', (asked: { plan: Plan } | { stint: Stint }) => {
  if ('plan' in asked) {
    generator = new Generator(asked.plan);
    process.send!({ ready: true });
  } else void generator!.run(asked.stint).then((told) => process.send!({ told }));
});
process.on('disconnect', () => process.exit(0));
