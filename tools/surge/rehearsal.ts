import { createReadStream, statSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'pg';
import { failureOf } from '@app/database';
import { demoFile } from '../../deploy/local/demo/root.js';
import { rowsOf } from '../import/csv.js';
import type { Stack } from '../stack-file.js';
import { LoadLedger } from './ledger.js';
import { Load } from './load.js';
import { Outcomes } from './outcomes.js';
import { People, SHARES, type OutwardCode, type Person, type Role } from './people.js';
import { arrivals, resends, type Shape } from './shapes.js';
import { gather, judge, type Verdict } from './verdict.js';

export interface Settings {
  /** Slug. */
  readonly activation: string;
  readonly applicants: number;
  readonly shape: Shape;
  readonly rate: number;
  readonly seed: string;
  readonly completes: number;
  /** How long people think, against what is usual. */
  readonly pace?: number;
  /** How often a client asks before it gives up. */
  readonly tries?: number;
  readonly patienceMs: number;
  readonly ledger: string;
}

/** Real outward codes of the forum's area, by the borough that owns them. */
const areaCodes = async (): Promise<OutwardCode[]> => {
  const codes: OutwardCode[] = [];
  for await (const { line, fields } of rowsOf(createReadStream(demoFile('geography.csv'), { encoding: 'utf8' })))
    if (line > 1 && fields[5]) codes.push({ code: fields[0]!, borough: fields[5] });
  return codes;
};

const rolesOf = async (database: Pool, slug: string): Promise<{ id: string; roles: Role[] }> => {
  const { rows } = await database.query<Role & { id: string }>(
    `select a.id, r.code, r.tier, r.minimum_age as "minimumAge", r.remote
     from intake.activation a join intake.activation_role r on r.activation_id = a.id where a.slug = $1 order by r.position`,
    [slug],
  );
  const [first] = rows;
  if (!first) throw new Error(`there is no activation called ${slug}`);
  return { id: first.id, roles: rows.map(({ id: _, ...role }) => role) };
};

/** A form that got an answer which trying again would not change. */
const refusedForGood = (person: Person, ledger: LoadLedger): boolean =>
  person.mustFail === null && !ledger.ids.has(person.key) && !ledger.unknown.has(person.key);

/** How often a verdict looks once more before what is still on its way counts as lost. */
const LOOKS = 10;

interface Parts {
  readonly stack: Stack;
  readonly settings: Settings;
  readonly database: Pool;
  readonly activationId: string;
  readonly people: People;
  readonly ledger: LoadLedger;
  readonly load: Load;
  readonly outcomes: Outcomes;
  readonly startedAt: Date;
  readonly wronglyAccepted: ReadonlySet<number>;
  readonly logs: ReadonlyMap<string, number>;
}

/** Synthetic people who apply through the public API and do what they are asked, and what became of them. */
export class Rehearsal {
  private began = 0;

  private constructor(private readonly o: Parts) {}

  static async open(stack: Stack, settings: Settings): Promise<Rehearsal> {
    const { shape, seed } = settings;
    // A database that is killed under us is part of some rehearsals: the next glance takes a new connection.
    const database = new Pool({ connectionString: stack.postgres.url, application_name: 'surge', max: 2 });
    database.on('error', () => {});
    const activation = await rolesOf(database, settings.activation);
    const tomorrow = new Date(Date.now() + 24 * 3_600_000).toISOString().slice(0, 10);
    const people = new People({
      ...{ seed, activation: settings.activation, codes: await areaCodes(), roles: activation.roles, from: tomorrow },
      shares: { ...SHARES, completes: settings.completes },
      skewed: shape === 'skew' ? 'Oldham' : undefined,
      ...(settings.pace === undefined ? {} : { pace: settings.pace }),
    });
    const startedAt = new Date(Date.now() - 1000);
    const wronglyAccepted = new Set<number>();
    const ledger = new LoadLedger(settings.ledger, { ...settings, startedAt: new Date().toISOString() });
    const logs = new Map(
      Object.values(stack.apps).flatMap((all) => all.map(({ log }) => [log, statSync(log).size] as const)),
    );
    const outcomes = new Outcomes({
      ...{ database, origin: stack.origin, activationId: activation.id, people, connections: 64 },
      // The apps' clock may be moved back meanwhile.
      startedAt: new Date(startedAt.getTime() - 900_000),
    });
    await outcomes.begin();
    const load = new Load({
      ...{ origin: stack.origin, partnerKey: stack.partnerKey, people, ledger },
      ...{ resends: resends(shape), connections: 256, tries: settings.tries },
      arrivals: arrivals(shape, settings.applicants, settings.rate),
      acknowledged: (person, receipt, at) => {
        if (person.mustFail !== null) wronglyAccepted.add(person.n);
        outcomes.acknowledged(person, receipt, at);
      },
    });
    return new Rehearsal({
      ...{ stack, settings, database, people, ledger, load, outcomes, startedAt, wronglyAccepted, logs },
      activationId: activation.id,
    });
  }

  get ledger(): LoadLedger {
    return this.o.ledger;
  }

  get load(): Load {
    return this.o.load;
  }

  get outcomes(): Outcomes {
    return this.o.outcomes;
  }

  get database(): Pool {
    return this.o.database;
  }

  get activationId(): string {
    return this.o.activationId;
  }

  get startedAt(): Date {
    return this.o.startedAt;
  }

  /** Milliseconds from the first form to the last outcome. */
  get tookMs(): number {
    return Math.max(0, this.outcomes.lastSettledAt - this.began);
  }

  /**
   * Until everybody has an outcome with its message, or patience is at its end.
   * @param beside what happens to the service meanwhile; patience begins when that is over too
   */
  async run(tell: (line: string) => void, beside: Promise<unknown> = Promise.resolve()): Promise<void> {
    const { load, outcomes, ledger } = this;
    this.began = performance.now();
    let endedAt: number | null = null;
    let failed: Error | null = null;
    const sending = Promise.all([load.run(this.began), beside]).then(() => {
      endedAt = performance.now();
    });
    sending.catch((error: Error) => (failed = error));
    let glanceMs = 0;
    for (;;) {
      // A glance may cost a fiftieth of the time at most: what it takes, the service could use.
      await wait(Math.max(1_000, glanceMs * 50));
      ledger.flush();
      if (failed) throw failed as Error;
      const glancedAt = performance.now();
      const seen = await this.glance();
      glanceMs = performance.now() - glancedAt;
      const { settled } = outcomes;
      tell(
        `${seconds(this.began)} s  sent ${load.sent}  acknowledged ${ledger.ids.size}  in flight ${load.inFlight}  with outcome ${settled}  in hand ${outcomes.moving}  message due ${outcomes.unsent}`,
      );
      if (endedAt === null) continue;
      const done = seen && settled === outcomes.ids.length && outcomes.moving === 0 && !outcomes.busy;
      if (done && (await this.arrived())) break;
      if (performance.now() - endedAt > this.o.settings.patienceMs) break;
    }
    await sending;
    load.close();
    await outcomes.close();
  }

  /** From the ledger, the databases and what the outside world received. */
  async verdict(): Promise<Verdict> {
    const { stack, settings, people, outcomes, wronglyAccepted, ...rest } = this.o;
    const { seed, applicants } = settings;
    const { database, ledger, activationId, startedAt, logs } = rest;
    const all = Array.from({ length: applicants }, (_, n) => people.person(n));
    const wronglyRefused = all.filter((it) => refusedForGood(it, ledger)).length;
    const look = () =>
      gather({
        ...{ database, ledger, activationId, origin: stack.origin, seed, applicants, startedAt, logs },
        firstSeq: outcomes.firstSeq,
        wrongs: { wronglyAccepted: wronglyAccepted.size, wronglyRefused },
        unsettled: outcomes.unsettled.length,
        personOf: (n) => all[n]!,
      });
    let facts = await look();
    // Offers go on to the next in line: what was asked for a moment ago is on its way and not lost.
    for (let n = 0; n < LOOKS && facts.requestsWithoutMessage + facts.messagesUnsent > 0; n += 1) {
      await wait(2_000);
      facts = await look();
    }
    return judge(facts);
  }

  async close(summary: object): Promise<void> {
    await this.o.database.end();
    await this.ledger.close(summary);
  }

  private glance(): Promise<boolean> {
    return whileThere(async () => {
      await this.outcomes.look();
      return true;
    });
  }

  private arrived(): Promise<boolean> {
    return whileThere(async () => (await this.outcomes.underway()) === 0);
  }
}

/** False when the database is away. */
const whileThere = async (look: () => Promise<boolean>): Promise<boolean> => {
  try {
    return await look();
  } catch (error) {
    if (failureOf(error) !== 'transient') throw error;
    return false;
  }
};

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(0).padStart(4);
