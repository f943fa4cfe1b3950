import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AccessList, AccessListPoll, routesOf, SessionMinter, SessionReader } from '@app/access';
import { Clock, SystemClock } from '@app/calendar';
import { httpLocales, RouteTable } from '@app/http';
import { Catalogues } from '@app/language';
import { Circuits } from '@app/queue';
import { Log, Metrics } from '@app/telemetry';
import { webLocales } from '@app/web';
import { listPlace, serveAccessList } from './access-port.js';
import { adminListener } from './admin-listener.js';
import { closeListener } from './close-listener.js';
import { configurationOf, type Configuration } from './configuration.js';
import type { AppDefinition } from './define-app.js';
import { discovered } from './discovered.js';
import { Health } from './health.js';
import { allowedHosts } from './hosts.js';
import { nestLog } from './nest-log.js';
import { openDatabase } from './preflight.js';
import { globalProviders, localProviders } from './providers.js';
import { publicListener } from './public-listener.js';
import { AppRefused, routeFaults } from './refusals.js';
import { rootModule } from './root.module.js';
import { Secrets } from './secrets.js';
import { ShiftedClock } from './shifted-clock.js';
import { Stopping } from './stopping.js';

export interface RunningApp {
  readonly url: string;
  readonly adminUrl: string;
  stop(): Promise<void>;
}

/**
 * Starts one app and keeps nothing outside it, so that several may run in one process.
 * @throws ConfigurationInvalid, AppRefused: what is wrong, all at once
 */
export async function boot(
  app: AppDefinition,
  overrides: { environment?: Record<string, string> } = {},
): Promise<RunningApp> {
  const configuration = configurationOf(app, { ...process.env, ...overrides.environment });
  const log = Log.to({ app: app.name, level: configuration.boot.LOG_LEVEL });
  const stopping = new Stopping(log);
  try {
    return await start(app, configuration, log, stopping);
  } catch (error) {
    await stopping.run();
    throw error;
  }
}

async function start(app: AppDefinition, o: Configuration, log: Log, stopping: Stopping): Promise<RunningApp> {
  const config = o.boot;
  const secrets = new Secrets(config.SECRETS_DIR);
  const clock: Clock = config.CLOCK_FILE ? new ShiftedClock(config.CLOCK_FILE) : new SystemClock();
  const metrics = new Metrics(app.name, { process: true });
  const words = Catalogues.load([webLocales, httpLocales, app.locales]);
  const routes = new RouteTable();
  const list = new AccessList();
  const sessions = await SessionReader.with(secrets.jwk('public/session.jwk'), config.MUSTER_ORIGIN);
  const circuits = new Circuits();

  const database = await openDatabase(app, { url: secrets.text('database-url'), poolSize: config.DATABASE_POOL, log });
  stopping.then('database', () => database.close());
  const health = new Health(database);

  let port = config.PORT;
  const adapter = publicListener(
    {
      origin: config.MUSTER_ORIGIN,
      trustedProxies: config.TRUSTED_PROXIES,
      allowedHosts: allowedHosts(config, () => port),
    },
    routes,
  );
  const providers = await globalProviders({
    app,
    config,
    own: o.app,
    secrets,
    database,
    clock,
    log,
    metrics,
    words,
    routes,
    list,
    sessions,
    circuits,
  });
  const nest = await NestFactory.create<NestFastifyApplication>(
    rootModule(app.module, providers, localProviders(app.name)),
    adapter,
    {
      bodyParser: false,
      abortOnError: false,
      logger: nestLog(log),
    },
  );
  stopping.then('modules', () => nest.close());
  const found = discovered(nest);
  const faults = routeFaults(routesOf(found.controllers));
  if (faults.length > 0) throw new AppRefused(faults);

  const admin = adminListener({ health: () => health.report(), metrics, log });
  const place = listPlace(found.instances, config.COORDINATION_ADMIN_URL, sessions);
  serveAccessList(admin, place, found.instances.find((one) => one instanceof SessionMinter) ?? null);
  const poll = new AccessListPoll(list, place, log);
  await poll.start();
  stopping.then('access-list', () => poll.stop());
  await nest.init();

  await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT });
  stopping.then('admin-listener', () => admin.close());
  await nest.listen(config.PORT, config.HOST);
  const fastify = nest.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  port = portOf(fastify);
  stopping.then('public-listener', () => closeListener(fastify));
  stopping.then('readiness', () => {
    health.open = false;
  });
  health.open = true;
  const url = `http://${config.HOST}:${port}`;
  const adminUrl = `http://${config.ADMIN_HOST}:${portOf(admin)}`;
  log.info('started', { url, adminUrl });
  return { url, adminUrl, stop: () => stopping.run() };
}

const portOf = (listener: FastifyInstance): number => (listener.server.address() as AddressInfo).port;
