import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import pg from 'pg';
import { ApplicationSubmitted } from '@app/contracts';
import { headersOf } from '@app/kafka';
import { uuidv7 } from '@app/messaging';
import { setTimeout as wait } from 'node:timers/promises';
import { atLeast, atMost, told, type Bench } from './bench.js';
import { FORUM, prepareEffect, submittedText } from './messaging/submitted.js';
import { roleOf, Work } from './messaging/work.js';
import type { Stack } from './stack.js';

const EVENTS = 60_000;
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
  /** What the last event of each person says, whichever comes last. */
  readonly newest = new Map<string, number>();
  /** Good ones, each once. */
  readonly good: number;
  poisonous = 0;
  private readonly text = submittedText();

  constructor(count: number) {
    while (this.messages.length < count) {
      const key = uuidv7();
      const disordered = Math.random() < REORDERED;
      if (disordered) this.messages.push(this.message(key, 2));
      this.messages.push(this.message(key, 1));
      this.newest.set(key, disordered ? 2 : 1);
    }
    this.good = this.messages.length;
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

/** Each event once into a table, from memory: sets of 500, each a transaction, nothing else. */
const raw = async (stack: Stack, messages: readonly Message[]): Promise<number> => {
  const client = new pg.Client({ connectionString: stack.file.postgres.url, application_name: 'bench-raw' });
  await client.connect();
  await client.query(
    `drop table if exists bench_raw; create table bench_raw (event_id uuid primary key, key uuid not null, sequence bigint not null, contact text not null)`,
  );
  const ids = (set: readonly Message[]) => set.map(({ headers }) => headers['ce_id']);
  const contact = `s1.${randomBytes(284).toString('base64url')}`;
  const one = (set: readonly Message[]) => {
    const once = [...new Map(set.map((message) => [message.headers['ce_id'], message])).values()];
    return client.query({
      name: 'raw',
      text: `insert into bench_raw select * from unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[])
             on conflict (event_id) do nothing`,
      values: [ids(once), once.map(({ key }) => key), once.map(({ sequence }) => sequence), once.map(() => contact)],
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
    const since = new Date(Date.now() - 1000);
    await stack.tell('stop', 'intake', 'vetting', 'matching', 'notification', 'coordination', 'operations');
    await prepareEffect(database);
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
      `select count(*) as people, sum(e.events) as events,
              count(*) filter (where e.sequence <> coalesce(wanted.sequence, 1)) as behind,
              (select count(*) from vetting.dead_letter where state in ('parked', 'retrying') and parked_at >= $3) as letters
         from vetting.bench_effect e
         left join unnest($1::uuid[], $2::int[]) as wanted(key, sequence) on wanted.key = e.key`,
      [[...stream.newest.keys()], [...stream.newest.values()], since],
    );
    const found = rows[0]!;
    const checks: readonly (readonly [number, number, string])[] = [
      [Number(found.people), stream.newest.size + paced, 'people'],
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
