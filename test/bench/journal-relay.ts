import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { atLeast, atMost, told, type Bench } from './bench.js';
import { FORUM, prepareEffect, submittedText } from './messaging/submitted.js';
import { roleOf, Work } from './messaging/work.js';
import type { Times } from './messaging/worker.js';
import type { Stack } from './stack.js';

const BACKLOG = 80_000;
const RATE = 4_000;
const PACED_S = 15;
const UNHEEDED_S = 3;
const COMMIT_MS = 5;
const GATE = 0.6;

const INSERT = `insert into intake.journal (type, topic, key, data, sequence, at, correlation_id, forum_id)
  select 'intake.application-submitted.v1', 'intake.application', it.id::text, replace($1, '{id}', it.id::text), 1,
         clock_timestamp(), it.id, $2 from (select uuidv7() as id from generate_series(1, $3)) it`;

const ends = async (database: pg.Client): Promise<{ last: number; cursor: number }> => {
  const { rows } = await database.query<{ last: string; cursor: string }>(
    'select coalesce((select max(seq) from intake.journal), 0) as last, (select seq from intake.relay_cursor) as cursor',
  );
  return { last: Number(rows[0]!.last), cursor: Number(rows[0]!.cursor) };
};

/** As if nothing after `seq` had ever been sent. */
const rewind = (database: pg.Client, seq: number): Promise<unknown> =>
  database.query(`update intake.relay_cursor set seq = $1, acknowledged = '{}', log_id = null`, [seq]);

const backlog = async (stack: Stack, is: 'relay' | 'reads', from: number): Promise<Times> => {
  await rewind(stack.database, from);
  const work = await Work.begin({ is, role: roleOf(stack, 'intake') });
  const times = await work.passed(BACKLOG, 120_000);
  await work.end();
  return times;
};

/** Commits of some rows each, at an even rate, as an app under load makes them. */
const write = async (url: string, text: string, seconds: number): Promise<number> => {
  const clients = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const client = new pg.Client({ connectionString: url, application_name: 'bench-writer' });
      await client.connect();
      return client;
    }),
  );
  const rows = (RATE * COMMIT_MS) / 1000;
  const began = performance.now();
  const commits = (seconds * 1000) / COMMIT_MS;
  let next = 0;
  const turn = async (client: pg.Client) => {
    while (next < commits) {
      const due = began + next++ * COMMIT_MS;
      while (performance.now() < due) await wait(1);
      await client.query({ name: 'write', text: INSERT, values: [text, FORUM, rows] });
    }
  };
  await Promise.all(clients.map(turn));
  await Promise.all(clients.map((client) => client.end()));
  return commits * rows;
};

export const journalRelay: Bench = {
  name: 'journal-relay',
  says: 'from a commit to Kafka, and from there to an effect',
  async run(stack, say) {
    const { database } = stack;
    await stack.tell('stop', 'intake', 'vetting', 'matching', 'notification', 'coordination', 'operations');
    await prepareEffect(database);
    const text = submittedText();
    await rewind(database, (await ends(database)).last);

    say(`${RATE}/s for ${PACED_S} s`);
    const relay = await Work.begin({ is: 'relay', role: roleOf(stack, 'intake') });
    const effect = await Work.begin({ is: 'consume', role: roleOf(stack, 'vetting') });
    await effect.serving();
    const unheeded = await write(stack.file.postgres.url, text, UNHEEDED_S);
    await effect.passed(unheeded, 60_000);
    await Promise.all([relay.clear(), effect.clear()]);
    const began = performance.now();
    const paced = await write(stack.file.postgres.url, text, PACED_S);
    const wrote = (performance.now() - began) / 1000;
    const [handed, seen] = await Promise.all([relay.passed(paced, 60_000), effect.passed(paced, 60_000)]);
    await Promise.all([relay.end(), effect.end()]);
    say(`  handed over p99 ${handed.p99.toFixed(0)} ms, effect p99 ${seen.p99.toFixed(0)} ms`);

    const from = (await ends(database)).last;
    for (let left = BACKLOG; left > 0; left -= 1_000) await database.query(INSERT, [text, FORUM, 1_000]);
    await database.query('vacuum analyze intake.journal');
    say(`a backlog of ${BACKLOG}`);
    const reads = await backlog(stack, 'reads', from);
    say(`  reads ${reads.perSecond.toFixed(0)}/s`);
    const produce = await Work.begin({ is: 'produce', role: roleOf(stack, 'intake'), after: from });
    const produced = await produce.passed(BACKLOG, 120_000);
    await produce.end();
    say(`  produce ${produced.perSecond.toFixed(0)}/s`);
    const relayed = await backlog(stack, 'relay', from);
    say(`  relay ${relayed.perSecond.toFixed(0)}/s`);

    const { rows } = await database.query<{ n: string; events: string }>(
      'select count(*) as n, coalesce(sum(events), 0) as events from vetting.bench_effect',
    );
    const { last, cursor } = await ends(database);
    const slower = reads.perSecond < produced.perSecond ? 'reads alone' : 'produce alone';
    return {
      figures: [
        atLeast(
          ...([GATE, 'relay on a backlog', relayed.perSecond, '/s', slower] as const),
          Math.min(reads.perSecond, produced.perSecond),
        ),
        atMost(100, `commit to hand-over p99 at ${RATE}/s`, handed.p99, 'ms'),
        atMost(150, `commit to effect p99 at ${RATE}/s`, seen.p99, 'ms'),
        told('commit to hand-over p50', handed.p50, 'ms'),
        told('commit to effect p50', seen.p50, 'ms'),
        told('really written', paced / wrote, '/s'),
        told('reads alone', reads.perSecond, '/s'),
        told('produce alone', produced.perSecond, '/s'),
      ],
      faults: [
        ...(Number(rows[0]!.n) === paced + unheeded && Number(rows[0]!.events) === paced + unheeded
          ? []
          : [`${paced + unheeded} events were written, ${rows[0]!.events} had an effect on ${rows[0]!.n} people`]),
        ...(last === cursor ? [] : [`the journal ends at ${last}, the cursor stands at ${cursor}`]),
      ],
      notes: [
        ['µs of CPU an event', `relay ${us(relayed)}, reads ${us(reads)}, produce ${us(produced)}, effect ${us(seen)}`],
      ],
    };
  },
};

const us = ({ cpuSeconds, events }: Times): string => ((cpuSeconds * 1e6) / events).toFixed(1);
