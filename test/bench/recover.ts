import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import type { AppName } from '../../deploy/apps.js';
import { atMost, told, type Bench, type Figure } from './bench.js';
import { drain } from './drain.js';
import { checkLedger } from './ledger.js';
import { crowdOf, Load } from './load/load.js';
import type { Stack } from './stack.js';

const RATE = 2_000;
/** The load of one blow: some seconds before it, and as long as it takes afterwards. */
const LOAD_S = 20;
const BEFORE_S = 5;
const GIVEN_UP_S = 120;
const APPS = ['intake', 'vetting', 'matching', 'notification'] as const satisfies readonly AppName[];

/** Seconds until it is so; infinite when that takes too long. */
const until = async (isSo: () => Promise<boolean>, since: number): Promise<number> => {
  for (; (performance.now() - since) / 1000 < GIVEN_UP_S; await wait(20))
    if (await isSo().catch(() => false)) return (performance.now() - since) / 1000;
  return Infinity;
};

const kill = (pid: number): number => {
  process.kill(pid, 'SIGKILL');
  return performance.now();
};

const connected = async (stack: Stack): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: stack.file.postgres.url,
    application_name: 'bench-probe',
    connectionTimeoutMillis: 1_000,
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

/** A question on a connection of its own: the one before may have died with the database. */
const ask = async (stack: Stack, text: string, values: unknown[]): Promise<boolean> => {
  const client = await connected(stack);
  try {
    return (await client.query<{ yes: boolean }>(`select (${text}) as yes`, values)).rows[0]!.yes;
  } finally {
    await client.end().catch(() => undefined);
  }
};

const revive = async (stack: Stack, app: AppName): Promise<{ process: number; partitions: number }> => {
  const { pid, log } = stack.file.apps[app][0]!;
  const from = statSync(log).size;
  const began = kill(pid);
  const ready = async () => {
    const now = stack.file.apps[app][0]!;
    return now.pid !== pid && (await fetch(`${now.adminUrl}/readyz`)).status === 200;
  };
  const joined = () => Promise.resolve(readFileSync(log).subarray(from).includes('"group-joined"'));
  const [process, partitions] = await Promise.all([until(ready, began), until(joined, began)]);
  return { process, partitions };
};

/** An application that was sent in after this moment is in the books. */
const accepted = (stack: Stack, after: Date) => () =>
  ask(stack, 'exists (select from intake.application where submitted_at > $1)', [after]);

/** One that was sent in after this moment has reached vetting. */
const vetted = (stack: Stack, after: Date) => () =>
  ask(
    stack,
    `exists (select from vetting.case_file c join intake.application a on a.id = c.application_id where a.submitted_at > $1)`,
    [after],
  );

/** Somebody's message that was asked for after this moment is on its way. */
const queued = (stack: Stack, after: Date) => () =>
  ask(
    stack,
    `exists (select from notification.message where requested_at > $1 and (queued_at is not null or sent_at is not null))`,
    [after],
  );

/** Stopped, robbed of its data, started: from when it is started. */
const wipe = async (stack: Stack, name: 'kafka' | 'redis'): Promise<number> => {
  await stack.tell('stop', name);
  const folder = join(stack.folder, name);
  rmSync(folder, { recursive: true, force: true });
  if (existsSync(folder)) throw new Error(`${folder} is still there`);
  const began = performance.now();
  await stack.tell('start', name);
  return began;
};

export const recover: Bench = {
  name: 'recover',
  says: `killed and wiped under ${RATE} applications a second`,
  async run(stack, say) {
    const { file, database } = stack;
    const since = new Date(Date.now() - 1000);
    const ledger = join(stack.folder, 'recover-acknowledged');
    const crowd = await crowdOf(database, file.activation, `r${Date.now().toString(36)}`);
    const load = await Load.begin({
      ...{ crowd, ledger, partnerKey: file.partnerKey, connections: 512 },
      url: file.apps.intake[0]!.url,
    });
    const figures: Figure[] = [];
    let [sent, acknowledged] = [0, 0];
    const blow = async (what: string, strike: () => Promise<readonly Figure[]>): Promise<void> => {
      const { promise: begun, resolve } = Promise.withResolvers<void>();
      let struck = false;
      // As long as it takes: who comes back last must still find somebody who comes in.
      const coming = async () => {
        do {
          const told = await load.stint({ rate: RATE, paced: true, seconds: LOAD_S, unheeded: 0 }, resolve);
          sent += told.sent;
          acknowledged += told.acknowledged;
        } while (!struck);
      };
      const loading = coming();
      loading.catch(() => undefined);
      await begun;
      await wait(BEFORE_S * 1000);
      const found = await strike();
      struck = true;
      figures.push(...found);
      say(`  ${what}: ${found.map(({ value }) => `${value.toFixed(1)} s`).join(', ')}`);
      await loading;
      await wait(2_000);
    };
    try {
      for (const app of APPS)
        await blow(`kill -9 ${app}`, async () => {
          const { process, partitions } = await revive(stack, app);
          return [
            atMost(3, `${app}: process answers`, process, 's'),
            atMost(4, `${app}: its partitions`, partitions, 's'),
          ];
        });
      await blow('kill -9 postgres', async () => {
        const after = new Date(Date.now() + 50);
        const began = kill(stack.file.postgres.pid);
        return [atMost(10, 'postgres: accepts again', await until(accepted(stack, after), began), 's')];
      });
      await blow('kill -9 kafka', async () => {
        const before = await connected(stack);
        const { rows } = await before.query<{ seq: string }>('select seq from intake.relay_cursor');
        await before.end();
        const began = kill(stack.file.kafka.pids[0]!);
        const moved = () => ask(stack, '(select seq from intake.relay_cursor) > $1', [rows[0]!.seq]);
        // What was under way when it died may still be counted.
        await wait(200);
        return [told('broker: first acknowledgement', await until(moved, began), 's')];
      });
      await blow('kafka wiped', async () => {
        const after = new Date();
        const began = await wipe(stack, 'kafka');
        return [atMost(30, 'kafka wiped: new people reach vetting', await until(vetted(stack, after), began), 's')];
      });
      await blow('redis wiped', async () => {
        const after = new Date();
        const began = await wipe(stack, 'redis');
        return [atMost(30, 'redis wiped: new messages go out', await until(queued(stack, after), began), 's')];
      });
    } finally {
      await load.end();
    }
    const afterwards = await connected(stack);
    const drained = await drain(afterwards, say, 300);
    const books = await checkLedger(ledger, afterwards, since);
    await afterwards.end();
    return {
      figures: [...figures, told('all drained after', drained, 's')],
      faults: books.faults,
      notes: [['applications', `${sent} sent, ${acknowledged} acknowledged in all stretches of load`]],
    };
  },
};
