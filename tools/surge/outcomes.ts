import type { Pool } from 'pg';
import { Client, NoReply } from './client.js';
import { reasonOf } from './load.js';
import type { People, Person } from './people.js';

interface Task {
  readonly code: string;
  readonly status: string;
  readonly setAt: string;
}
interface Row {
  readonly id: string;
  readonly state: string;
  readonly pool: string | null;
  readonly tasks: readonly Task[];
}

interface Known {
  readonly person: Person;
  readonly id: string;
  /** Path of the status page; null when the key may not know it. */
  readonly path: string | null;
  readonly acknowledgedAt: number;
  settledAt: number | null;
  attempts: number;
}

interface Options {
  readonly database: Pool;
  readonly origin: string;
  readonly activationId: string;
  readonly startedAt: Date;
  readonly people: People;
  readonly connections: number;
}

/** On their way without anybody being asked. */
const MOVING = ['submitted', 'triaged', 'checking'];
/** Tasks that such a person can do at home; a guardian's consent or a training needs others. */
const ANSWERABLE = ['identity', 'dbs', 'declaration'];
/** A text that waits for the morning is no delay: quiet hours are a rule. */
export const HELD = `(transport = 'sms' and not any_hour and state = 'created'
  and extract(hour from now() at time zone 'Europe/London') not between 8 and 20)`;
/** On the person, or on the guardian whom they named. */
const isWaiting = ({ code, status }: Row['tasks'][number]): boolean =>
  status === 'not-started' || (code === 'guardian' && status === 'waiting');
const TRIES = 8;
const UNSENT = ['created', 'queued', 'sending'];

/**
 * What the crowd does once it has applied. The databases stand for the mail that people read (a glance a second instead
 * of ten thousand open pages); everything they do goes through the public API.
 */
export class Outcomes {
  private readonly known = new Map<string, Known>();
  private readonly handled = new Set<string>();
  private readonly client: Client;
  private readonly timers = new Set<NodeJS.Timeout>();
  private expected = new Map<string, number>();
  private journalSeq = 0n;
  /** Everything of this run stands behind this place of intake's journal. */
  firstSeq = 0n;
  readonly acts = new Map<string, number>();
  readonly states = new Map<string, number>();
  private acting = 0;
  moving = 0;
  unsent = 0;

  constructor(private readonly o: Options) {
    this.client = new Client(o.origin, o.connections);
  }

  async begin(): Promise<void> {
    const { rows } = await this.o.database.query<{ seq: string }>(
      'select coalesce(max(seq), 0) as seq from intake.journal',
    );
    this.journalSeq = BigInt(rows[0]!.seq);
    this.firstSeq = this.journalSeq;
  }

  acknowledged(person: Person, receipt: { id: string; statusUrl: string | null }, at: number): void {
    if (this.known.has(receipt.id)) return;
    const path = receipt.statusUrl ? new URL(receipt.statusUrl).pathname : null;
    this.known.set(receipt.id, {
      ...{ person, id: receipt.id, path, acknowledgedAt: at, settledAt: null, attempts: 0 },
    });
    if (person.withdraws && path) this.later(person.pauseMs * 2, () => this.act('withdraw', `${path}/withdraw`, {}));
  }

  get ids(): string[] {
    return [...this.known.keys()];
  }

  get settled(): number {
    let count = 0;
    for (const { settledAt } of this.known.values()) if (settledAt !== null) count += 1;
    return count;
  }

  /** Milliseconds from acknowledgement to the first moment at which nothing more was owed without the person. */
  get times(): number[] {
    return [...this.known.values()].flatMap((it) => (it.settledAt === null ? [] : [it.settledAt - it.acknowledgedAt]));
  }

  /** When the last of them was settled, on the clock of `performance.now()`. */
  get lastSettledAt(): number {
    return Math.max(0, ...[...this.known.values()].map(({ settledAt }) => settledAt ?? 0));
  }

  /** Somebody is still about to do something. */
  get busy(): boolean {
    return this.timers.size + this.acting > 0;
  }

  get unsettled(): string[] {
    return [...this.known.values()].filter(({ settledAt }) => settledAt === null).map(({ id }) => id);
  }

  /** One glance: who moved, who is asked for something, who was offered a place. */
  async look(): Promise<void> {
    const open = await this.openRows();
    const waiting = new Map(
      [...open].filter(([id, row]) => this.known.has(id) && this.hasOutcome(this.known.get(id)!, row)),
    );
    const unheard = [...this.known.values()].filter(
      ({ id, settledAt }) => settledAt === null && (!open.has(id) || waiting.has(id)),
    );
    const messages = await this.messageCounts(unheard.map(({ id }) => id));
    await this.countRequests();
    const held = await this.heldBack();
    const now = performance.now();
    this.moving = [...open.keys()].filter((id) => this.known.has(id) && !waiting.has(id)).length;
    this.unsent = 0;
    for (const it of unheard) {
      const { requests, unsent } = messages.get(it.id) ?? { requests: 0, unsent: 0 };
      const told = unsent === 0 && requests >= (this.expected.get(it.id) ?? (held.has(it.id) ? 0 : 1));
      if (told) it.settledAt = now;
      else this.unsent += 1;
    }
    await this.answerOffers();
  }

  /** What is still on its way to people who had an outcome already: answers to offers, and messages. */
  async underway(): Promise<number> {
    const { rows } = await this.o.database.query<{ count: string }>(
      `select (select count(*) from intake.offer where activation_id = $1 and state in ('confirming', 'cancelling'))
            + (select count(*) from intake.journal j where j.seq > $2 and j.key = any($3::text[])
                and j.type like 'intake.message-requested.%' and not exists (select from notification.message m
                  where m.request_id = (j.data::jsonb ->> 'messageId')::uuid and (m.state <> all($4) or ${HELD}))) as count`,
      [this.o.activationId, this.firstSeq.toString(), this.ids, UNSENT],
    );
    return Number(rows[0]!.count);
  }

  async close(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.client.close();
    const { rows } = await this.o.database.query<{ state: string; count: string }>(
      `select case when state like 'cleared%' then state || ' ' || coalesce(pool, 'not yet in the pool') else state end as state, count(*)
       from intake.application where id = any($1::uuid[]) group by 1 order by 1`,
      [this.ids],
    );
    for (const { state, count } of rows) this.states.set(state, Number(count));
  }

  /** Rows on which somebody still works, or the person must. */
  private async openRows(): Promise<Map<string, Row>> {
    const { rows } = await this.o.database.query<Row>(
      `select id, state, pool, tasks from intake.application
       where activation_id = $1 and submitted_at >= $3 and (state = any($2) or state = 'awaiting-applicant' or (state like 'cleared%' and pool is null)
         or (state = 'cleared-conditional' and tasks @> '[{"status": "not-started"}]'))`,
      [this.o.activationId, MOVING, this.o.startedAt],
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  private async messageCounts(ids: readonly string[]): Promise<Map<string, { requests: number; unsent: number }>> {
    const { rows } = await this.o.database.query<{ id: string; requests: string; unsent: string }>(
      `select application_id as id, count(distinct request_id) as requests, count(*) filter (where state = any($2) and not ${HELD}) as unsent
       from notification.message where application_id = any($1::uuid[]) group by 1`,
      [ids, UNSENT],
    );
    return new Map(rows.map((row) => [row.id, { requests: Number(row.requests), unsent: Number(row.unsent) }]));
  }

  /** Whose messages wait for another day, because the address has had its share today. */
  private async heldBack(): Promise<Set<string>> {
    const { rows } = await this.o.database.query<{ id: string }>(
      'select distinct application_id as id from intake.held_message where held_at >= $1',
      [this.o.startedAt],
    );
    return new Set(rows.map(({ id }) => id));
  }

  /** How many messages intake has asked for, by person: a message on its way between the apps is owed too. */
  private async countRequests(): Promise<void> {
    const { rows } = await this.o.database.query<{ seq: string; key: string; type: string }>(
      `select seq, key, type from intake.journal where seq > $1 and type like 'intake.message-requested.%' order by seq`,
      [this.journalSeq.toString()],
    );
    for (const { seq, key } of rows) {
      this.expected.set(key, (this.expected.get(key) ?? 0) + 1);
      this.journalSeq = BigInt(seq);
    }
  }

  /** Schedules what this person will do; true when the row stands where it may stand without anybody being late. */
  private hasOutcome(it: Known, row: Row): boolean {
    const busy = this.schedule(it, row);
    if (row.state === 'cleared-conditional') return row.pool !== null;
    return row.state === 'awaiting-applicant' && !busy && row.tasks.some(isWaiting);
  }

  /** True when this person is about to do something that they were asked for. */
  private schedule(it: Known, row: Row): boolean {
    if (!it.person.completes || it.path === null) return false;
    let busy = false;
    for (const task of row.tasks) {
      if (task.status !== 'not-started' || !ANSWERABLE.includes(task.code)) continue;
      busy = true;
      const once = `${it.id} ${task.code} ${task.setAt}`;
      if (this.handled.has(once)) continue;
      this.handled.add(once);
      const body = this.answerTo(it, task.code);
      this.later(it.person.pauseMs, () => this.act(task.code, `${it.path}/tasks/${task.code}`, body));
    }
    return busy;
  }

  private answerTo(it: Known, code: string): object {
    const { person } = it;
    if (code === 'identity') return { dateOfBirth: person.dateOfBirth, consent: true };
    if (code === 'declaration') return { agreed: true, consent: true };
    it.attempts += 1;
    return {
      certificateNumber: this.o.people.certificate(person, it.attempts),
      dateOfBirth: person.dateOfBirth,
      surname: person.familyName,
      consent: true,
    };
  }

  private async answerOffers(): Promise<void> {
    const { rows } = await this.o.database.query<{ id: string; application: string }>(
      `select id, application_id as application from intake.offer where activation_id = $1 and state = 'sent'`,
      [this.o.activationId],
    );
    for (const { id, application } of rows) {
      const it = this.known.get(application);
      if (!it?.path || this.handled.has(id)) continue;
      this.handled.add(id);
      const { offerAnswer, pauseMs } = it.person;
      if (offerAnswer === 'ignore') continue;
      this.later(pauseMs, () => this.act(offerAnswer, `${it.path}/offers/${id}/${offerAnswer}`, {}));
    }
  }

  private later(ms: number, work: () => Promise<void>): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.acting += 1;
      void work().finally(() => (this.acting -= 1));
    }, ms);
    this.timers.add(timer);
  }

  /** A person tries again later when the page says so. */
  private async act(name: string, path: string, body: object, tries = 1): Promise<void> {
    const { result, passing } = await this.attempt(path, body);
    const key = `${name}: ${result}${passing ? ', tried again' : ''}`;
    this.acts.set(key, (this.acts.get(key) ?? 0) + 1);
    if (passing && tries < TRIES) this.later(1_000 * tries, () => this.act(name, path, body, tries + 1));
  }

  private async attempt(path: string, body: object): Promise<{ result: string; passing: boolean }> {
    try {
      const reply = await this.client.post(path, { 'idempotency-key': crypto.randomUUID() }, JSON.stringify(body));
      if (reply.status < 400) return { result: 'done', passing: false };
      return { result: reasonOf(reply), passing: reply.status === 429 || reply.status >= 500 };
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
      return { result: 'no answer', passing: true };
    }
  }
}
