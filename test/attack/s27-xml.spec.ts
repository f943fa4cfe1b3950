import { createServer, type Server } from 'node:http';
import { deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { drill, sql, stack, staff } from './stack.js';

jest.setTimeout(240_000);

describe('S27 XML entities, zip bombs, URLs into the network', () => {
  const surname = 'Xmlattack-Demo';
  const good = (status: string, name = surname): string =>
    `<statusCheckResult><statusCheckResultType>SUCCESS</statusCheckResultType><status>${status}</status><forename>A</forename><surname>${name}</surname><printDate>2026-01-02</printDate></statusCheckResult>`;
  const clear = good('BLANK_NO_NEW_INFO');
  /** What a register that was taken over might say: each would clear somebody if it were believed. */
  const EVIL: Readonly<Record<string, () => string>> = {
    'a DOCTYPE': () => `<!DOCTYPE statusCheckResult>${clear}`,
    'an entity of its own': () =>
      `<!DOCTYPE s [<!ENTITY ok "BLANK_NO_NEW_INFO">]>${clear.replace('BLANK_NO_NEW_INFO', '&ok;')}`,
    'a file of ours': () => `<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]>${good('BLANK_NO_NEW_INFO', '&x;')}`,
    'an address in the network': () => `<!DOCTYPE s SYSTEM "http://127.0.0.1:PORT/fetched">${clear}`,
    'a billion laughs': () =>
      `<!DOCTYPE l [<!ENTITY a "aaaaaaaaaa">${'bcdefgh'
        .split('')
        .map((it, n) => `<!ENTITY ${it} "${`&${'abcdefgh'[n]};`.repeat(10)}">`)
        .join('')}]>${good('BLANK_NO_NEW_INFO', '&h;')}`,
    'more than 64 kB': () => `<!-- ${'x'.repeat(70_000)} -->${clear}`,
    'two answers in one': () => clear + clear.replace(surname, 'Other'),
    'an answer that is not closed': () => clear.replace('</statusCheckResult>', ''),
  };
  const kinds = Object.keys(EVIL);
  const people = new Map<string, string>();
  const asked = new Map<string, number>();
  const fetched: string[] = [];
  let register: Server;
  const numberOf = (at: number): string => `00100000${String(1000 + at)}`;

  beforeAll(async () => {
    const { port } = new URL(stack().providers['dbs']!.url);
    await drill('stop', 'dbs');
    register = createServer((request, response) => {
      const [, number] = /status\/(\d{12})/.exec(request.url!) ?? [];
      if (!number) fetched.push(request.url!);
      const kind = kinds[Number(number?.slice(-4)) - 1000];
      if (kind) asked.set(kind, (asked.get(kind) ?? 0) + 1);
      const body = kind ? EVIL[kind]!().replace('PORT', port) : '';
      // Said twice over the wire, to see that nothing is unpacked without a limit either.
      if (kind === 'more than 64 kB') {
        response.writeHead(200, { 'content-type': 'application/xml', 'content-encoding': 'deflate' });
        return void response.end(deflateSync(body));
      }
      response.writeHead(200, { 'content-type': 'application/xml' });
      response.end(body);
    });
    await new Promise<void>((resolve) => register.listen(Number(port), '127.0.0.1', resolve));
    // Asked whatever it answers: else the circuit would spare most of them.
    const operator = await staff('operator@demo.example');
    const closed = { state: 'closed', reason: 'to hear what it says' };
    expect((await call('POST', '/v1/ops/providers/dbs/circuit', closed, operator)).status).toBe(200);
    const { body } = await call('GET', '/v1/roles', undefined, await staff('duty@demo.example'));
    const high = body.items.find(({ tier }: { tier: string }) => tier === 'high').code as string;
    await Promise.all(
      kinds.map(async (kind, at) => {
        const person = await apply(form({ roles: [high], familyName: surname }));
        const path = new URL(person.body.statusUrl).pathname;
        people.set(kind, person.body.id);
        const open = (code: string) =>
          eventually(
            () => call('GET', path),
            (seen) => seen.body.tasks.some((task: any) => task.code === code && task.status === 'not-started'),
            90_000,
          );
        await open('identity');
        await call('POST', `${path}/tasks/identity`, { dateOfBirth: '1990-04-02', consent: true });
        await open('dbs');
        const given = { certificateNumber: numberOf(at), surname, dateOfBirth: '1990-04-02', consent: true };
        expect((await call('POST', `${path}/tasks/dbs`, given)).status).toBe(202);
      }),
    );
  });
  afterAll(async () => {
    await new Promise((resolve) => {
      register.close(resolve);
      register.closeAllConnections();
    });
    await drill('start', 'dbs');
    const operator = await staff('operator@demo.example');
    await call('POST', '/v1/ops/providers/dbs/circuit', { state: 'closed', reason: 'back to itself' }, operator);
  });

  test.each(kinds)('%s is heard and believed by nobody', async (kind) => {
    await eventually(
      () => Promise.resolve(asked.get(kind) ?? 0),
      (times) => times > 0,
      90_000,
    );
    const row = await eventually(
      () =>
        sql(
          "select state, tries, outcome, result_code from vetting.checks where application_id = $1 and kind = 'dbs'",
          [people.get(kind)],
        ),
      ([check]) => check!['tries'] > 0 || !['with-provider', 'required'].includes(check!['state'] as string),
      60_000,
    );
    expect([kind, row[0]!['outcome'], row[0]!['result_code']]).toEqual([kind, null, null]);
    expect(['provider-error', 'with-provider']).toContain(row[0]!['state']);
    const [cleared] = await sql('select state from intake.application where id = $1', [people.get(kind)]);
    expect(cleared!['state']).not.toMatch(/^cleared$/);
  });

  test('nothing was fetched from where an answer pointed to, and vetting is as well as before', async () => {
    expect(fetched).toEqual([]);
    const ready = await fetch(`${stack().apps['vetting']![0]!.adminUrl}/readyz`);
    expect(ready.status).toBe(200);
  });
});
