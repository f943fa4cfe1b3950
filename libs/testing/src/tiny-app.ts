import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type Provider, type Type } from '@nestjs/common';
import pg from 'pg';
import { z } from 'zod';
import { AccessListSource, SessionMinter, type AccessListData, type StaffRole } from '@app/access';
import { migrate } from '@app/database';
import type { EventLog } from '@app/messaging';
import { boot, defineApp, migrationSourcesOf, type AppDefinition, type AppName, type RunningApp } from '@app/boot';

/** A whole small app on the real services, for specs: its own database, its own secrets, its own keys. */
export interface TinyApp {
  readonly app: AppDefinition;
  readonly environment: Record<string, string>;
  readonly running: RunningApp;
  readonly list: AccessListData;
  /** A session cookie of a member with these roles, as a header, and its token for forms. */
  signIn(roles: readonly StaffRole[], member?: number): Promise<{ cookie: string; csrf: string; memberId: string }>;
  sql(text: string, params?: unknown[]): Promise<any[]>;
  sqlAs(url: string, text: string, params?: unknown[]): Promise<any[]>;
  stop(): Promise<void>;
}

export const ORIGIN = 'http://localhost:4300';
const ISSUER = 'http://localhost:4300/dev/sign-in';
export const FORUM = '01990000-0000-7000-8000-000000000001';

export interface TinyOptions {
  readonly name?: AppName;
  readonly controllers?: readonly Type[];
  readonly providers?: readonly Provider[];
  readonly imports?: readonly Type[];
  readonly config?: z.ZodObject;
  readonly environment?: Record<string, string>;
  readonly locales?: URL;
  readonly eventLog?: EventLog;
  /** A real app in the place of one made of controllers and providers. */
  readonly app?: AppDefinition;
  /** Shares the keys of sessions and operators with this one, as the apps of one stack do. */
  readonly beside?: TinyApp;
}

interface Services {
  readonly postgres: { url: string };
  readonly redis: { url: string; users: Record<string, string> };
  readonly kafka: { brokers: string[]; users: Record<string, string> };
}

export const services = (): Services =>
  JSON.parse(readFileSync(process.env['MUSTER_TEST_SERVICES']!, 'utf8')) as Services;

export const memberList = (): AccessListData => ({
  members: [1, 2, 3].map((n) => ({
    issuer: ISSUER,
    subject: `person-${n}`,
    memberId: `01990000-0000-7000-8000-00000000010${n}`,
    forumId: FORUM,
    organisationId: '01990000-0000-7000-8000-000000000002',
    roles: [
      'duty-officer',
      'approver',
      'hub-coordinator',
      'vetting-officer',
      'call-handler',
      'referrer',
      'operator',
      'auditor',
    ],
  })),
  endedSessions: [],
  partnerKeys: [],
});

export async function tinyApp(o: TinyOptions = {}): Promise<TinyApp> {
  const name = o.app?.name ?? o.name ?? 'coordination';
  const list = memberList();
  class Source extends AccessListSource {
    current(): Promise<AccessListData> {
      return Promise.resolve(list);
    }
  }
  class TinyModule {}
  const source = name === 'coordination' ? [{ provide: AccessListSource, useClass: Source }] : [];
  Module({
    imports: [...(o.imports ?? [])],
    controllers: [...(o.controllers ?? [])],
    providers: [...source, ...(o.providers ?? [])],
  })(TinyModule);
  const folder = mkdtempSync(join(tmpdir(), 'muster-tiny-'));
  mkdirSync(join(folder, 'migrations'));
  mkdirSync(join(folder, 'locales'));
  const made = defineApp({
    name,
    module: TinyModule,
    config: o.config ?? z.object({}),
    migrations: new URL(`file://${folder}/migrations/`),
    locales: o.locales ?? new URL(`file://${folder}/locales/`),
    compartments: [],
  });
  const app = o.app ?? made;
  const database = await freshDatabase(app);
  const keys = keyPair();
  const operations = keyPair();
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text, { mode: 0o600 });
  mkdirSync(join(folder, 'public'));
  write('database-url', database.url);
  write('redis-url', services().redis.url);
  write('kafka-password', services().kafka.users[name]!);
  write('idempotency-key', randomBytes(32).toString('base64'));
  const shared = ['session.jwk', 'public/session.jwk', 'operations.jwk', 'public/operations.jwk'];
  const texts = o.beside
    ? shared.map((file) => readFileSync(join(o.beside!.environment['SECRETS_DIR']!, file), 'utf8'))
    : [keys.private, keys.public, operations.private, operations.public].map((key) => JSON.stringify(key));
  shared.forEach((file, index) => write(file, texts[index]!));
  const environment = {
    MUSTER_ENV: 'local',
    MUSTER_ORIGIN: ORIGIN,
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    SECRETS_DIR: folder,
    OIDC_ISSUER: ISSUER,
    OIDC_CLIENT_ID: 'muster',
    KAFKA_BROKERS: services().kafka.brokers.join(','),
    KAFKA_USERNAME: name,
    COORDINATION_ADMIN_URL: o.beside?.running.adminUrl ?? 'http://127.0.0.1:9',
    LOG_LEVEL: 'silent',
    ...o.environment,
  };
  const running = await boot(app, { environment, ...(o.eventLog ? { eventLog: o.eventLog } : {}) }).catch(
    async (error: unknown) => {
      await database.drop();
      throw error;
    },
  );
  const minter = await SessionMinter.with(JSON.parse(texts[0]!), ORIGIN);
  return {
    app,
    environment,
    running,
    list,
    signIn: async (roles, member = 1) => {
      const { memberId, subject } = list.members[member - 1]!;
      const facts = { issuer: ISSUER, subject, memberId, sessionId: randomBytes(16).toString('hex'), roles };
      const { cookie, csrf } = await minter.mint(facts, 600);
      return { cookie: cookie.split(';')[0]!, csrf, memberId };
    },
    sql: database.sql,
    sqlAs: database.on,
    stop: async () => {
      await running.stop();
      await database.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const keyPair = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { private: privateKey.export({ format: 'jwk' }), public: publicKey.export({ format: 'jwk' }) };
};

async function freshDatabase(app: AppDefinition) {
  const administrator = services().postgres.url;
  const name = `tiny_${randomBytes(6).toString('hex')}`;
  const on = async (url: string, text: string, params: unknown[] = []): Promise<any[]> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(text, params)).rows;
    } finally {
      await client.end();
    }
  };
  await on(administrator, `create database ${name}`);
  const url = new URL(administrator);
  url.pathname = `/${name}`;
  const password = randomBytes(12).toString('hex');
  await migrate({
    url: url.href,
    plans: migrationSourcesOf(app).map((plan) => ({ schema: app.name, role: name, password, ...plan })),
  });
  const own = new URL(url.href);
  own.username = name;
  own.password = password;
  return {
    url: own.href,
    on,
    sql: (text: string, params?: unknown[]) => on(url.href, `${text}`, params),
    drop: async () => {
      await on(administrator, `drop database ${name} with (force)`);
      await on(administrator, `drop role if exists ${name}`);
    },
  };
}
