import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { importJWK, SignJWT, type JWK } from 'jose';
import { BearerReader } from './bearer.js';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const asked: string[] = [];
let directory: Server;
let issuer: string;

beforeAll(async () => {
  directory = createServer((request, response) => {
    asked.push(request.url!);
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'ES256', use: 'sig' }];
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(request.url === '/jwks' ? { keys } : { issuer, jwks_uri: `${issuer}/jwks` }));
  });
  await new Promise<void>((ready) => void directory.listen(0, '127.0.0.1', ready));
  issuer = `http://127.0.0.1:${(directory.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((closed) => void directory.close(closed)));

const signed = async (kid: string): Promise<string> =>
  new SignJWT({ client_id: 'muster', roles: ['operator'] })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
    .setIssuer(issuer)
    .setAudience('muster')
    .setSubject('ann')
    .setExpirationTime('5m')
    .sign(await importJWK(privateKey.export({ format: 'jwk' }) as JWK, 'ES256'));

test('made-up key ids cost the directory nothing (S6)', async () => {
  const reader = new BearerReader({ issuer, clients: ['muster'] });
  expect(await reader.read(await signed('k1'))).toMatchObject({ subject: 'ann' });
  const before = asked.length;
  const forged = await Promise.all(Array.from({ length: 40 }, () => signed(randomUUID())));
  expect(await Promise.all(forged.map((one) => reader.read(one)))).toEqual(forged.map(() => null));
  expect(asked.length - before).toBeLessThanOrEqual(1);
});
