import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import type { Routes } from '../front/routing.js';
import { migrateDatabase, openKafka } from '../migrations.js';
import { APPS, type AppName } from '../apps.js';
import { OUTSIDE, type OutsideName } from './outside.js';
import { readJson, writePrivate, type Home, type Settings } from './home.js';
import { fetchJars } from './jars.js';
import { prepareKafka, rulesFor, type KafkaSetup } from './parts/kafka.js';
import { bareEnvironment, prepareApp, prepareFront, prepareOutside } from './parts/node.js';
import { ADMINISTRATOR, preparePostgres } from './parts/postgres.js';
import { prepareRedis } from './parts/redis.js';
import { isFree, Ports } from './ports.js';
import { saysFull, StackProblem } from './problem.js';
import { endProcess, isAlive, sendSignal, until, type Identity } from './processes.js';
import { ROOT } from './root.js';
import { writeSecrets } from './secrets.js';
import type { StackFile } from './stack-file.js';
import { Unit } from './unit.js';

const DIST = join(ROOT, 'dist');
const DATABASE = 'muster';
const TOGETHER = 'apps';
const DEMO_ACTIVATION = 'greater-manchester-floods';

interface Recorded extends Identity {
  name: string;
  signal: NodeJS.Signals;
}

interface Place {
  port: number;
  adminPort: number;
}

export interface Asked {
  originPort: number;
  instances: Partial<Record<AppName, number>>;
  /** All apps in one process, for work on them. */
  together?: boolean;
  /** Leave out what is not there or does not start, and say so; for work on a half-built house. */
  lenient: boolean;
}

const mainOf = (kind: 'apps' | 'outside', name: string): string => `${kind}/${name}/src/main.js`;
const built = (path: string): boolean => existsSync(join(DIST, path));

/** Everything of one local stack: starts it in order, watches it, keeps the records on disk true, and stops it. */
export class Supervisor {
  readonly units = new Map<string, Unit>();
  origin = '';
  private readonly places = new Map<string, Place>();
  private readonly instances = new Map<AppName, string[]>();
  private readonly ports: Ports;
  private readonly stoppedByHand = new Set<string>();
  private startedAt = '';
  private upSince: 'starting' | 'up' | 'down' = 'starting';
  private seededActivation = '';
  /** Higher than any of an earlier start, whose last word may still lie there. */
  private tellings = Date.now();

  constructor(
    private readonly home: Home,
    private readonly settings: Settings,
    private readonly asked: Asked,
    private readonly say: (line: string) => void,
  ) {
    this.ports = new Ports(settings.ports, 10_000 + (hash(home.path) % 20_000));
  }

  /** Ends what an earlier starter left behind that was killed; only processes whose start time is the recorded one. */
  async tidyUp(): Promise<void> {
    const left = (readJson<Recorded[]>(this.home.at('processes.json')) ?? []).filter(isAlive);
    if (left.length > 0) {
      this.say(`Ending what an earlier start left behind: ${left.map((it) => it.name).join(', ')}`);
      await Promise.all(left.map((it) => endProcess(it, it.signal, 10_000)));
    }
    rmSync(this.home.at('processes.json'), { force: true });
    rmSync(this.home.at('stack.json'), { force: true });
  }

  async start(): Promise<void> {
    const began = Date.now();
    this.checkBuild();
    await this.choosePorts();
    const jars = fetchJars(ROOT, this.say);
    jars.catch(() => {});
    this.define(jars);
    await this.tellFront();
    const database = this.step('PostgreSQL', async () => {
      await this.unit('postgres').start();
      await this.createDatabase();
      const done = await migrateDatabase(this.databaseUrl(), this.settings.postgres).catch((error: Error) => {
        const way = saysFull(error.message)
          ? 'free some space and start again'
          : 'start afresh with "npm run stack -- reset --yes" if the data of this home may go';
        throw new StackProblem(`The database cannot be brought up to date (${error.message}); ${way}.`);
      });
      if (done.length > 0) this.say(`Migrated: ${done.length} files`);
      this.writeSecrets();
    });
    const kafka = this.step(
      `Kafka${this.settings.brokers > 1 ? ` (${this.settings.brokers} brokers)` : ''}`,
      async () => {
        await Promise.all(this.kafkaNames().map((name) => this.unit(name).start()));
        // A broker that has just begun answers some questions later than others.
        await until(() => this.openKafka(), 120_000, 300);
      },
    );
    const redis = this.step('Redis', () => this.unit('redis').start());
    const front = this.step('Front', () => this.unit('front').start());
    await allOrFirstError([database, kafka, redis, front]);
    const outside = this.some(this.outsideNames());
    await allOrFirstError([outside, this.some(this.appUnits())]);
    this.startedAt = new Date().toISOString();
    this.upSince = 'up';
    await this.seed();
    this.changed();
    this.say(`Ready in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }

  async stop(): Promise<void> {
    this.upSince = 'down';
    rmSync(this.home.at('stack.json'), { force: true });
    const all = (names: string[]) => Promise.all(names.map(async (name) => this.units.get(name)?.stop()));
    await all(['front']);
    await all(this.appUnits());
    await all(this.outsideNames());
    await all([...this.kafkaNames(), 'redis', 'postgres']);
    rmSync(this.home.at('processes.json'), { force: true });
  }

  /** At once and without manners, for a second Ctrl-C. */
  kill(): void {
    for (const unit of this.units.values()) if (unit.identity) sendSignal(unit.identity.pid, 'SIGKILL');
  }

  // --- drills

  async stopNamed(name: string): Promise<void> {
    for (const it of this.named(name)) {
      this.stoppedByHand.add(it);
      await this.tellFront();
      await this.unit(it).stop();
      this.say(`${it} stopped`);
    }
  }

  async startNamed(name: string): Promise<void> {
    await Promise.all(
      this.named(name).map(async (it) => {
        this.stoppedByHand.delete(it);
        await this.unit(it).start();
        await this.tellFront();
        this.say(`${it} ready`);
      }),
    );
  }

  /** One after the other: while one restarts the others serve. */
  async restartNamed(name: string): Promise<void> {
    const names = this.named(name);
    if (name === 'kafka' && names.length === 1) this.say('kafka is one broker: it is away while it restarts');
    for (const it of names) {
      await this.stopNamed(it);
      await this.startNamed(it);
    }
  }

  async scale(app: AppName, count: number): Promise<void> {
    const names = this.instances.get(app) ?? [];
    while (names.length > count) {
      const name = names.pop()!;
      await this.tellFront();
      await this.unit(name).stop();
      this.units.delete(name);
    }
    while (names.length < count) {
      const name = `${app}-${names.length + 1}`;
      await this.placeApp(name);
      this.defineApp(app, name);
      try {
        await this.unit(name).start();
      } catch (error) {
        this.units.delete(name);
        throw error;
      }
      names.push(name);
    }
    this.changed();
    await this.tellFront();
  }

  rows(): { name: string; state: string; pid: number | null; url: string; restarts: number }[] {
    return [...this.units.values()].map((unit) => ({
      name: unit.name,
      state: unit.state,
      pid: unit.identity?.pid ?? null,
      url: unit.name === 'front' ? this.origin : this.places.has(unit.name) ? this.urlOf(unit.name) : '',
      restarts: unit.restarts,
    }));
  }

  stackFile(): StackFile {
    const pid = (name: string) => (this.units.get(name) ?? this.units.get(TOGETHER))?.identity?.pid ?? 0;
    const server = (name: OutsideName) => [name, { pid: pid(name), url: this.urlOf(name) }] as const;
    return {
      origin: this.origin,
      startedAt: this.startedAt,
      profile: this.settings.profile,
      apps: Object.fromEntries(
        APPS.map((app) => [
          app,
          (this.instances.get(app) ?? []).map((name) => ({
            pid: pid(name),
            url: this.urlOf(name),
            adminUrl: this.adminUrlOf(name),
            log: this.logOf(name),
          })),
        ]),
      ) as StackFile['apps'],
      postgres: { pid: pid('postgres'), url: this.databaseUrl(), dataDir: this.home.at('postgres') },
      redis: { pid: pid('redis'), url: this.redisUrl('admin') },
      kafka: {
        brokers: this.brokers(),
        pids: this.kafkaNames().map(pid),
        username: 'admin',
        password: this.settings.kafka.admin!,
      },
      mail: {
        smtp: `127.0.0.1:${this.ports.remembered.smtp}`,
        inbox: `${this.origin}/dev/mail`,
        url: this.urlOf('mail'),
        pid: pid('mail'),
      },
      providers: Object.fromEntries(OUTSIDE.filter((name) => name !== 'mail').map(server)),
      signIn: { issuer: `${this.origin}/dev/sign-in` },
      front: { pid: pid('front') },
      partnerKey: this.settings.partnerKey,
      activation: this.seededActivation,
    };
  }

  // --- start, step by step

  private checkBuild(): void {
    const files = [...APPS.map((app) => mainOf('apps', app)), ...OUTSIDE.map((name) => mainOf('outside', name))];
    const missing = files.filter((file) => !built(file));
    if (missing.length > 0 && !this.asked.lenient) {
      throw new StackProblem(`The build lacks ${missing.join(', ')}; delete the folder dist and start again.`);
    }
  }

  private async choosePorts(): Promise<void> {
    const { originPort } = this.asked;
    let port = originPort;
    while (!(await isFree(port))) port++;
    if (port !== originPort) this.say(`Port ${originPort} is taken; using ${port}`);
    this.settings.ports.origin = port;
    this.origin = `http://localhost:${port}`;
    for (const name of ['postgres', 'redis', 'smtp']) await this.ports.of(name);
    for (let node = 1; node <= this.settings.brokers; node++) {
      await this.ports.of(`kafka-${node}`);
      await this.ports.of(`kafka-${node}-controller`);
    }
    for (const name of OUTSIDE) this.places.set(name, { port: await this.ports.of(name), adminPort: 0 });
    for (const app of APPS) {
      const names = Array.from({ length: this.asked.instances[app] ?? 1 }, (_, i) => `${app}-${i + 1}`);
      for (const name of names) await this.placeApp(name);
      this.instances.set(app, names);
    }
    this.home.remember(this.settings);
  }

  private async placeApp(name: string): Promise<void> {
    this.places.set(name, { port: await this.ports.of(name), adminPort: await this.ports.of(`${name}-admin`) });
  }

  private define(jars: Promise<string>): void {
    const { settings, home } = this;
    this.add('postgres', () =>
      preparePostgres({
        dataDir: home.at('postgres'),
        port: settings.ports.postgres!,
        password: settings.postgres.administrator!,
        log: this.logOf('postgres'),
      }),
    );
    this.add('redis', () =>
      prepareRedis({
        folder: home.at('redis'),
        parts: join(ROOT, '.parts'),
        jars: () => jars,
        port: settings.ports.redis!,
        users: settings.redis,
        log: this.logOf('redis'),
      }),
    );
    for (const [index, name] of this.kafkaNames().entries()) {
      this.add(name, async () => {
        const it = await prepareKafka(this.kafkaSetup(await jars), index + 1);
        const ready = async () => {
          await it.ready();
          if (this.upSince === 'up') await until(() => this.openKafka(), 60_000, 300);
        };
        return { ...it, ready };
      });
    }
    for (const name of OUTSIDE) {
      this.add(name, async () =>
        prepareOutside({
          name,
          dist: DIST,
          port: this.places.get(name)!.port,
          dataDir: home.at('outside', name),
          log: this.logOf(name),
          environment: this.outsideEnvironment(name),
        }),
      );
    }
    if (this.asked.together) this.defineTogether();
    else for (const [app, names] of this.instances) for (const name of names) this.defineApp(app, name);
    this.add('front', async () =>
      prepareFront({
        dist: DIST,
        port: settings.ports.origin!,
        host: `localhost:${settings.ports.origin}`,
        config: home.at('front.json'),
        taken: home.at('front-taken'),
        log: this.logOf('front'),
      }),
    );
  }

  private defineApp(app: AppName, name: string): void {
    this.add(name, async () =>
      prepareApp({
        app,
        name,
        dist: DIST,
        secrets: this.home.at('secrets'),
        ...this.places.get(name)!,
        log: this.logOf(name),
        environment: this.appEnvironment(app),
      }),
    );
  }

  private defineTogether(): void {
    this.add(TOGETHER, async () => {
      const each = APPS.map((app) => {
        const { port, adminPort } = this.places.get(`${app}-1`)!;
        const { name, dist } = { name: `${app}-1`, dist: DIST };
        const secrets = this.home.at('secrets');
        return prepareApp({
          app,
          name,
          dist,
          secrets,
          port,
          adminPort,
          log: this.logOf(TOGETHER),
          environment: this.appEnvironment(app),
        });
      });
      const file = this.home.at('together.json');
      writePrivate(file, JSON.stringify(Object.fromEntries(APPS.map((app, index) => [app, each[index]!.env]))));
      return {
        ...each[0]!,
        name: TOGETHER,
        args: [
          '--enable-source-maps',
          '--disable-warning=TimeoutNegativeWarning',
          join(DIST, 'deploy/local/together.js'),
        ],
        env: { ...bareEnvironment(), KAFKAJS_NO_PARTITIONER_WARNING: '1', TOGETHER: file },
        ready: async () => void (await Promise.all(each.map((it) => it.ready()))),
      };
    });
  }

  /** The units that the apps run in. */
  private appUnits(): string[] {
    return this.asked.together ? [TOGETHER] : [...this.instances.values()].flat();
  }

  private add(name: string, prepare: ConstructorParameters<typeof Unit>[1]): void {
    this.units.set(name, new Unit(name, prepare, () => this.changed(), this.say));
  }

  private async step(what: string, work: () => Promise<void>): Promise<void> {
    // Told to stop meanwhile: nothing more may be started behind the back of the stop.
    if (this.upSince === 'down') throw new StackProblem('Stopped while starting');
    const began = Date.now();
    await work();
    this.say(`${what} ready (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  }

  /** Starts these; one that is not part of this build is named and left out when the starter asked for leniency. */
  private async some(names: string[]): Promise<void> {
    await allOrFirstError(
      names.map(async (name) => {
        const app = this.appOf(name);
        if (name !== TOGETHER && !built(app ? mainOf('apps', app) : mainOf('outside', name)))
          return this.say(`${name} is not part of this build`);
        try {
          await this.step(name, () => this.unit(name).start());
        } catch (error) {
          if (!this.asked.lenient) throw error;
          this.say(`${name} does not start: ${(error as Error).message}`);
        }
      }),
    );
    await this.tellFront();
  }

  /** Rights and topics: they go with Kafka's data, so they are looked after at every start of a broker. */
  private async openKafka(): Promise<void> {
    await openKafka(this.kafkaAdmin(), rulesFor(APPS));
  }

  private async createDatabase(): Promise<void> {
    const client = new pg.Client({ connectionString: this.databaseUrl('postgres') });
    await client.connect();
    try {
      const { rowCount } = await client.query('select from pg_database where datname = $1', [DATABASE]);
      if (rowCount === 0) await client.query(`create database ${DATABASE}`);
    } finally {
      await client.end();
    }
  }

  private writeSecrets(): void {
    const { settings } = this;
    writeSecrets(this.home.at('secrets'), {
      databaseUrl: (app) =>
        `postgres://${app}:${settings.postgres[app]}@127.0.0.1:${settings.ports.postgres}/${DATABASE}`,
      redisUrl: (app) => this.redisUrl(app),
      kafkaPassword: (app) => settings.kafka[app]!,
      notifyApiKey: settings.notifyApiKey,
      oidcClientSecret: settings.oidcClientSecret,
      receiptToken: settings.receiptToken,
    });
    if (!existsSync(this.home.at('clock.json'))) writePrivate(this.home.at('clock.json'), '{"offsetMs":0}\n');
  }

  /** The demo's people, plan, activation and needs; a build without the demo starts empty. */
  private async seed(): Promise<void> {
    if (this.settings.profile !== 'demo' || !built('deploy/local/demo/seed.js')) return;
    this.seededActivation = DEMO_ACTIVATION;
    try {
      await this.step('Demo data', async () => {
        const demo = (await import(new URL('./demo/seed.js', import.meta.url).href)) as {
          seed(o: { stack: StackFile; stackJson: string; say: (line: string) => void }): Promise<void>;
        };
        this.changed();
        await demo.seed({ stack: this.stackFile(), stackJson: this.home.at('stack.json'), say: this.say });
      });
    } catch (error) {
      if (!this.asked.lenient) throw error;
      this.say(`The demo data could not be laid: ${(error as Error).message}`);
    }
  }

  // --- what the parts are told

  private appEnvironment(app: AppName): Record<string, string> {
    const url = (name: OutsideName) => this.urlOf(name);
    const operators = [...this.instances].flatMap(([other, names]) =>
      names.map((name) => `${other}=${this.adminUrlOf(name)}`),
    );
    return {
      MUSTER_ORIGIN: this.origin,
      KAFKA_BROKERS: this.brokers().join(','),
      KAFKA_USERNAME: app,
      CLOCK_FILE: this.home.at('clock.json'),
      COORDINATION_ADMIN_URL: this.adminUrlOf('coordination-1'),
      OIDC_ISSUER: `${this.origin}/dev/sign-in`,
      OIDC_CLIENT_ID: 'muster',
      SMTP_URL: `smtp://127.0.0.1:${this.ports.remembered.smtp}`,
      NOTIFY_URL: url('texts'),
      IDENTITY_URL: url('identity'),
      DBS_URL: url('dbs'),
      OPERATOR_URLS: operators.join(','),
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
    };
  }

  private outsideEnvironment(name: OutsideName): Record<string, string> {
    const secret = (file: string) => this.home.at('secrets/outside', file);
    const base = { ORIGIN: this.origin };
    if (name === 'mail') return { ...base, SMTP_PORT: String(this.ports.remembered.smtp) };
    if (name === 'texts') {
      return {
        ...base,
        API_KEY_FILE: secret('notify-api-key'),
        RECEIPT_URL: `${this.urlOf('notification-1')}/v1/messages/receipts`,
        RECEIPT_TOKEN_FILE: secret('receipts-token'),
      };
    }
    if (name === 'sign-in') {
      return {
        ...base,
        ISSUER: `${this.origin}/dev/sign-in`,
        CLIENT_ID: 'muster',
        CLIENT_SECRET_FILE: secret('oidc-client-secret'),
        REDIRECT_URI: `${this.origin}/sign-in/callback`,
        PEOPLE_FILE: join(DIST, 'deploy/local/demo/people.json'),
      };
    }
    return name === 'identity' ? { ...base, RETURN_ORIGIN: this.origin } : base;
  }

  private kafkaSetup(jars: string): KafkaSetup {
    const { ports } = this.settings;
    return {
      folder: this.home.at('kafka'),
      jars,
      log4j: join(ROOT, 'deploy/local/jars/log4j2.xml'),
      clusterId: this.settings.clusterId,
      nodes: this.kafkaNames().map((name, index) => ({
        id: index + 1,
        name,
        port: ports[`kafka-${index + 1}`]!,
        controllerPort: ports[`kafka-${index + 1}-controller`]!,
      })),
      users: this.settings.kafka,
      logOf: (name) => this.logOf(name),
    };
  }

  /**
   * Routes and the instances that serve now; the front reads it again on SIGHUP. Resolves when it sends requests on
   * accordingly: before that nobody it still knows may be stopped.
   */
  private async tellFront(): Promise<void> {
    const number = ++this.tellings;
    const port = this.settings.ports.origin!;
    const routes = JSON.parse(readFileSync(join(ROOT, 'deploy/routes.json'), 'utf8')) as Routes;
    const dev = [
      { prefix: '/dev/mail', app: 'mail' },
      { prefix: '/dev/texts', app: 'texts' },
      { prefix: '/dev/letters', app: 'texts' },
      { prefix: '/dev/sign-in', app: 'sign-in' },
      { prefix: '/dev/identity', app: 'identity' },
    ];
    const serving = (names: string[]) =>
      names.filter((name) => !this.stoppedByHand.has(name)).map((name) => this.urlOf(name));
    writePrivate(
      this.home.at('front.json'),
      JSON.stringify({
        number,
        origin: this.origin,
        hosts: [`localhost:${port}`, `127.0.0.1:${port}`],
        routes: { routes: [...routes.routes, ...dev], closed: routes.closed },
        targets: Object.fromEntries([
          ...[...this.instances].map(([app, names]) => [app, serving(names)] as const),
          ...OUTSIDE.map((name) => [name, serving([name])] as const),
        ]),
      }),
    );
    const front = this.units.get('front');
    if (front?.state !== 'ready' || !front.identity || !isAlive(front.identity)) return;
    sendSignal(front.identity.pid, 'SIGHUP');
    const taken = this.home.at('front-taken');
    const heard = async () => {
      if ((readJson<number>(taken) ?? 0) < number) throw new StackProblem('The front does not hear');
    };
    // A front that is frozen or dying must not hold up a command: it reads the file when it starts again.
    await until(heard, 2_000, 10).catch(() => this.say('The front did not take in the change within 2 s'));
  }

  // --- records

  private changed(): void {
    if (this.upSince === 'down') return;
    const running = [...this.units.values()].filter((unit) => unit.identity && unit.current);
    const records: Recorded[] = running.map((unit) => ({
      name: unit.name,
      ...unit.identity!,
      signal: unit.current!.stopSignal ?? 'SIGTERM',
    }));
    mkdirSync(this.home.path, { recursive: true });
    writePrivate(this.home.at('processes.json'), JSON.stringify(records));
    if (this.upSince === 'up')
      writePrivate(this.home.at('stack.json'), `${JSON.stringify(this.stackFile(), null, 2)}\n`);
  }

  private named(name: string): string[] {
    if (name === 'kafka') return this.kafkaNames();
    if ((APPS as string[]).includes(name)) return [...this.instances.get(name as AppName)!];
    if (this.units.has(name)) return [name];
    throw new StackProblem(
      `There is no "${name}" here; one of: ${[...APPS, 'kafka', ...this.units.keys()].join(', ')}.`,
    );
  }

  private appOf(name: string): AppName | undefined {
    return [...this.instances].find(([, names]) => names.includes(name))?.[0];
  }

  private outsideNames(): string[] {
    return [...OUTSIDE];
  }

  private kafkaNames(): string[] {
    const { brokers } = this.settings;
    return brokers === 1 ? ['kafka'] : Array.from({ length: brokers }, (_, i) => `kafka-${i + 1}`);
  }

  private brokers(): string[] {
    return this.kafkaNames().map((_, index) => `127.0.0.1:${this.settings.ports[`kafka-${index + 1}`]}`);
  }

  private kafkaAdmin() {
    return {
      brokers: this.brokers(),
      sasl: { mechanism: 'plain' as const, username: 'admin', password: this.settings.kafka.admin! },
    };
  }

  private databaseUrl(database = DATABASE): string {
    return `postgres://${ADMINISTRATOR}:${this.settings.postgres.administrator}@127.0.0.1:${this.settings.ports.postgres}/${database}`;
  }

  private redisUrl(user: string): string {
    return `redis://${user}:${this.settings.redis[user]}@127.0.0.1:${this.settings.ports.redis}/0`;
  }

  private unit(name: string): Unit {
    return this.units.get(name)!;
  }

  private urlOf(name: string): string {
    return `http://127.0.0.1:${this.places.get(name)?.port ?? 0}`;
  }

  private adminUrlOf(name: string): string {
    return `http://127.0.0.1:${this.places.get(name)?.adminPort ?? 0}`;
  }

  private logOf(name: string): string {
    return this.home.at('logs', `${name.replace(/-1$/, '')}.log`);
  }
}

/** A name → number that is the same every time, so that two homes look for ports in different places. */
const hash = (text: string): number => {
  let value = 2166136261;
  for (const letter of text) value = Math.imul(value ^ letter.charCodeAt(0), 16777619) >>> 0;
  return value;
};

/** Waits for all, then throws the first error: nobody is left starting in the background. */
const allOrFirstError = async (work: Promise<unknown>[]): Promise<void> => {
  await Promise.all(work);
};
