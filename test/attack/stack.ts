import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import kafkajs from 'kafkajs';
import { Client } from 'pg';
import { runningStack, type Stack } from '../../tools/stack-file.js';
import { call, eventually, token, type Answer } from '../e2e/people.js';

process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';

/** What every row needs of the running stack, and what a thief of one secret would hold. People and answers: test/e2e/people.ts. */
export const root = fileURLToPath(new URL('../../', import.meta.url));
export const home = dirname(process.env.MUSTER_STACK ?? '');
/** Read anew each time: what the supervisor restarts has another pid. */
export const stack = (): Stack => runningStack();

/** Passwords of each app for each server. */
export const settings = JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8')) as Record<
  'postgres' | 'redis' | 'kafka',
  Record<string, string>
>;
export const secret = (app: string, path: string): string =>
  readFileSync(join(home, 'secrets', app, path), 'utf8').trim();

/** How large a crowd: `npm test` sends the smaller one through the same checks. */
export const crowd = (whole: number, short: number): number => (process.env.MUSTER_ATTACK === 'short' ? short : whole);

/** Asks Postgres as its administrator, or as an app's role. */
export async function sql<T extends object = Record<string, any>>(
  text: string,
  values: readonly unknown[] = [],
  as?: string,
): Promise<T[]> {
  const url = new URL(stack().postgres.url);
  if (as) Object.assign(url, { username: as, password: settings.postgres[as]! });
  const client = new Client({ connectionString: url.href, application_name: 'attack' });
  await client.connect();
  try {
    return (await client.query<T>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** A connection to Redis as an app, with another password, or as nobody; disconnect it. */
export function redis(username?: string, password = username && settings.redis[username]): Redis {
  const { hostname, port } = new URL(stack().redis.url);
  const client = new Redis(Number(port), hostname, {
    ...{ username, password, retryStrategy: () => null, lazyConnect: true },
  });
  client.on('error', () => {});
  return client;
}

export interface Thief {
  readonly username: string;
  readonly password: string;
  readonly mechanism?: 'plain' | 'scram-sha-512';
}
/** An app's own account of Kafka. */
export const kafkaUser = (app: string): Thief => ({ username: app, password: settings.kafka[app]! });

/** Writes one message to a topic, as whoever that is; null is a stranger without an account. */
export async function produce(
  who: Thief | null,
  topic: string,
  message: kafkajs.Message = { key: 'k', value: '{}' },
): Promise<void> {
  const producer = kafka(who).producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    await producer.send({ topic, messages: [message] });
  } finally {
    await producer.disconnect();
  }
}

export const kafka = (who: Thief | null): kafkajs.Kafka =>
  new kafkajs.Kafka({
    brokers: [...stack().kafka.brokers],
    sasl: who ? ({ mechanism: 'plain', ...who } as kafkajs.SASLOptions) : undefined,
    connectionTimeout: 3_000,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
  });

/** An event as an app would write it; what is forged in it is in `headers`. */
export const event = (
  type: string,
  key: string,
  data: object,
  headers: Record<string, string> = {},
): kafkajs.Message => ({
  key,
  value: JSON.stringify(data),
  headers: {
    'content-type': 'application/json',
    ce_specversion: '1.0',
    ce_id: timeOrdered(),
    ce_source: `/${type.split('.', 1)[0]}`,
    ce_type: type,
    ce_time: new Date().toISOString(),
    ce_sequence: '99',
    ce_correlationid: randomUUID(),
    ce_forumid: randomUUID(),
    ...headers,
  },
});

/** A UUIDv7: an older id would be refused for its age alone. */
const timeOrdered = (): string => {
  const [time, rest] = [Date.now().toString(16).padStart(12, '0'), randomUUID().slice(15)];
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest}`;
};

/** The header of a staff member who signed in. */
export const staff = async (email: string): Promise<{ authorization: string }> => ({
  authorization: `Bearer ${await token(email)}`,
});

/** What came to an address, newest first as the catcher tells. */
export const mails = async (to: string): Promise<{ subject: string; text: string }[]> => {
  const { body } = await eventually(
    () => call('GET', `/dev/mail?to=${encodeURIComponent(to)}`),
    ({ status }) => status === 200,
  );
  return body.items;
};

/** The path of the link in a mail. */
export const linkIn = (text: string): string => {
  const link = /https?:\/\/\S+(\/s\/[\w-]+)/.exec(text);
  if (!link) throw new Error(`no link in: ${text}`);
  return link[1]!;
};

/** Answers as one line, so that a failure shows all that differ. */
export const statuses = (answers: readonly Answer[]): Record<number, number> => {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

/** `npm run stack -- …` on this stack. */
export const drill = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'dist/deploy/local/stack.js'), ...args], {
    env: { ...process.env, MUSTER_HOME: home, NODE_OPTIONS: '' },
  });

/** Only root can become somebody else. */
export const isRoot = process.getuid?.() === 0;
