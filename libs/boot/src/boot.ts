import 'reflect-metadata';
import { flushCompileCache } from 'node:module';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { AccessList, AccessListPoll, BearerReader, Door, routesOf, SessionMinter, SessionReader } from '@app/access';
import { Clock, SystemClock } from '@app/calendar';
import { httpLocales, RouteTable } from '@app/http';
import { Catalogues } from '@app/language';
import { Messaging, type EventLog } from '@app/messaging';
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
import { LogHealth } from './log-health.js';
import { nestLog } from './nest-log.js';
import { openDatabase } from './preflight.js';
import { openEventLog } from './open-event-log.js';
import { openOperatorPort } from './operator-port.js';
import { clientsOf, globalProviders, localProviders } from './providers.js';
import { publicListener } from './public-listener.js';
import { adoptQueues, redisState } from './queues.js';
import { AppRefused, routeFaults } from './refusals.js';
import { rootModule } from './root.module.js';
import { Secrets } from './secrets.js';
import { ShiftedClock } from './shifted-clock.js';
import { stopOnSignal, Stopping } from './stopping.js';

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
  overrides: { environment?: Record<string, string>; eventLog?: EventLog } = {},
): Promise<RunningApp> {
  const configuration = configurationOf(app, { ...process.env, ...overrides.environment });
  const log = Log.to({ app: app.name, level: configuration.boot.LOG_LEVEL });
  const stopping = new Stopping(log);
  try {
    const running = await start(app, configuration, log, stopping, overrides.eventLog);
    stopOnSignal(stopping, log);
    return running;
  } catch (error) {
    await stopping.run();
    throw error;
  }
}

async function start(
  app: AppDefinition,
  o: Configuration,
  log: Log,
  stopping: Stopping,
  given: EventLog | undefined,
): Promise<RunningApp> {
  const config = o.boot;
  const secrets = new Secrets(config.SECRETS_DIR);
  const clock: Clock = config.CLOCK_FILE ? new ShiftedClock(config.CLOCK_FILE) : new SystemClock();
  const metrics = new Metrics(app.name, { process: true });
  const words = Catalogues.load([webLocales, httpLocales, app.locales]);
  const routes = new RouteTable();
  const list = new AccessList();
  const sessions = await SessionReader.with(secrets.jwk('public/session.jwk'), config.MUSTER_ORIGIN);
  const bearers = new BearerReader({ issuer: config.OIDC_ISSUER, clients: clientsOf(config) });
  const door = new Door(config.MUSTER_ORIGIN, list, sessions, bearers);
  const circuits = new Circuits();

  const database = await openDatabase(app, { url: secrets.text('database-url'), poolSize: config.DATABASE_POOL, log });
  stopping.after('database', () => database.close());
  const eventLog = given ?? openEventLog(app.name, config, secrets, log);
  stopping.after('event-log', () => eventLog.close());
  const messaging = new Messaging({ app: app.name, database, eventLog, clock, log, metrics, config: o.messaging });
  const { transactions } = messaging;

  let port = config.PORT;
  const hosts = allowedHosts(config, () => port);
  const adapter = publicListener(
    { origin: config.MUSTER_ORIGIN, trustedProxies: config.TRUSTED_PROXIES, allowedHosts: hosts },
    routes,
  );
  const parts = { app, config, own: o.app, secrets, database, transactions, clock, log, metrics, words, routes, list };
  const providers = await globalProviders({ ...parts, sessions, door, circuits });
  const module = rootModule(app.module, providers, localProviders(app.name));
  const nest = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bodyParser: false,
    abortOnError: false,
    logger: nestLog(log),
  });
  stopping.after('modules', () => nest.close());
  const { controllers, instances } = discovered(nest);
  const faults = routeFaults(routesOf(controllers));
  if (faults.length > 0) throw new AppRefused(faults);
  messaging.adopt(instances);
  const queues = adoptQueues(instances, { app, database, circuits, secrets, log });

  const health = new Health(database);
  const logHealth = new LogHealth(eventLog, () => messaging.serving);
  health.watch('kafka', () => logHealth.look());
  if (queues) health.watch('redis', () => redisState(queues, clock));
  health.deadBecause(() => (logHealth.stalled ? 'consumers-stalled' : null));

  const admin = adminListener({ health: () => health.report(), metrics, log });
  const place = listPlace(instances, config.COORDINATION_ADMIN_URL, sessions);
  serveAccessList(admin, place, instances.find((one) => one instanceof SessionMinter) ?? null);
  await openOperatorPort(admin, {
    app: app.name,
    door,
    key: secrets.jwk('public/operations.jwk'),
    instances,
    database,
    transactions,
    messaging,
    queues,
    circuits,
    clock,
    dependencies: () => health.dependencies(),
  });
  await nest.init();
  await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT });
  stopping.after('admin-listener', () => admin.close());
  const poll = new AccessListPoll(list, place, log);
  await poll.start();
  stopping.after('access-list', () => poll.stop());
  stopping.after('queues', () => queues?.stop(), 15_000);
  await queues?.start();
  stopping.after('messaging', () => messaging.stop(), 15_000);
  messaging.start();

  const fastify = nest.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  stopping.after('public-listener', () => closeListener(fastify));
  await nest.listen(config.PORT, config.HOST);
  port = portOf(fastify);
  stopping.after('readiness', () => {
    health.open = false;
  });
  health.open = true;
  const url = `http://${config.HOST}:${port}`;
  const adminUrl = `http://${config.ADMIN_HOST}:${portOf(admin)}`;
  log.info('started', { url, adminUrl });
  // Else only an orderly end would keep it, and who is killed needs it most.
  flushCompileCache();
  return { url, adminUrl, stop: () => stopping.run() };
}

const portOf = (listener: FastifyInstance): number => (listener.server.address() as AddressInfo).port;
