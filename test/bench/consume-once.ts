import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { ApplicationSubmitted } from '@app/contracts';
import { headersOf } from '@app/kafka';
import { uuidv7 } from '@app/messaging';
import { setTimeout as wait } from 'node:timers/promises';
import { atLeast, atMost, told, type Bench } from './bench.js';
import { FORUM, submittedText } from './messaging/submitted.js';
import { roleOf, Work } from './messaging/work.js';
import type { Stack } from './stack.js';

const EVENTS = 60_000;
const PER_KEY = 3;
const DUPLICATES = 0.1;
const REORDERED = 0.01;
const POISON = 0.001;
const GATE = 0.5;
const SET = 500;
const PACED = { perSecond: 1_000, seconds: 12 };

interface Message {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
  readonly sequence: number;
}

/** Bad in each way that a message can be; none of it may ever reach a handler. */
const spoil: readonly ((message: Message) => Message)[] = [
  (message) => ({ ...message, value: Buffer.from('{"applicationId":') }),
  (message) => ({ ...message, value: Buffer.from('{"applicationId":"nobody"}') }),
  (message) => ({ ...message, value: Buffer.from(JSON.stringify({ much: 'x'.repeat(1_000_000) })) }),
  (message) => ({ ...message, headers: { ...message.headers, ce_type: 'intake.application-submitted.v9' } }),
];

class Stream {
  readonly messages: Message[] = [];
  readonly keys = new Set<string>();
  /** Good ones, each once. */
  good = 0;
  poisonous = 0;
  private readonly text = submittedText();

  constructor(count: number) {
    for (let n = 0; n < count; n += PER_KEY) {
      const key = uuidv7();
      this.keys.add(key);
      for (let sequence = 1; sequence <= PER_KEY; sequence += 1) this.add(this.message(key, sequence));
    }
    this.good = this.messages.length;
    // Swapped with the one of the same person before it.
    for (let n = 0; n < this.good * REORDERED; n += 1) {
      const at = Math.floor(Math.random() * (this.good / PER_KEY)) * PER_KEY;
      const [one, other] = [this.messages[at]!, this.messages[at + 1]!];
      this.messages[at] = other;
      this.messages[at + 1] = one;
    }
    for (let n = 0; n < this.good * DUPLICATES; n += 1) {
      const from = Math.floor(Math.random() * this.good);
      this.insert(Math.min(this.messages.length, from + 1 + Math.floor(Math.random() * 500)), this.messages[from]!);
    }
    for (let n = 0; n < count * POISON; n += 1) {
      // A person of their own: whoever comes behind a bad one of the same person has to wait, and that is not measured.
      const bad = spoil[n % spoil.length]!(this.message(uuidv7(), 1));
      this.insert(Math.floor(Math.random() * this.messages.length), bad);
      this.poisonous += 1;
    }
  }

  private add(message: Message): void {
    this.messages.push(message);
  }

  private insert(at: number, message: Message): void {
    this.messages.splice(at, 0, message);
  }

  message(key: string, sequence: number, at = new Date()): Message {
    const id = uuidv7();
    const data = this.text.replaceAll('{id}', key);
    const { type, topic } = ApplicationSubmitted;
    const headers = headersOf({
      ...{ id, type, topic, key, data, sequence, at },
      ...{ correlationId: id, causationId: null, traceparent: null, forumId: FORUM, epoch: 0 },
    });
    return { key, value: Buffer.from(data), headers, sequence };
  }
}

const producerOf = async (stack: Stack): Promise<kafkajs.Producer> => {
  const { brokers, username, password } = stack.file.kafka;
  const kafka = new kafkajs.Kafka({
    clientId: 'bench',
    brokers,
    sasl: { mechanism: 'plain', username, password },
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const producer = kafka.producer({ allowAutoTopicCreation: false, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  return producer;
};

const send = (producer: kafkajs.Producer, messages: readonly Message[]): Promise<unknown> =>
  producer.send({ topic: ApplicationSubmitted.topic, acks: -1, messages: [...messages] });

const TABLE = `(key uuid primary key, sequence bigint not null, events integer not null, contact text not null)`;

/** The same rows into a table of the same shape, from memory: sets of 500, each a transaction, nothing else. */
const raw = async (stack: Stack, messages: readonly Message[]): Promise<number> => {
  const client = new pg.Client({ connectionString: stack.file.postgres.url, application_name: 'bench-raw' });
  await client.connect();
  await client.query(`drop table if exists bench_raw; create table bench_raw ${TABLE}`);
  const contact = `s1.${randomBytes(284).toString('base64url')}`;
  const one = async (set: readonly Message[]) => {
    const folded = new Map<string, { sequence: number; events: number }>();
    for (const { key, sequence } of set) {
      const known = folded.get(key);
      folded.set(key, {
        sequence: Math.max(sequence, known?.sequence ?? 0),
        events: (known?.events ?? 0) + 1,
      });
    }
    await client.query({
      name: 'raw',
      text: `insert into bench_raw select * from unnest($1::uuid[], $2::bigint[], $3::integer[], $4::text[])
             on conflict (key) do update set sequence = greatest(bench_raw.sequence, excluded.sequence),
               events = bench_raw.events + excluded.events, contact = excluded.contact`,
      values: [
        [...folded.keys()],
        [...folded.values()].map(({ sequence }) => sequence),
        [...folded.values()].map(({ events }) => events),
        [...folded.keys()].map(() => contact),
      ],
    });
  };
  const began = performance.now();
  for (let at = 0; at < messages.length; at += SET) await one(messages.slice(at, at + SET));
  const perSecond = messages.length / ((performance.now() - began) / 1000);
  await client.query('drop table bench_raw');
  await client.end();
  return perSecond;
};

export const consumeOnce: Bench = {
  name: 'consume-once',
  says: 'events from Kafka into PostgreSQL, with duplicates, disorder and poison',
  async run(stack, say) {
    const { database } = stack;
    await stack.tell('stop', 'intake', 'vetting', 'matching', 'notification', 'coordination', 'operations');
    await database.query(
      `drop table if exists vetting.bench_effect; create table vetting.bench_effect ${TABLE}; grant all on vetting.bench_effect to vetting`,
    );
    // It joins before anything is minted: what it finds when it comes back is all for it.
    const first = await Work.begin({ is: 'consume', role: roleOf(stack, 'vetting') });
    await first.serving();
    await first.end();
    const stream = new Stream(EVENTS);
    const { messages } = stream;
    const producer = await producerOf(stack);
    for (let at = 0; at < messages.length; at += SET) await send(producer, messages.slice(at, at + SET));
    const before = await raw(stack, messages);
    say(`raw ${before.toFixed(0)} rows/s`);

    const consumer = await Work.begin({ is: 'consume', role: roleOf(stack, 'vetting') });
    const times = await consumer.passed(stream.good, 180_000);
    // The watch counts events that had an effect; what came again or was bad had to be read all the same.
    const perSecond = times.perSecond * (messages.length / stream.good);
    say(`consumed ${perSecond.toFixed(0)} messages/s`);
    const after = await raw(stack, messages);

    say(`${PACED.perSecond}/s, a thousandth of it poison`);
    await consumer.clear();
    const began = performance.now();
    const total = PACED.perSecond * PACED.seconds;
    const tick = PACED.perSecond / 100;
    let [bad, paced] = [0, 0];
    for (let n = 0; n < total; n += tick) {
      while (performance.now() < began + (n / PACED.perSecond) * 1000) await wait(1);
      const some = Array.from({ length: tick }, () => stream.message(uuidv7(), 1));
      paced += some.length;
      if (n % (1 / POISON) < tick) some.push(spoil[bad++ % spoil.length]!(stream.message(uuidv7(), 1)));
      await send(producer, some);
    }
    const neighbours = await consumer.passed(paced, 60_000);
    await consumer.end();
    await producer.disconnect();

    const { rows } = await database.query<{ people: string; events: string; behind: string; letters: string }>(
      `select count(*) as people, sum(events) as events,
              count(*) filter (where sequence <> $1 and key = any ($2::uuid[])) as behind,
              (select count(*) from vetting.dead_letter where state in ('parked', 'retrying')) as letters from vetting.bench_effect`,
      [PER_KEY, [...stream.keys]],
    );
    const found = rows[0]!;
    const checks: readonly (readonly [number, number, string])[] = [
      [Number(found.people), stream.keys.size + paced, 'people'],
      [Number(found.events), stream.good + paced, 'effects'],
      [Number(found.behind), 0, 'people set back'],
      [Number(found.letters), stream.poisonous + bad, 'letters'],
    ];
    return {
      figures: [
        atLeast(GATE, 'messages consumed', perSecond, '/s', 'raw UNNEST', (before + after) / 2),
        atMost(1_000, 'longest way of a neighbour of poison', neighbours.longest, 'ms'),
        told('its p99', neighbours.p99, 'ms'),
      ],
      faults: checks
        .filter(([is, wanted]) => is !== wanted)
        .map(([is, wanted, what]) => `${is} ${what} instead of ${wanted}`),
      notes: [
        ['messages', `${messages.length}, of which ${stream.good} good, ${stream.poisonous} poisonous`],
        ['µs of CPU an event', ((times.cpuSeconds * 1e6) / times.events).toFixed(1)],
        ['raw before / after', `${before.toFixed(0)} / ${after.toFixed(0)} rows per second`],
      ],
    };
  },
};
