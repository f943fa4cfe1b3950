import { randomBytes, randomUUID } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { APPS } from '../apps.js';
import { StackProblem } from './problem.js';

export type Profile = 'demo' | 'empty';

/** What a home remembers from one start to the next. */
export interface Settings {
  clusterId: string;
  brokers: number;
  profile: Profile;
  ports: Record<string, number>;
  postgres: Record<string, string>;
  redis: Record<string, string>;
  kafka: Record<string, string>;
  partnerKey: string;
  notifyApiKey: string;
  oidcClientSecret: string;
  receiptToken: string;
}

const LEAST_MB = 500;
const secret = (): string => randomBytes(24).toString('base64url');
const secretsFor = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, secret()]));

/** Whole or not at all, and only for its owner. */
export const writePrivate = (file: string, text: string): void => {
  const fresh = `${file}.${process.pid}.new`;
  writeFileSync(fresh, text, { mode: 0o600 });
  renameSync(fresh, file);
};

export const readJson = <T>(file: string): T | null => {
  if (!existsSync(file)) return null;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return null;
  }
};

/** The folder with all data, secrets, logs and reports of one local stack. */
export class Home {
  readonly path: string;

  constructor(path: string) {
    this.path = resolve(path);
  }

  at(...names: string[]): string {
    return join(this.path, ...names);
  }

  open(): void {
    try {
      mkdirSync(this.path, { recursive: true, mode: 0o700 });
      chmodSync(this.path, 0o700);
      for (const name of ['logs', 'secrets', 'reports']) mkdirSync(this.at(name), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new StackProblem(
        `The folder ${this.path} cannot be used (${(error as Error).message}); set MUSTER_HOME to one that can.`,
      );
    }
    const { bavail, bsize } = statfsSync(this.path);
    const free = Math.floor((bavail * bsize) / 1_000_000);
    if (free < LEAST_MB) {
      throw new StackProblem(
        `The disk that holds ${this.path} has only ${free} MB left; the stack needs ${LEAST_MB} MB: free some space or set MUSTER_HOME to another disk.`,
      );
    }
  }

  settings(asked: { brokers?: number; profile?: Profile } = {}): Settings {
    const file = this.at('settings.json');
    const before = readJson<Settings>(file);
    if (before === null && existsSync(file)) {
      throw new StackProblem(
        `${file} is damaged; without it the data of this home cannot be opened: start afresh with "npm run stack -- reset --yes".`,
      );
    }
    if (before) {
      if (asked.brokers !== undefined && asked.brokers !== before.brokers) {
        throw new StackProblem(
          `This home has ${before.brokers} Kafka broker(s); change that with "npm run stack -- reset --brokers ${asked.brokers}", which deletes its data.`,
        );
      }
      if (asked.profile !== undefined && asked.profile !== before.profile) {
        throw new StackProblem(
          `This home has the profile "${before.profile}"; change that with "npm run stack -- reset --profile ${asked.profile}", which deletes its data.`,
        );
      }
      return before;
    }
    if (existsSync(this.at('postgres'))) {
      throw new StackProblem(
        `${this.path} holds a database but not the settings.json with its passwords: start afresh with "npm run stack -- reset --yes".`,
      );
    }
    const settings: Settings = {
      clusterId: randomBytes(16).toString('base64url'),
      brokers: asked.brokers ?? 1,
      profile: asked.profile ?? 'demo',
      ports: {},
      postgres: secretsFor(['administrator', ...APPS]),
      redis: secretsFor(['admin', ...APPS]),
      kafka: secretsFor(['admin', 'broker', ...APPS]),
      partnerKey: `mk_${secret()}`,
      notifyApiKey: `muster-${randomUUID()}-${randomUUID()}`,
      oidcClientSecret: secret(),
      receiptToken: secret(),
    };
    this.remember(settings);
    return settings;
  }

  remember(settings: Settings): void {
    writePrivate(this.at('settings.json'), JSON.stringify(settings, null, 2));
  }
}
