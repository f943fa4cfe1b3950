import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import kafkajs from 'kafkajs';

jest.setTimeout(120_000);
process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';

interface Stack {
  origin: string;
  apps: Record<string, { pid: number; url: string; adminUrl: string }[]>;
  postgres: { pid: number; url: string };
  redis: { pid: number; url: string };
  kafka: { brokers: string[]; pids: number[] };
  providers: Record<string, { pid: number; url: string }>;
}

const root = fileURLToPath(new URL('../../', import.meta.url));
const file = process.env.MUSTER_STACK!;
const home = dirname(file);
const read = (): Stack => JSON.parse(readFileSync(file, 'utf8')) as Stack;
const settings = JSON.parse(readFileSync(join(home, 'settings.json'), 'utf8')) as Record<
  string,
  Record<string, string>
>;

/** `npm run stack -- …` on the stack of the tests. */
const drill = (...args: string[]) =>
  promisify(execFile)(process.execPath, [join(root, 'dist/deploy/local/stack.js'), ...args], {
    env: { ...process.env, MUSTER_HOME: home },
  });

const eventually = async (is: () => boolean | Promise<boolean>, withinMs: number): Promise<number> => {
  const began = Date.now();
  while (!(await is())) {
    if (Date.now() - began > withinMs) throw new Error(`not within ${withinMs} ms`);
    await wait(25);
  }
  return Date.now() - began;
};

/** A request as written: fetch would mend the path and the host before they leave. */
const ask = (path: string, headers: Record<string, string> = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const { port, host } = new URL(read().origin);
    request({ host: '127.0.0.1', port, path, agent: false, headers: { host, ...headers } }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on('error', reject)
      .end();
  });

describe('the supervisor', () => {
  test('starts again what was killed, and says its new pid', async () => {
    const before = read().providers.dbs!.pid;
    process.kill(before, 'SIGKILL');
    await eventually(() => ![0, before].includes(read().providers.dbs!.pid), 5_000);
    await eventually(
      async () => (await fetch(`${read().providers.dbs!.url}/health`).catch(() => null))?.status === 200,
      15_000,
    );
  });

  test('what a command stopped stays stopped until a command starts it', async () => {
    await drill('stop', 'identity');
    try {
      await wait(1_500);
      expect(read().providers.identity!.pid).toBe(0);
      expect(await ask('/dev/identity/x')).toBe(503);
    } finally {
      await drill('start', 'identity');
    }
    expect(read().providers.identity!.pid).toBeGreaterThan(0);
    expect(await ask('/dev/identity/x')).not.toBe(503);
  });

  test('a name it does not know is one clear sentence', async () => {
    await expect(drill('restart', 'nonsense')).rejects.toThrow(/There is no "nonsense" here/);
  });

  test('two instances restart one after the other, and no reader notices', async () => {
    await drill('up', '--instances', 'intake=2');
    const before = read().apps.intake!.map(({ pid }) => pid);
    expect(before).toHaveLength(2);
    const answers = new Map<number, number>();
    let done = false;
    const reading = (async () => {
      while (!done) {
        const status = await ask('/');
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
    })();
    await drill('restart', 'intake');
    done = true;
    await reading;
    expect(read().apps.intake!.every(({ pid }) => pid > 0 && !before.includes(pid))).toBe(true);
    expect([...answers.keys()].filter((status) => status >= 500)).toEqual([]);
    await drill('up', '--instances', 'intake=1');
    expect(read().apps.intake).toHaveLength(1);
  });
});

describe('the front', () => {
  test('hides what is for operators and refuses what is spelt to deceive', async () => {
    for (const path of ['/metrics', '/livez', '/readyz', '/operator/vitals', '/%6detrics'])
      expect([path, await ask(path)]).toEqual([path, 404]);
    for (const path of ['/x/..%2fops', '/x/../ops', '//ops', '/x%5cops'])
      expect([path, await ask(path)]).toEqual([path, 400]);
    expect(await ask('/', { host: 'evil.example' })).toBe(400);
  });
});

describe('other accounts and other apps', () => {
  const produce = async (sasl: kafkajs.SASLOptions | undefined, topic: string): Promise<void> => {
    const kafka = new kafkajs.Kafka({
      brokers: read().kafka.brokers,
      sasl,
      connectionTimeout: 3_000,
      logLevel: kafkajs.logLevel.NOTHING,
      retry: { retries: 0 },
    });
    const producer = kafka.producer({ allowAutoTopicCreation: false });
    try {
      await producer.connect();
      await producer.send({ topic, messages: [{ key: 'k', value: '{}' }] });
    } finally {
      await producer.disconnect();
    }
  };

  test('matching cannot write as vetting, and a stranger not at all', async () => {
    const matching = { mechanism: 'plain' as const, username: 'matching', password: settings.kafka!.matching! };
    await expect(produce(matching, 'vetting.application')).rejects.toThrow(/authorized/i);
    await expect(produce(undefined, 'vetting.application')).rejects.toThrow();
  });
});
