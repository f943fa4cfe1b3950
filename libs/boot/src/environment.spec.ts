import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { AccessConfig } from '@app/access';
import { BootConfig } from './boot.config.js';
import { ConfigurationInvalid, readEnvironment } from './environment.js';
import { productionFaults } from './production.decider.js';
import { routeFaults } from './refusals.js';

const problemsOf = (
  environment: Record<string, string>,
  fragments = [BootConfig, AccessConfig] as z.ZodObject[],
): readonly string[] => {
  try {
    readEnvironment(environment, fragments);
    return [];
  } catch (error) {
    return (error as ConfigurationInvalid).problems;
  }
};
const local = {
  MUSTER_ENV: 'local',
  MUSTER_ORIGIN: 'http://localhost:4300',
  OIDC_ISSUER: 'http://localhost:4300/dev/sign-in',
  PORT: '0',
  ADMIN_PORT: '0',
  SECRETS_DIR: '/nowhere',
};
const production = {
  MUSTER_ORIGIN: 'https://muster.example',
  OIDC_ISSUER: 'https://id.example',
  PORT: '8080',
  ADMIN_PORT: '8081',
  SECRETS_DIR: '/nowhere',
  KAFKA_MECHANISM: 'scram-sha-512',
  KAFKA_TLS: 'true',
};

describe('the environment', () => {
  test('what is complete is read, local and in production', () => {
    expect(problemsOf(local)).toEqual([]);
    expect(problemsOf(production)).toEqual([]);
  });

  test('everything wrong is listed at once, and nothing secret is shown', () => {
    const own = z.object({ OFFER_TOKEN: z.string().min(40), ROOMS: z.coerce.number().max(3) });
    const problems = problemsOf(
      {
        ...local,
        PORT: 'x',
        ADMIN_PORT: '',
        SECRETS_DIR: '',
        OFFER_TOKEN: 'hunter2',
        ROOMS: '7',
        OIDC_ISSUER: 'ftp://user:hunter3@x',
      },
      [BootConfig, AccessConfig, own],
    );
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'ADMIN_PORT',
      'OFFER_TOKEN',
      'OIDC_ISSUER',
      'PORT',
      'ROOMS',
      'SECRETS_DIR',
    ]);
    expect(problems.join()).not.toMatch(/hunter/);
    expect(problems).toContainEqual(expect.stringContaining('ROOMS is "7"'));
  });

  test('who forgets to say where it runs, runs in production', () => {
    expect(problemsOf({ ...local, MUSTER_ENV: '' }).length).toBeGreaterThan(3);
  });

  test.each([
    ['an issuer without TLS', { OIDC_ISSUER: 'http://id.example' }, 'OIDC_ISSUER must be https'],
    ['an issuer on this machine', { OIDC_ISSUER: 'https://127.0.0.2/x' }, 'OIDC_ISSUER is on this machine'],
    ['this machine with a dot behind it', { OIDC_ISSUER: 'https://localhost./x' }, 'OIDC_ISSUER is on this machine'],
    ['this machine in IPv6 dress', { NOTIFY_URL: 'https://[::ffff:127.0.0.1]/' }, 'NOTIFY_URL is on this machine'],
    ['this machine as one number', { IDENTITY_URL: 'https://2130706433/' }, 'IDENTITY_URL is on this machine'],
    ['a door of the local stack', { OIDC_ISSUER: 'https://x.example/dev/sign-in' }, 'door of the local stack'],
    ['an origin without TLS', { MUSTER_ORIGIN: 'http://muster.example' }, 'MUSTER_ORIGIN must be https'],
    ['a mail catcher', { SMTP_URL: 'smtps://localhost:1025' }, 'SMTP_URL is a catcher'],
    ['mail in the clear', { SMTP_URL: 'smtp://mail.example:25' }, 'SMTP_URL must be smtps'],
    ['a simulated provider', { DBS_URL: 'http://localhost:7000' }, 'DBS_URL'],
    ['a simulated identity', { IDENTITY_URL: 'https://[::1]:7000' }, 'IDENTITY_URL is on this machine'],
    ['texts that stay here', { NOTIFY_URL: 'https://localhost' }, 'NOTIFY_URL is on this machine'],
    ['a clock that can be moved', { CLOCK_FILE: '/tmp/clock.json' }, 'CLOCK_FILE'],
    ['Kafka in the clear', { KAFKA_TLS: 'false' }, 'KAFKA_TLS'],
    ['passwords in the clear to Kafka', { KAFKA_MECHANISM: 'plain' }, 'KAFKA_MECHANISM'],
  ])('production refuses %s', (_, change, says) => {
    expect(productionFaults({ ...production, ...change }, false).join()).toContain(says);
  });

  test('production refuses secrets of the local stack; the local stack refuses the network', () => {
    expect(productionFaults(production, true)).toEqual(['SECRETS_DIR holds secrets that the local stack made']);
    expect(productionFaults({ ...local, HOST: '0.0.0.0' }, true)).toEqual([
      'HOST must be a loopback address when MUSTER_ENV is local',
    ]);
    expect(productionFaults({ ...local, HOST: '127.0.0.1' }, true)).toEqual([]);
  });
});

test('a route that nobody ruled, that lets nobody in, or that asks for a token it has no place for is refused', () => {
  const route = { controller: 'X', handler: 'y', method: 'GET', path: '/x' };
  expect(
    routeFaults([
      { ...route, rule: null },
      { ...route, rule: {} },
      { ...route, rule: { staff: [] } },
      { ...route, rule: { person: true } },
      { ...route, rule: { public: true } },
      { ...route, path: '/s/:token', rule: { person: true } },
    ]),
  ).toEqual([
    'GET /x (X.y) has no @Access rule',
    'GET /x (X.y) lets nobody in',
    'GET /x (X.y) lets nobody in',
    'GET /x (X.y) is for a person, but has no :token in its path',
  ]);
});
