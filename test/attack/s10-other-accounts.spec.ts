import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { home, isRoot, redis, root, secret, settings, stack } from './stack.js';

jest.setTimeout(120_000);

const run = promisify(execFile);
const secretFiles = (folder = join(home, 'secrets')): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((it) => it.isFile())
    .map((it) => join(it.parentPath, it.name));

describe('S10 Another account on the machine uses the servers', () => {
  // Only root can become somebody else; the table of `npm run attack` says so where it is not.
  if (isRoot)
    test('nobody can read a file, sign in to a server or write a message', async () => {
      const { stdout } = await run(process.execPath, [join(root, 'test/attack/as-nobody.mjs'), home], {
        env: { ...process.env, NODE_OPTIONS: '', KAFKAJS_NO_PARTITIONER_WARNING: '1' },
      });
      const tried = JSON.parse(stdout) as Record<string, string>;
      expect(Object.keys(tried).length).toBeGreaterThan(60);
      expect(Object.entries(tried).filter(([, got]) => got.startsWith('got'))).toEqual([]);
      // Refused by the servers and the file system, not missed: nothing is simply not there.
      expect(
        Object.entries(tried).filter(
          ([name, got]) =>
            /^(list|write|environment|psql|redis|produce)/.test(name) && /ENOENT|ECONNREFUSED|ENOTFOUND/.test(got),
        ),
      ).toEqual([]);
    });

  test('the home is closed, and each secret in it is for its owner only', () => {
    expect(statSync(home).mode & 0o777).toBe(0o700);
    const names = ['stack.json', 'settings.json', 'supervisor.json', 'processes.json', 'kafka/1/server.properties'];
    const files = [...[...names, 'redis/users.acl', 'front.json'].map((name) => join(home, name)), ...secretFiles()];
    expect(files.length).toBeGreaterThan(40);
    expect(files.filter((file) => (statSync(file).mode & 0o777) !== 0o600)).toEqual([]);
  });

  test('no secret stands on a command line or in an environment', async () => {
    const { stdout } = await run('ps', ['axeww', '-o', 'args'], { maxBuffer: 1 << 26 });
    const keys = secretFiles().map((file) => readFileSync(file, 'utf8').trim());
    const secrets = [
      ...['postgres', 'redis', 'kafka'].flatMap((part) => Object.values(settings[part as 'redis'])),
      ...keys,
    ];
    expect(stdout).toContain('kafka');
    expect(secrets.filter((it) => it.length >= 16 && stdout.includes(it))).toEqual([]);
  });

  test('the passwords of a start are random: no two are alike', () => {
    const all = (['postgres', 'redis', 'kafka'] as const).flatMap((part) => Object.values(settings[part]));
    expect(new Set(all).size).toBe(all.length);
    expect(Math.min(...all.map((it) => it.length))).toBeGreaterThanOrEqual(24);
  });

  test('Postgres asks each of its roles for a password by SCRAM, and keeps no weaker one', async () => {
    const { hostname, port } = new URL(stack().postgres.url);
    const roles = ['intake', 'vetting', 'matching', 'notification', 'coordination', 'operations'];
    for (const user of roles) {
      const login = { host: hostname, port: Number(port), user, password: 'guess', database: 'muster' };
      await expect(new pg.Client(login).connect()).rejects.toThrow(/password authentication failed/);
    }
    const files = ['pg_hba.conf', 'postgresql.conf'].map((name) => readFileSync(join(home, 'postgres', name), 'utf8'));
    const rules = files[0]!.split('\n').filter((line) => line.trim() && !line.startsWith('#'));
    expect(rules.filter((rule) => !/^host .* 127\.0\.0\.1\/32 +scram-sha-256$/.test(rule))).toEqual([]);
  });

  test("an app reaches its own keys of Redis and nobody else's", async () => {
    const vetting = redis('vetting');
    try {
      await vetting.connect();
      expect(await vetting.set('vetting:test', '1', 'EX', 5)).toBe('OK');
      for (const attempt of [
        () => vetting.get('notification:test'),
        () => vetting.keys('*'),
        () => vetting.flushall(),
        () => vetting.config('GET', '*'),
        () => vetting.call('ACL', 'LIST'),
        () => vetting.call('MONITOR'),
        () => vetting.eval("return redis.call('GET', 'notification:test')", 0),
        () => vetting.publish('notification:test', 'x'),
      ])
        await expect(attempt()).rejects.toThrow(/NOPERM|can't access/);
    } finally {
      vetting.disconnect();
    }
  });

  test('the password of one server opens no other', async () => {
    const { password } = new URL(secret('intake', 'redis-url'));
    const { hostname, port } = new URL(stack().postgres.url);
    const login = { host: hostname, port: Number(port), user: 'intake', password, database: 'muster' };
    await expect(new pg.Client(login).connect()).rejects.toThrow(/password authentication failed/);
    const client = redis('intake', settings.postgres['intake']);
    await expect(client.connect().then(() => client.ping())).rejects.toThrow(/WRONGPASS|closed/i);
    client.disconnect();
  });
});
