import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { parseXml, XmlRefused } from '../dbs/parse-xml.js';
import { UpdateServiceProvider } from '../dbs/update-service.provider.js';
import { SessionIdentityProvider } from '../identity/session-identity.provider.js';
import { NoAnswer } from './ask-provider.js';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let url: string;
let answer: Answer;
let asked: IncomingMessage | null = null;
beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url !== '/jwks') asked = request;
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
});

const replying =
  (status: number, body: string, headers: Record<string, string> = {}): Answer =>
  (_, response) =>
    void response.writeHead(status, { connection: 'close', ...headers }).end(body);
const why = (asking: Promise<unknown>): Promise<string> =>
  asking.then(
    () => 'answered',
    (error: unknown) => (error instanceof NoAnswer ? error.message : `surprise ${String(error)}`),
  );

describe('the Update Service', () => {
  const dbs = (timeoutMs: number) =>
    new UpdateServiceProvider(
      url,
      { organisationName: 'A forum', employeeForename: 'Ann', employeeSurname: 'Officer' },
      timeoutMs,
    );
  const ask = (timeoutMs = 5_000) =>
    dbs(timeoutMs).status({ certificateNumber: '001234567890', surname: 'O’Brien', dateOfBirth: '1990-02-01' });
  const result = (
    status: string,
    more = '<forename>A</forename><surname>B</surname><printDate class="sql-date">2024-05-01</printDate>',
  ) =>
    `<?xml version="1.0"?><statusCheckResult><statusCheckResultType>SUCCESS</statusCheckResultType><status>${status}</status>${more}</statusCheckResult>`;

  test('is asked as its guide says', async () => {
    answer = replying(200, result('BLANK_NO_NEW_INFO'));
    await ask();
    const at = new URL(asked!.url!, url);
    expect(at.pathname).toBe('/crsc/api/status/001234567890');
    expect(Object.fromEntries(at.searchParams)).toEqual({
      dateOfBirth: '01/02/1990',
      surname: 'O’BRIEN',
      hasAgreedTermsAndConditions: 'true',
      organisationName: 'A forum',
      employeeSurname: 'Officer',
      employeeForename: 'Ann',
    });
  });

  test.each(['BLANK_NO_NEW_INFO', 'NON_BLANK_NO_NEW_INFO', 'NEW_INFO'])('%s is understood', async (status) => {
    answer = replying(200, result(status));
    expect(await ask()).toEqual({ status, forename: 'A', surname: 'B', printedOn: '2024-05-01' });
  });

  test('NO_MATCH_FOUND comes without a name', async () => {
    answer = replying(200, result('NO_MATCH_FOUND', ''));
    expect(await ask()).toEqual({ status: 'NO_MATCH_FOUND', forename: null, surname: null, printedOn: null });
  });

  test.each<[string, Answer, string]>([
    ['too many requests', replying(429, ''), 'status 429'],
    ['an error', replying(500, result('BLANK_NO_NEW_INFO')), 'status 500'],
    ['another place', replying(302, '', { location: 'http://127.0.0.1:1/' }), 'unreachable'],
    ['an unknown status', replying(200, result('PERFECTLY_FINE')), 'unreadable'],
    ['a blank without a name', replying(200, result('BLANK_NO_NEW_INFO', '')), 'unreadable'],
    ['a failure in good shape', replying(200, result('BLANK_NO_NEW_INFO').replace('SUCCESS', 'FAILURE')), 'unreadable'],
    ['a document type', replying(200, `<!DOCTYPE x [<!ENTITY y "z">]>${result('BLANK_NO_NEW_INFO')}`), 'unreadable'],
    ['JSON', replying(200, '{"status":"BLANK_NO_NEW_INFO"}'), 'unreadable'],
    ['too much', replying(200, result('BLANK_NO_NEW_INFO') + ' '.repeat(70_000)), 'too-large'],
    ['silence', () => undefined, 'timeout'],
  ])('%s is no answer', async (_, given, expected) => {
    answer = given;
    expect(await why(ask(expected === 'timeout' ? 100 : 5_000))).toBe(expected);
  });
});

describe('an identity provider', () => {
  const identity = () => new SessionIdentityProvider(url, 5_000);
  const person = { givenName: 'Ann', familyName: 'Brien', dateOfBirth: '1990-02-01' };
  const keys = generateKeyPair('ES256', { extractable: true });
  const foreign = generateKeyPair('ES256', { extractable: true });
  const token = async (claims: object, by = keys, audience = 'muster') =>
    new SignJWT({ sub: 's1', status: 'verified', level: 'medium', verified: person, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'k' })
      .setAudience(audience)
      .sign((await by).privateKey);
  const saying = async (session: object): Promise<void> => {
    const jwk = { ...(await exportJWK((await keys).publicKey)), kid: 'k', alg: 'ES256' };
    answer = (request, response) =>
      void response
        .writeHead(200, { connection: 'close' })
        .end(JSON.stringify(request.url === '/jwks' ? { keys: [jwk] } : session));
  };

  test('begins a session under our reference', async () => {
    answer = replying(201, JSON.stringify({ sessionId: 's1', url: 'https://id.example/s1', expiresAt: 'x' }));
    const begun = await identity().begin({ reference: 'ours', applicant: person });
    expect(begun).toEqual({ is: 'pending', session: 's1', url: 'https://id.example/s1' });
  });

  test('is believed for what it signed, not for what stands beside it', async () => {
    const verified = { ...person, familyName: 'Altered' };
    await saying({ sessionId: 's1', status: 'verified', verified, result: await token({}) });
    expect(await identity().look('s1')).toEqual({ is: 'verified', session: 's1', person, level: 'medium' });
  });

  test.each<[string, () => Promise<object>]>([
    ['nothing signed', async () => ({ result: null })],
    ['another signer', async () => ({ result: await token({}, foreign) })],
    ['another audience', async () => ({ result: await token({}, keys, 'somebody') })],
    ['another session', async () => ({ result: await token({ sub: 's2' }) })],
    ['another status', async () => ({ result: await token({ status: 'failed' }) })],
    ['no date of birth', async () => ({ result: await token({ verified: { givenName: 'A', familyName: 'B' } }) })],
  ])('with %s has not verified anybody', async (_, more) => {
    await saying({ sessionId: 's1', status: 'verified', ...(await more()) });
    expect(await why(identity().look('s1'))).toBe('unreadable');
  });

  test('tells failed, expired and pending apart', async () => {
    await saying({ sessionId: 's1', status: 'failed', reasonCode: 'document-refused' });
    expect(await identity().look('s1')).toEqual({ is: 'failed', session: 's1', reason: 'document-refused' });
    await saying({ sessionId: 's1', status: 'expired' });
    expect(await identity().look('s1')).toEqual({ is: 'expired', session: 's1' });
    await saying({ sessionId: 's1', status: 'pending' });
    expect(await identity().look('s1')).toEqual({ is: 'pending', session: 's1', url: null });
  });
});

describe('XML', () => {
  test.each([
    ['<!DOCTYPE a><a/>', 'doctype'],
    ['<a><!ENTITY x "y"></a>', 'doctype'],
    ['<a><b></a>', 'malformed'],
    [`<a>${' '.repeat(70_000)}</a>`, 'too-large'],
  ])('%# is refused', (text, reason) => {
    expect(() => parseXml(text)).toThrow(new XmlRefused(reason as 'doctype'));
  });

  test('values stay texts and entities stay as they are', () => {
    expect(parseXml('<a><b>0012</b><c>&lol;</c></a>')).toEqual({ a: { b: '0012', c: '&lol;' } });
  });
});
