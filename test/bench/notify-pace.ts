import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { told, atLeast, atMost, type Bench } from './bench.js';
import { crowdOf, Load } from './load/load.js';
import { cpuNote, Meter, processesOf } from './usage.js';

/** Who each get an acknowledgement; almost all by e-mail. */
const APPLICANTS = 6_000;
const RAW_JOBS = 20_000;
/** Of emailQueue; a provider of this kind refuses what comes faster. */
const LIMIT = 600;

/** BullMQ alone on the same Redis: jobs in sets, a worker that does nothing, no limit. */
const raw = async (url: string): Promise<{ add: number; drain: number }> => {
  const connection = () => new Redis(url, { maxRetriesPerRequest: null });
  const [mine, its] = [connection(), connection()];
  const queue = new Queue('raw', { connection: mine, prefix: 'bench' });
  const jobs = Array.from({ length: RAW_JOBS }, (_, n) => ({ name: 'job', data: { id: String(n) } }));
  const options = { removeOnComplete: true, removeOnFail: true };
  const adding = performance.now();
  for (let at = 0; at < jobs.length; at += 500)
    await queue.addBulk(jobs.slice(at, at + 500).map((job) => ({ ...job, opts: options })));
  const add = RAW_JOBS / ((performance.now() - adding) / 1000);
  let done = 0;
  const { promise, resolve } = Promise.withResolvers<void>();
  const draining = performance.now();
  const worker = new Worker('raw', async () => void (++done === RAW_JOBS && resolve()), {
    ...{ connection: its, prefix: 'bench', concurrency: 200 },
  });
  await promise;
  const drain = RAW_JOBS / ((performance.now() - draining) / 1000);
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  mine.disconnect();
  its.disconnect();
  return { add, drain };
};

/** When the provider had each mail, until the last of these; ms, in order. What counts is what it sees, not what we meant. */
const caughtSince = async (inbox: string, since: Date, these: ReadonlySet<string>): Promise<number[]> => {
  const lines = (await (await fetch(`${inbox}/index.ndjson`)).text()).split('\n').filter(Boolean);
  const mails = lines
    .map((line) => JSON.parse(line) as { messageId: string; receivedAt: string })
    .map(({ messageId, receivedAt }) => ({ id: messageId.slice(1).split('@')[0]!, at: Date.parse(receivedAt) }))
    .filter(({ at }) => at >= since.getTime())
    .sort((one, other) => one.at - other.at);
  return mails.slice(0, mails.findLastIndex(({ id }) => these.has(id)) + 1).map(({ at }) => at);
};

/** The fullest second that ends with any of them. */
const mostInASecond = (moments: readonly number[]): number => {
  let first = 0;
  let most = 0;
  for (const [place, at] of moments.entries()) {
    while (moments[first]! <= at - 1_000) first += 1;
    most = Math.max(most, place - first + 1);
  }
  return most;
};

export const notifyPace: Bench = {
  name: 'notify-pace',
  says: 'e-mails a second to the mail catcher while a backlog waits, and how well the limit is kept',
  async run(stack, say) {
    const { file, database } = stack;
    const before = await raw(file.redis.url);
    say(`raw BullMQ: ${before.add.toFixed(0)}/s added, ${before.drain.toFixed(0)}/s drained`);
    await stack.tell('stop', 'notification');
    const crowd = await crowdOf(database, file.activation, `n${Date.now().toString(36)}`);
    const load = await Load.begin({
      ...{ crowd, ledger: join(stack.folder, 'notify-acknowledged'), partnerKey: file.partnerKey, connections: 64 },
      url: file.apps.intake[0]!.url,
    });
    const since = new Date();
    try {
      await load.stint({ rate: 500, paced: true, seconds: APPLICANTS / 500, unheeded: 0 });
    } finally {
      await load.end();
    }
    await stack.tell('start', 'notification');
    const meter = new Meter({ notification: processesOf(stack.file)['notification']!, postgres: [file.postgres.pid] });
    const state = async () => {
      const { rows } = await database.query<{ sent: number; left: number; asked: number }>(
        `select count(*) filter (where sent_at is not null)::int as sent,
                count(*) filter (where state in ('created', 'queued', 'sending'))::int as left, count(*)::int as asked
           from notification.message where transport = 'email' and kind = 'M2' and requested_at >= $1`,
        [since],
      );
      return rows[0]!;
    };
    let now = await state();
    for (const until = Date.now() + 120_000; now.sent < APPLICANTS * 0.8 || now.left > 0; now = await state()) {
      if (Date.now() > until) throw new Error(`${now.sent} e-mails were sent, ${now.left} wait`);
      await wait(500);
    }
    const usage = meter.end();
    // Until the last acknowledgement, whatever else went out meanwhile; the first and the last of a hundred are left out.
    const { rows: acknowledgements } = await database.query<{ id: string }>(
      "select id from notification.message where transport = 'email' and kind = 'M2' and requested_at >= $1",
      [since],
    );
    const caught = await caughtSince(file.mail.inbox, since, new Set(acknowledgements.map(({ id }) => id)));
    const share = Math.ceil(caught.length / 100);
    const middle = caught.slice(share, -share);
    const rate = middle.length / ((middle.at(-1)! - middle[0]!) / 1000);
    const { rows: twice } = await database.query<{ n: number }>(
      `select count(*)::int as n from (select from notification.message where requested_at >= $1
         group by request_id, transport having count(*) > 1) it`,
      [since],
    );
    return {
      figures: [
        // First figure: no target of its own yet beyond the limit that may not be broken.
        atLeast(0, 'e-mails sent', rate, '/s', 'limit of the relay', LIMIT),
        atLeast(0, 'e-mails sent', rate, '/s', 'raw BullMQ drain', before.drain),
        atMost(LIMIT * 1.02, 'most received in any second', mostInASecond(caught), ''),
        told('raw addBulk', before.add, '/s'),
      ],
      faults: twice[0]!.n > 0 ? [`${twice[0]!.n} messages were made twice`] : [],
      notes: [['e-mails', `${now.sent} of ${now.asked} sent`], cpuNote(usage, now.sent)],
    };
  },
};
