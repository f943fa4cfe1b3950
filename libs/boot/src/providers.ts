import type { Provider } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { AccessGuard, AccessList, Door, SessionMinter, SessionReader, type AccessConfig } from '@app/access';
import { Clock } from '@app/calendar';
import { Database } from '@app/database';
import { PostcodeTable } from '@app/geography';
import {
  ExpireIdempotency,
  Idempotency,
  IdempotencyRepository,
  IdempotencySecret,
  ProblemExplanationPage,
  ProblemFilter,
  ProblemPage,
  RouteTable,
  SchemaPipe,
} from '@app/http';
import { Catalogues } from '@app/language';
import { Transactions } from '@app/messaging';
import { ForgetCalls } from '@app/operator';
import { BlindIndex, Keyring, readRootKeys, type BlindPurpose } from '@app/privacy';
import { Circuits } from '@app/queue';
import { Log, Metrics } from '@app/telemetry';
import { HtmlProblemPage, Views } from '@app/web';
import type { BootConfig } from './boot.config.js';
import { CONFIG, type AppDefinition } from './define-app.js';
import { DrawnExplanationPage, DrawnProblemPage } from './problem-pages.js';
import { SealVitals } from './seals.vitals.js';
import type { Secrets } from './secrets.js';

export interface Parts {
  readonly app: AppDefinition;
  readonly config: BootConfig & AccessConfig;
  readonly own: Record<string, unknown>;
  readonly secrets: Secrets;
  readonly database: Database;
  readonly transactions: Transactions;
  readonly door: Door;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly words: Catalogues;
  readonly routes: RouteTable;
  readonly list: AccessList;
  readonly sessions: SessionReader;
  readonly circuits: Circuits;
}

const value = (provide: unknown, useValue: unknown): Provider => ({ provide: provide as symbol, useValue });

const PURPOSES: Readonly<Partial<Record<string, readonly BlindPurpose[]>>> = {
  intake: ['email', 'phone', 'name'],
  vetting: ['certificate'],
};

/** What every app may inject, made once per boot: two apps in one process share nothing. */
export async function globalProviders(p: Parts): Promise<Provider[]> {
  const { MUSTER_ORIGIN: origin } = p.config;
  const roots = readRootKeys(`${p.secrets.folder}/keys`, p.app.compartments);
  const views = new Views(p.words);
  const minter = p.secrets.has('session.jwk')
    ? [value(SessionMinter, await SessionMinter.with(p.secrets.jwk('session.jwk'), origin))]
    : [];
  return [
    value(CONFIG, p.own),
    value(Database, p.database),
    value(Transactions, p.transactions),
    value(Clock, p.clock),
    value(Log, p.log),
    value(Metrics, p.metrics),
    value(Catalogues, p.words),
    value(Keyring, new Keyring(roots)),
    value(BlindIndex, new BlindIndex(roots, PURPOSES[p.app.name] ?? [])),
    value(PostcodeTable, new PostcodeTable()),
    value(Circuits, p.circuits),
    value(RouteTable, p.routes),
    value(AccessList, p.list),
    value(SessionReader, p.sessions),
    value(Door, p.door),
    value(Views, views),
    value(ProblemPage, new DrawnProblemPage(new HtmlProblemPage(p.words))),
    value(ProblemExplanationPage, new DrawnExplanationPage(views)),
    value(IdempotencySecret, new IdempotencySecret(p.secrets.idempotencyKey(p.config.MUSTER_ENV === 'local'))),
    IdempotencyRepository,
    Idempotency,
    ExpireIdempotency,
    ForgetCalls,
    SealVitals,
    ...minter,
  ];
}

/** Clients whose access tokens are good here. */
export const clientsOf = (config: AccessConfig): string[] =>
  [config.OIDC_CLIENT_ID, ...config.OIDC_TOKEN_CLIENTS.split(',')].map((client) => client.trim()).filter(Boolean);

/** Guard, filter and pipe of every route. */
export const localProviders = (app: string): Provider[] => [
  { provide: APP_GUARD, useClass: AccessGuard },
  { provide: APP_PIPE, useClass: SchemaPipe },
  {
    provide: APP_FILTER,
    inject: [Catalogues, RouteTable, Log, ProblemPage],
    useFactory: (words: Catalogues, routes: RouteTable, log: Log, page: ProblemPage) =>
      new ProblemFilter(words, routes, log, page, app),
  },
];
