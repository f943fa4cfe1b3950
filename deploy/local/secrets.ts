import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { APPS, COMPARTMENTS, type AppName } from '../apps.js';
import { writePrivate } from './home.js';

type Jwk = Record<string, unknown>;

const make = (file: string, text: () => string): string => {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writePrivate(file, text());
  }
  return readFileSync(file, 'utf8');
};

const put = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writePrivate(file, text);
};

const keyPair = (): string => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return JSON.stringify({ ...privateKey.export({ format: 'jwk' }), kid: randomUUID(), alg: 'ES256', use: 'sig' });
};

const publicHalf = (text: string): string => {
  const { d: _secret, ...rest } = JSON.parse(text) as Jwk;
  return JSON.stringify(rest);
};

/** Keys are made once and live in `secrets/.master`; each app's folder gets copies of those it may have, and no other. */
export const writeSecrets = (
  folder: string,
  given: {
    databaseUrl(app: AppName): string;
    redisUrl(app: AppName): string;
    kafkaPassword(app: AppName): string;
    notifyApiKey: string;
    oidcClientSecret: string;
    receiptToken: string;
  },
): void => {
  const master = (name: string) => join(folder, '.master', name);
  const session = make(master('session.jwk'), keyPair);
  const operations = make(master('operations.jwk'), keyPair);
  for (const app of APPS) {
    const file = (name: string) => join(folder, app, name);
    put(file('database-url'), given.databaseUrl(app));
    put(file('redis-url'), given.redisUrl(app));
    // By this a production build knows that it was given the secrets of a local stack, and refuses (S5).
    put(file('made-for-local'), 'local');
    put(file('kafka-password'), given.kafkaPassword(app));
    make(file('idempotency-key'), () => randomBytes(32).toString('base64'));
    put(file('public/session.jwk'), publicHalf(session));
    put(file('public/operations.jwk'), publicHalf(operations));
    for (const compartment of COMPARTMENTS[app]) {
      const key = () => JSON.stringify({ keys: { k1: randomBytes(32).toString('base64') }, current: 'k1' });
      put(file(`keys/${compartment}.json`), make(master(`keys/${compartment}.json`), key));
    }
  }
  put(join(folder, 'coordination/session.jwk'), session);
  put(join(folder, 'coordination/oidc-client-secret'), given.oidcClientSecret);
  put(join(folder, 'operations/operations.jwk'), operations);
  put(join(folder, 'notification/notify-api-key'), given.notifyApiKey);
  put(join(folder, 'notification/receipts-token'), given.receiptToken);
  put(join(folder, 'outside/notify-api-key'), given.notifyApiKey);
  put(join(folder, 'outside/receipts-token'), given.receiptToken);
  put(join(folder, 'outside/oidc-client-secret'), given.oidcClientSecret);
};
