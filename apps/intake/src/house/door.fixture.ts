import { createHash, randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StaffRole } from '@app/access';
import { boot, type RunningApp } from '@app/boot';
import { SystemClock } from '@app/calendar';
import { ActivationOpened } from '@app/contracts';
import { PostcodeTable } from '@app/geography';
import { MemoryEventLog, type Received } from '@app/messaging';
import { BlindIndex, Keyring, mintRootKey, readRootKeys } from '@app/privacy';
import {
  eventually,
  received,
  testDatabase,
  testServices,
  tinyApp,
  type TestDatabase,
  type TinyApp,
} from '@app/testing';
import { ApplicationBooks } from '../application/application-books.js';
import { ApplicationRepository } from '../application/application.repository.js';
import { FollowMatching } from '../application/follow-matching.handler.js';
import { FollowVetting } from '../application/follow-vetting.handler.js';
import { TimelineRepository } from '../application/timeline.repository.js';
import { intake } from '../intake.config.js';
import { ActivationRepository } from '../landing/activation.repository.js';
import { MessageRepository } from '../messages/message.repository.js';
import { OfferRepository } from '../offers/offer.repository.js';
import { PromiseRepository } from '../promise/promise.repository.js';
import { TallyRepository } from '../tally/tally.repository.js';
import { FollowActivations } from '../landing/follow-activations.handler.js';
import { FORUM, opened, ORIGIN, PLACES } from './house.fixture.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: any;
  readonly text: string;
}

/** Intake as others meet it: over HTTP, with coordination's access list beside it. */
export interface Front {
  readonly db: TestDatabase;
  readonly key: string;
  readonly unscopedKey: string;
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  form(path: string, fields: Record<string, string | string[]>, cookie?: string): Promise<Answer>;
  page(path: string, headers?: Record<string, string>): Promise<Answer>;
  as(roles: readonly StaffRole[]): Promise<Record<string, string>>;
  stream(path: string, signal: AbortSignal): Promise<Response>;
  /** The code of the newest message that carries one, as notification opens it. */
  code(applicationId: string): Promise<string>;
  /** What lies sealed in the contact compartment of a person, version 1. */
  opened(applicationId: string, place: string, sealed: string): Promise<unknown>;
  /** What another app said, through the real delivery. */
  deliver(from: 'vetting' | 'matching', events: readonly Received[]): Promise<void>;
  stop(): Promise<void>;
}

const partnerKey = (key: string, scopes: string[]) => ({
  keyHash: createHash('sha256').update(key).digest('hex'),
  keyId: `key-${scopes.length}`,
  forumId: FORUM,
  organisationId: FORUM,
  activationIds: [],
  scopes,
  perMinute: 1_000_000,
});

export const openFront = async (): Promise<Front> => {
  const coordination: TinyApp = await tinyApp();
  const key = `mk_${randomBytes(18).toString('base64url')}`;
  const unscopedKey = `mk_${randomBytes(18).toString('base64url')}`;
  coordination.list.partnerKeys.push(
    partnerKey(key, ['applications:write', 'applications:link']),
    partnerKey(unscopedKey, ['applications:write']),
  );
  for (const member of coordination.list.members) Object.assign(member, { forumId: FORUM });
  const db = await testDatabase({ schema: 'intake', migrations: intake.migrations });
  for (const place of PLACES)
    await db.adminSql('insert into geography.outward_code values ($1, $2, $3, $4, $5)', [...place]);
  const secrets = join(coordination.environment['SECRETS_DIR']!, 'intake');
  mkdirSync(join(secrets, 'keys'), { recursive: true });
  mkdirSync(join(secrets, 'public'));
  const write = (file: string, text: string): void => writeFileSync(join(secrets, file), text, { mode: 0o600 });
  write('database-url', db.url);
  write('redis-url', testServices().redis.url);
  write('kafka-password', 'unused');
  write('idempotency-key', randomBytes(32).toString('base64'));
  for (const compartment of ['contact', 'support', 'checks']) write(`keys/${compartment}.json`, mintRootKey());
  for (const file of ['public/session.jwk', 'public/operations.jwk'])
    copyFileSync(join(coordination.environment['SECRETS_DIR']!, file), join(secrets, file));
  const running: RunningApp = await boot(intake, {
    environment: {
      ...coordination.environment,
      SECRETS_DIR: secrets,
      COORDINATION_ADMIN_URL: coordination.running.adminUrl,
    },
    eventLog: new MemoryEventLog(),
  });
  const roots = readRootKeys(join(secrets, 'keys'), ['contact']);
  const { followVetting, followMatching, followActivations } = consumers(BlindIndex.forContacts(roots));
  await db.deliver(followActivations, [received(ActivationOpened, opened())]);
  const ask = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(running.url + path, {
      method,
      redirect: 'manual',
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json') && text !== '';
    return { status: response.status, headers: response.headers, text, body: json ? JSON.parse(text) : null };
  };
  await eventually('partner keys are known', async () => {
    const { status } = await ask('POST', '/v1/applications', {}, { authorization: `Bearer ${key}` });
    return status !== 401 && status !== 503;
  });
  const unsealed = async (personId: string, place: string, sealed: string): Promise<unknown> => {
    const keyring = Keyring.fromFolder(join(secrets, 'keys'), ['contact']);
    const subject = { forumId: FORUM, personId, compartment: 'contact' as const };
    return db.database.read((tx) => keyring.openOne(tx, { subject, place, version: 1 }, sealed));
  };
  return {
    db,
    key,
    unscopedKey,
    ask,
    form: (path, fields, cookie) =>
      ask(
        'POST',
        path,
        new URLSearchParams(
          Object.entries(fields).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one])),
        ).toString(),
        {
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'text/html',
          ...(cookie === undefined ? {} : { cookie }),
        },
      ),
    page: (path, headers = {}) => ask('GET', path, undefined, { accept: 'text/html', ...headers }),
    stream: (path, signal) => fetch(running.url + path, { signal }),
    deliver: (from, events) => db.deliver(from === 'vetting' ? followVetting : followMatching, events),
    code: async (applicationId) => {
      const told = (await db.published()).filter(({ key, data }) => key === applicationId && data.kind === 'code');
      const { messageId, facts } = told.at(-1)!.data;
      return unsealed(applicationId, `message.code.${messageId}`, facts.code) as Promise<string>;
    },
    opened: unsealed,
    as: async (roles) => ({ cookie: (await coordination.signIn(roles)).cookie }),
    stop: async () => {
      await running.stop();
      await db.close();
      await coordination.stop();
    },
  };
};

/** Intake's consumers, wired by hand: the front itself runs on a log of its own. */
const consumers = (blindIndex: BlindIndex) => {
  const clock = new SystemClock();
  const applications = new ApplicationRepository();
  const books = new ApplicationBooks(
    applications,
    new TimelineRepository(),
    new PromiseRepository(),
    new MessageRepository(),
    new TallyRepository(),
    clock,
  );
  return {
    followVetting: new FollowVetting(applications, books, clock),
    followMatching: new FollowMatching(applications, new OfferRepository(), books, clock),
    followActivations: new FollowActivations(new ActivationRepository(new PostcodeTable()), blindIndex),
  };
};

export { ORIGIN };
