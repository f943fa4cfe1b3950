import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { home, kafka, redis, settings, sql } from './stack.js';

/** Everything that the stack has said or kept, so that a row can look for what should not be there. */
const SCHEMAS = ['intake', 'vetting', 'matching', 'notification', 'coordination', 'operations', 'keyring'];

/** A value in every spelling in which it might slip out; base64 also from the middle of something longer. */
export function spellings(value: string): string[] {
  const bytes = Buffer.from(value);
  const within = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    // The first letters depend on what stands before, the last on what comes behind.
    return text
      .slice(before === 0 ? 0 : before + 1)
      .replace(/=+$/, '')
      .slice(0, -1);
  });
  const all = [
    value,
    value.toUpperCase(),
    value.toLowerCase(),
    JSON.stringify(value).slice(1, -1),
    JSON.stringify(JSON.stringify(value)).slice(3, -3),
    Array.from(value)
      .map((letter) => (letter > '~' ? `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}` : letter))
      .join(''),
    encodeURIComponent(value),
    encodeURIComponent(value).replaceAll('%20', '+').replaceAll("'", '%27'),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    // Bytes that were read as if each were a letter, as those of files and topics are here.
    ...[value, value.toUpperCase(), value.toLowerCase()].map((text) => Buffer.from(text).toString('latin1')),
    value.replaceAll("'", '&#39;'),
    ...within,
    ...within.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
  ];
  return [...new Set(all)].filter((text) => text.length >= 5);
}

export interface Said {
  readonly messages: number;
  /** Places that hold one of the words, with the word. */
  holding(words: readonly string[]): string[];
}

const said = (parts: ReadonlyMap<string, string>, messages: number): Said => ({
  messages,
  holding: (words) => {
    const look = lookFor(words);
    return [...parts].flatMap(([place, text]) => look(text).map((word) => `${place}: ${word}`));
  },
});

const WINDOW = 4;
/** Of the last four letters alone: whatever stood before has been shifted out. */
const roll = (last: number, letter: number): number => (last << 8) ^ letter;
const slot = (rolled: number): number => (rolled ^ (rolled >>> 16)) & 0xffff;

/** Finds which of the words stand in a text in one walk over it: there are thousands of words, and gigabytes of text. */
export function lookFor(words: readonly string[]): (text: string) => string[] {
  const begins = new Map<number, string[]>();
  const likely = new Uint8Array(0x10000);
  for (const word of words) {
    if (word.length < WINDOW) throw new Error(`too short to be looked for: ${word}`);
    let rolled = 0;
    for (let at = 0; at < WINDOW; at++) rolled = roll(rolled, word.charCodeAt(at));
    begins.set(rolled, [...(begins.get(rolled) ?? []), word]);
    likely[slot(rolled)] = 1;
  }
  return (text) => {
    const found = new Set<string>();
    let rolled = 0;
    for (let at = 0; at < text.length; at++) {
      rolled = roll(rolled, text.charCodeAt(at));
      if (likely[slot(rolled)] === 0) continue;
      for (const word of begins.get(rolled) ?? []) if (text.startsWith(word, at + 1 - WINDOW)) found.add(word);
    }
    return words.filter((word) => found.has(word));
  };
}

/** All topics from their beginning: keys, headers and values. */
export async function topics(): Promise<Said> {
  const client = kafka({ username: 'admin', password: settings.kafka['admin']! });
  const admin = client.admin();
  await admin.connect();
  const names = (await admin.listTopics()).filter((name) => !name.startsWith('__'));
  const ends = await Promise.all(
    names.map(async (topic) => ({ topic, partitions: await admin.fetchTopicOffsets(topic) })),
  );
  await admin.disconnect();
  const left = new Map<string, number>();
  for (const { topic, partitions } of ends)
    for (const { partition, high, low } of partitions)
      if (Number(high) > Number(low)) left.set(`${topic} ${partition}`, Number(high) - 1);
  const texts = new Map<string, string[]>();
  let messages = 0;
  if (left.size > 0) {
    const consumer = client.consumer({ groupId: `attack-${process.pid}-${Date.now()}`, maxWaitTimeInMs: 100 });
    await consumer.connect();
    await consumer.subscribe({ topics: names, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`not read within 60 s: ${[...left.keys()].join(', ')}`)), 60_000);
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const { key, value, headers } of batch.messages) {
              const text = [key, value, ...Object.entries(headers ?? {}).flat()].map((it) =>
                it?.toString('latin1' as never),
              );
              const list = texts.get(batch.topic) ?? [];
              texts.set(batch.topic, list);
              list.push(text.join('\n'));
              messages++;
            }
            const place = `${batch.topic} ${batch.partition}`;
            if (Number(batch.lastOffset()) >= (left.get(place) ?? Infinity)) left.delete(place);
            if (left.size === 0) {
              clearTimeout(late);
              resolve();
            }
          },
        })
        .catch(reject);
    });
    await consumer.disconnect();
  }
  return said(new Map([...texts].map(([topic, list]) => [topic, list.join('\n')])), messages);
}

/** All rows of all tables as text, bytes opened. */
export async function tables(): Promise<Said> {
  const names = await sql<{ schema: string; name: string }>(
    'select schemaname as schema, tablename as name from pg_tables where schemaname = any($1) order by 1, 2',
    [SCHEMAS],
  );
  const parts = new Map<string, string>();
  let messages = 0;
  for (const { schema, name } of names) {
    const rows = await sql<{ it: string }>(`select to_jsonb(t)::text as it from ${schema}.${name} t`);
    messages += rows.length;
    parts.set(`${schema}.${name}`, rows.map(({ it }) => opened(it)).join('\n'));
  }
  return said(parts, messages);
}
const opened = (text: string): string =>
  text.replaceAll(
    /\\\\x([0-9a-f]{2,})/g,
    (whole, hex: string) => `${whole} ${Buffer.from(hex, 'hex').toString('latin1')}`,
  );

/** Everything in Redis: jobs, limits, locks. */
export async function queues(): Promise<Said> {
  const client = redis('admin', settings.redis['admin' as never]);
  await client.connect();
  try {
    const parts = new Map<string, string>();
    for (const key of await client.keys('*')) {
      const type = await client.type(key);
      const read: Record<string, () => Promise<unknown>> = {
        string: () => client.get(key),
        hash: () => client.hgetall(key),
        list: () => client.lrange(key, '0', '-1'),
        set: () => client.smembers(key),
        zset: () => client.zrange(key, '0', '-1'),
        stream: () => client.xrange(key, '-', '+'),
      };
      parts.set(key, JSON.stringify([key, await read[type]?.()]));
    }
    return said(parts, parts.size);
  } finally {
    client.disconnect();
  }
}

/** The files of these parts of the home, after the database has written what it held back. */
export async function files(...folders: string[]): Promise<Said> {
  await sql('checkpoint');
  const parts = new Map<string, string>();
  for (const folder of folders)
    for (const it of readdirSync(join(home, folder), { recursive: true, withFileTypes: true })) {
      if (!it.isFile()) continue;
      const path = join(it.parentPath, it.name);
      try {
        // Kafka makes its indexes long and writes little: of most there is nothing on disk.
        if (statSync(path).blocks === 0) continue;
        parts.set(path.slice(home.length + 1), readFileSync(path, 'latin1'));
      } catch (error) {
        // A segment that was recycled while we looked.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  return said(parts, parts.size);
}
