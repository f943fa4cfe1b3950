import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Module, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import type { Caller } from '@app/access';
import { CONFIG } from '@app/boot';
import { Clock, FixedClock } from '@app/calendar';
import { ActivationOpened, type DataOf, type SkillCode } from '@app/contracts';
import { Database } from '@app/database';
import { PostcodeTable } from '@app/geography';
import { httpLocales, IdempotencySecret } from '@app/http';
import { Catalogues } from '@app/language';
import { Transactions, uuidv7 } from '@app/messaging';
import { BlindIndex, Keyring, mintRootKey, readRootKeys } from '@app/privacy';
import { received, testDatabase, type TestDatabase } from '@app/testing';
import { Log } from '@app/telemetry';
import { Views, webLocales } from '@app/web';
import { IntakeModule } from '../intake.module.js';
import { FollowActivations } from '../landing/follow-activations.handler.js';

export const NOW = new Date('2026-11-23T09:00:00Z');
export const FORUM = '019a0000-0000-7000-8000-000000000001';
export const ACTIVATION = '019a0000-0000-7000-8000-000000000002';
export const OLDHAM = '019a0000-0000-7000-8000-000000000003';
export const BOLTON = '019a0000-0000-7000-8000-000000000004';
export const DESK = '019a0000-0000-7000-8000-000000000005';
export const ORIGIN = 'http://localhost:4300';

/** Facts of the ground: two owned codes, one that borders them, one far away. */
export const PLACES = [
  ['OL1', 53.5478, -2.1035, 'Oldham', 'Oldham'],
  ['BL1', 53.5936, -2.4399, 'Bolton', 'Bolton'],
  ['OL3', 53.5554, -1.9975, 'Oldham', 'Saddleworth'],
  ['LL11', 53.0647, -3.0334, 'Wrexham', 'Wrexham'],
] as const;

export const opened = (over: Partial<DataOf<typeof ActivationOpened>> = {}): DataOf<typeof ActivationOpened> => ({
  activationId: ACTIVATION,
  forumId: FORUM,
  forumName: 'Greater Manchester Resilience Forum',
  slug: 'greater-manchester-floods',
  kind: 'actual',
  state: 'active',
  title: { en: 'Floods in Greater Manchester', cy: 'Llifogydd ym Manceinion Fwyaf' },
  nation: 'england',
  openedAt: '2026-11-22T08:00:00.000Z',
  desk: { organisationId: DESK, name: 'Forum desk' },
  owners: [
    { organisationId: OLDHAM, name: 'Action Together, Oldham', district: 'Oldham', outwardCodes: ['OL1'] },
    { organisationId: BOLTON, name: 'Bolton CVS', district: 'Bolton', outwardCodes: ['BL1'] },
  ],
  roles: [
    role('sandbags', 'low', 16),
    role('befriender', 'medium', 18),
    role('driver-of-patients', 'high', 18, ['driving']),
  ],
  ...over,
});

const role = (code: string, tier: 'low' | 'medium' | 'high', minimumAge: number, skills: SkillCode[] = []) => ({
  code,
  title: { en: `Role ${code}`, cy: `Rôl ${code}` },
  tier,
  checks: ['declaration' as const],
  minimumAge,
  remote: false,
  supervisedOk: false,
  skills,
  margin: 2,
});

export const form = (over: Record<string, unknown> = {}): Record<string, unknown> => ({
  activation: 'greater-manchester-floods',
  givenName: 'Ann',
  familyName: 'O’Brien-Demo',
  email: `${randomBytes(6).toString('hex')}@example.org`,
  postcode: 'OL1 1AA',
  ageBand: '18-plus',
  language: 'en',
  channel: 'email',
  availability: { from: '2026-11-24', slots: ['weekday-morning', 'weekend-evening'], maxDistanceKm: 10 },
  roles: ['sandbags'],
  skills: ['driving'],
  vehicle: true,
  declarations: { privacy: '2026-11' },
  ...over,
});

export const PARTNER: Caller = {
  is: 'partner',
  keyId: 'demo',
  forumId: FORUM,
  organisationId: DESK,
  scopes: ['applications:write', 'applications:link'],
  activationIds: [],
  perMinute: 1_000_000,
};

export interface House {
  readonly db: TestDatabase;
  readonly clock: FixedClock;
  readonly app: INestApplicationContext;
  readonly keyring: Keyring;
  get<T>(token: abstract new (...args: any[]) => T): T;
  close(): Promise<void>;
}

/** Key files as a real app finds them. */
export const keysFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'intake-keys-'));
  mkdirSync(join(folder, 'keys'), { mode: 0o700 });
  for (const compartment of ['contact', 'support', 'checks'])
    writeFileSync(join(folder, 'keys', `${compartment}.json`), mintRootKey(), { mode: 0o600 });
  return folder;
};

/** Intake as it runs, on a database and a clock of its own, without its HTTP listener. */
export const openHouse = async (o: { activation?: boolean; poolSize?: number } = {}): Promise<House> => {
  const clock = new FixedClock(NOW);
  const db = await testDatabase({
    schema: 'intake',
    migrations: new URL('../../migrations/', import.meta.url),
    clock,
    poolSize: o.poolSize ?? 6,
  });
  const roots = readRootKeys(join(keysFolder(), 'keys'), ['contact', 'support', 'checks']);
  const keyring = new Keyring(roots);
  const words = Catalogues.load([webLocales, httpLocales, new URL('../../locales/', import.meta.url)]);
  const globals: [unknown, unknown][] = [
    [CONFIG, { MUSTER_ENV: 'local', MUSTER_ORIGIN: ORIGIN }],
    [Database, db.database],
    [Transactions, db.transactions],
    [Clock, clock],
    [Log, Log.silent()],
    [Catalogues, words],
    [Views, new Views(words)],
    [Keyring, keyring],
    [BlindIndex, BlindIndex.forContacts(roots)],
    [PostcodeTable, new PostcodeTable()],
    [IdempotencySecret, new IdempotencySecret(randomBytes(32))],
  ];
  @Module({})
  class Everywhere {}
  @Module({})
  class Root {}
  const app = await NestFactory.createApplicationContext(
    {
      module: Root,
      imports: [
        CqrsModule.forRoot(),
        {
          module: Everywhere,
          global: true,
          providers: globals.map(([provide, useValue]) => ({ provide: provide as symbol, useValue })),
          exports: globals.map(([provide]) => provide as symbol),
        },
        IntakeModule,
      ],
    },
    { logger: false, abortOnError: false },
  );
  await app.init();
  for (const [code, latitude, longitude, district, town] of PLACES) {
    await db.adminSql('insert into geography.outward_code values ($1, $2, $3, $4, $5)', [
      code,
      latitude,
      longitude,
      district,
      town,
    ]);
  }
  if (o.activation !== false) await db.deliver(app.get(FollowActivations), [received(ActivationOpened, opened())]);
  return {
    db,
    clock,
    app,
    keyring,
    get: (token) => app.get(token, { strict: false }),
    close: async () => {
      await app.close();
      await db.close();
    },
  };
};

export const newKey = (): string => randomBytes(24).toString('base64url');
export const newId = uuidv7;
