import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionMinter, StaffRole } from '@app/access';
import { boot, type RunningApp } from '@app/boot';
import { MemoryEventLog } from '@app/messaging';
import { mintRootKey } from '@app/privacy';
import { testDatabase, testServices, type TestDatabase } from '@app/testing';
import { coordination } from './coordination.config.js';

export const ORIGIN = 'http://localhost:4300';
export const ISSUER = 'http://localhost:4300/dev/sign-in';
const id = (n: number): string => `01990000-0000-7000-8000-${String(n).padStart(12, '0')}`;

export const GREATER = { forum: id(1), desk: id(10), oldham: id(11), bolton: id(12) } as const;
export const ELSEWHERE = { forum: id(2), desk: id(20) } as const;

/** Who works in the two forums; a person is known by a short name. */
const PEOPLE = {
  duty: { n: 101, forum: GREATER.forum, organisation: GREATER.desk, roles: ['duty-officer'] },
  approver: { n: 102, forum: GREATER.forum, organisation: GREATER.desk, roles: ['approver'] },
  both: { n: 103, forum: GREATER.forum, organisation: GREATER.desk, roles: ['duty-officer', 'approver'] },
  oldham: { n: 104, forum: GREATER.forum, organisation: GREATER.oldham, roles: ['hub-coordinator'] },
  bolton: { n: 105, forum: GREATER.forum, organisation: GREATER.bolton, roles: ['hub-coordinator'] },
  referrer: { n: 106, forum: GREATER.forum, organisation: GREATER.oldham, roles: ['referrer'] },
  vetting: { n: 107, forum: GREATER.forum, organisation: GREATER.desk, roles: ['vetting-officer'] },
  operator: { n: 108, forum: GREATER.forum, organisation: GREATER.desk, roles: ['operator'] },
  stranger: {
    n: 201,
    forum: ELSEWHERE.forum,
    organisation: ELSEWHERE.desk,
    roles: ['duty-officer', 'approver', 'hub-coordinator'],
  },
} as const;
export type Person = keyof typeof PEOPLE;
export const memberId = (person: Person): string => id(PEOPLE[person].n);

export interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: any;
}

export interface Coordination {
  readonly running: RunningApp;
  readonly database: TestDatabase;
  /** JSON, as this person; POST with a key of its own unless given. */
  ask(
    person: Person,
    method: string,
    path: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answered>;
  /** As a browser: a page, or a form with token and key. */
  browse(
    person: Person,
    path: string,
    form?: Record<string, string | string[]>,
    language?: 'en' | 'cy',
  ): Promise<Answered>;
  stop(): Promise<void>;
}

export async function coordinationApp(environment: Record<string, string> = {}): Promise<Coordination> {
  const database = await testDatabase({
    schema: 'coordination',
    migrations: new URL('../migrations/', import.meta.url),
  });
  await seed(database);
  const folder = mkdtempSync(join(tmpdir(), 'muster-coordination-'));
  const put = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  mkdirSync(join(folder, 'keys'));
  mkdirSync(join(folder, 'public'));
  const session = keyPair();
  put('database-url', database.url);
  put('redis-url', testServices().redis.url);
  put('kafka-password', 'unused');
  put('idempotency-key', randomBytes(32).toString('base64'));
  put('oidc-client-secret', 'only-for-tests');
  put('keys/need.json', mintRootKey());
  put('session.jwk', session.secret);
  put('public/session.jwk', session.open);
  put('public/operations.jwk', keyPair().open);
  const running = await boot(coordination, {
    eventLog: new MemoryEventLog(),
    environment: {
      MUSTER_ENV: 'local',
      MUSTER_ORIGIN: ORIGIN,
      HOST: '127.0.0.1',
      PORT: '0',
      ADMIN_PORT: '0',
      SECRETS_DIR: folder,
      OIDC_ISSUER: ISSUER,
      OIDC_CLIENT_ID: 'muster',
      KAFKA_BROKERS: '127.0.0.1:9',
      KAFKA_USERNAME: 'coordination',
      LOG_LEVEL: 'silent',
      ...environment,
    },
  });
  const minter = await SessionMinter.with(JSON.parse(session.secret), ORIGIN);
  const sessions = new Map<Person, { cookie: string; csrf: string }>();
  const sessionOf = async (person: Person): Promise<{ cookie: string; csrf: string }> => {
    let known = sessions.get(person);
    if (!known) {
      const facts = {
        issuer: environment['OIDC_ISSUER'] ?? ISSUER,
        subject: person,
        memberId: memberId(person),
        sessionId: randomBytes(8).toString('hex'),
      };
      const { cookie, csrf } = await minter.mint(
        { ...facts, roles: PEOPLE[person].roles.map((role) => StaffRole.parse(role)) },
        900,
      );
      sessions.set(person, (known = { cookie: cookie.split(';')[0]!, csrf }));
    }
    return known;
  };
  const send = async (path: string, init: RequestInit): Promise<Answered> => {
    const response = await fetch(`${running.url}${path}`, { redirect: 'manual', ...init });
    const text = await response.text();
    const json = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, text, body: json && text ? JSON.parse(text) : null };
  };
  return {
    running,
    database,
    ask: async (person, method, path, body, headers = {}) => {
      const { cookie, csrf } = await sessionOf(person);
      return send(path, {
        method,
        headers: {
          cookie,
          accept: 'application/json',
          'x-csrf-token': csrf,
          'idempotency-key': randomBytes(12).toString('hex'),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
    browse: async (person, path, form, language = 'en') => {
      const { cookie, csrf } = await sessionOf(person);
      const fields = new URLSearchParams();
      for (const [name, value] of Object.entries({ csrf, idempotencyKey: randomBytes(12).toString('hex'), ...form })) {
        for (const one of [value].flat()) fields.append(name, one);
      }
      return send(path, {
        method: form ? 'POST' : 'GET',
        headers: { cookie, accept: 'text/html', 'accept-language': language, 'sec-fetch-site': 'same-origin' },
        ...(form ? { body: fields } : {}),
      });
    },
    stop: async () => {
      await running.stop();
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };

  async function seed(db: TestDatabase): Promise<void> {
    const issuer = environment['OIDC_ISSUER'] ?? ISSUER;
    await db.adminSql(
      `insert into coordination.forum (id, slug, name, nation, controller, controller_contact) values
         ($1, 'greater', 'Greater Resilience Forum', 'england', 'Greater Council', 'dpo@greater.example'),
         ($2, 'elsewhere', 'Elsewhere Forum', 'wales', 'Elsewhere Council', 'dpo@elsewhere.example')`,
      [GREATER.forum, ELSEWHERE.forum],
    );
    await db.adminSql(
      `insert into coordination.organisation (id, forum_id, kind, name) values
         ($1, $2, 'category-1', 'Greater Desk'), ($3, $2, 'infrastructure-body', 'Action Together, Oldham'),
         ($4, $2, 'infrastructure-body', 'Bolton CVS'), ($5, $6, 'category-1', 'Elsewhere Desk')`,
      [GREATER.desk, GREATER.forum, GREATER.oldham, GREATER.bolton, ELSEWHERE.desk, ELSEWHERE.forum],
    );
    await db.adminSql(
      'update coordination.forum set desk_organisation_id = case id when $1 then $2::uuid else $3::uuid end',
      [GREATER.forum, GREATER.desk, ELSEWHERE.desk],
    );
    await db.adminSql(
      `insert into coordination.catchment (forum_id, outward_code, organisation_id, district) values
         ($1, 'OL1', $2, 'Oldham'), ($1, 'OL2', $2, 'Oldham'), ($1, 'BL1', $3, 'Bolton'), ($4, 'CF10', $5, 'Cardiff')`,
      [GREATER.forum, GREATER.oldham, GREATER.bolton, ELSEWHERE.forum, ELSEWHERE.desk],
    );
    await db.adminSql(
      `insert into geography.outward_code (outward_code, latitude, longitude, district, town) values
         ('OL1', 53.54, -2.11, 'Oldham', 'Oldham'), ('BL1', 53.59, -2.43, 'Bolton', 'Bolton')`,
    );
    for (const [subject, person] of Object.entries(PEOPLE)) {
      await db.adminSql(
        `insert into coordination.member (id, forum_id, organisation_id, issuer, subject, display_name, roles)
         values ($1, $2, $3, $4, $5, $6, $7)`,
        [id(person.n), person.forum, person.organisation, issuer, subject, `The ${subject} desk`, person.roles],
      );
    }
  }
}

const keyPair = (): { secret: string; open: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    secret: JSON.stringify(privateKey.export({ format: 'jwk' })),
    open: JSON.stringify(publicKey.export({ format: 'jwk' })),
  };
};

export const aRole = (over: object = {}): Record<string, unknown> => ({
  code: 'sandbags',
  title: { en: 'Fill sandbags', cy: 'Llenwi bagiau tywod' },
  tier: 'low',
  checks: ['declaration'],
  whoNormallyDoesThis: 'Council highways staff',
  expenses: { en: 'We pay for travel.', cy: 'Rydym yn talu am deithio.' },
  riskAssessment: { reference: 'RA-1', loneWorking: 'never', equipment: 'Gloves and boots' },
  ...over,
});

export const aPlan = (over: object = {}): Record<string, unknown> => {
  const signed = { organisationId: GREATER.desk, signatory: 'P. Nuttall, director', signedOn: '2026-09-01' };
  return {
    title: 'Flood plan',
    hazard: 'flood',
    publicTitle: { en: 'Greater floods', cy: 'Llifogydd' },
    functions: { recruit: signed, vet: signed, train: signed, deploy: signed },
    roles: [
      aRole(),
      aRole({
        code: 'phone-helper',
        title: { en: 'Phone people', cy: 'Ffonio pobl' },
        remote: true,
        riskAssessment: null,
      }),
      aRole({
        code: 'home-visits',
        title: { en: 'Visit homes', cy: 'Ymweld' },
        tier: 'high',
        checks: ['declaration', 'identity', 'dbs'],
        traits: ['in-homes'],
      }),
    ],
    ...over,
  };
};

export const anActivation = (planId: string, over: object = {}): Record<string, unknown> => ({
  planId,
  slug: `flood-${randomBytes(8).toString('hex')}`,
  kind: 'actual',
  title: 'Storm, all boroughs',
  methane: { majorIncident: 'yes', exactLocation: 'Irwell valley', typeOfIncident: 'River flood' },
  ...over,
});

/** What an act that has to succeed answered. */
const done = ({ status, text, body }: Answered): any => {
  if (status >= 300) throw new Error(`the fixture was refused: ${status} ${text}`);
  return body;
};

/** A plan that the duty officer wrote and the approver approved; its id. */
export async function approvedPlan(app: Coordination, over: object = {}): Promise<string> {
  const { id: plan } = done(await app.ask('duty', 'POST', '/v1/plans', aPlan(over))) as { id: string };
  done(await app.ask('duty', 'POST', `/v1/plans/${plan}/submit`));
  done(await app.ask('approver', 'POST', `/v1/plans/${plan}/approve`, { version: 1 }));
  return plan;
}

/** An activation that one person asked for and nobody has approved. */
export async function requestedActivation(
  app: Coordination,
  planId: string,
  over: object = {},
  by: Person = 'duty',
): Promise<{ id: string; slug: string }> {
  return done(await app.ask(by, 'POST', '/v1/activations', anActivation(planId, over)));
}

/** An activation that the approver approved. */
export async function activeActivation(
  app: Coordination,
  planId: string,
  over: object = {},
): Promise<{ id: string; slug: string }> {
  const { id } = await requestedActivation(app, planId, over);
  return done(await app.ask('approver', 'POST', `/v1/activations/${id}/approve`));
}
