import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { describe, expect, jest, test } from '@jest/globals';
import { apply, call, form, origin } from '../e2e/people.js';
import { crowd, sql } from './stack.js';

jest.setTimeout(300_000);

/** The proof of work of the public form comes with the next issue: what only a proof unlocks is not checked here. */
describe('S18 Idempotency as oracle or bypass', () => {
  const key = (): string => randomBytes(18).toString('base64url');
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });

  /** From another address of this machine, so that the flood has a share of its own and the other rows keep theirs. */
  const from = (address: string, body: unknown, headers: Record<string, string>) =>
    new Promise<{ status: number; headers: Record<string, any>; body: any }>((resolve, reject) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const { port, host } = new URL(origin);
      request(
        {
          ...{ host: '127.0.0.1', port, localAddress: address, agent, method: 'POST', path: '/v1/applications' },
          headers: { host, 'content-type': 'application/json', 'content-length': Buffer.byteLength(text), ...headers },
        },
        (answer) => {
          let said = '';
          answer.on('data', (chunk) => (said += chunk));
          answer.on('end', () =>
            resolve({ status: answer.statusCode!, headers: answer.headers, body: JSON.parse(said) }),
          );
        },
      )
        .on('error', reject)
        .end(text);
    });

  test('a flood of replays is answered 429, each with a time to come back', async () => {
    const many = crowd(10_000, 400);
    const once = key();
    const person = form();
    const headers = { 'idempotency-key': once };
    const first = await from('127.0.0.41', person, headers);
    expect(first.status).toBe(202);
    const counts: Record<number, number> = {};
    const lane = async (share: number): Promise<void> => {
      for (let n = 0; n < share; n++) {
        const answer = await from('127.0.0.41', person, headers);
        counts[answer.status] = (counts[answer.status] ?? 0) + 1;
        if (answer.status === 429) {
          expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
          expect(answer.headers['ratelimit']).toMatch(/r=0/);
        } else expect([answer.status, answer.body.id]).toEqual([202, first.body.id]);
      }
    };
    const began = Date.now();
    await Promise.all(Array.from({ length: 16 }, () => lane(many / 16)));
    const minutes = (Date.now() - began) / 60_000;
    expect(Object.keys(counts).filter((status) => !['202', '429'].includes(status))).toEqual([]);
    // A burst of 150 at once, then two a second.
    expect(counts[202]).toBeLessThanOrEqual(150 + Math.ceil(120 * minutes) + 1);
    expect(counts[429]).toBeGreaterThan(0);
    const [{ it }] = (await sql('select count(*)::int as it from intake.application where id = $1', [
      first.body.id,
    ])) as any;
    expect(it).toBe(1);
  });

  /** Thirty at once, when the share is spent; it grows by two a second, so a few of them may pass. */
  const refusedOf30 = async (headers: (n: number) => Record<string, string>): Promise<number> => {
    const many = () => Promise.all(Array.from({ length: 30 }, (_, n) => from('127.0.0.41', {}, headers(n))));
    const refused = async (): Promise<number> => (await many()).filter(({ status }) => status === 429).length;
    for (let round = 0; round < 8 && (await refused()) === 0; round++);
    return refused();
  };

  test('the limit comes before anything of the request is looked at, and others have theirs', async () => {
    expect(await refusedOf30(() => ({}))).toBeGreaterThan(15);
    const neighbour = await from('127.0.0.42', {}, { 'idempotency-key': key() });
    expect(neighbour.status).toBe(422);
  });

  test('a forged X-Forwarded-For is no new address', async () => {
    const forged = await refusedOf30((n) => ({
      'idempotency-key': key(),
      'x-forwarded-for': `203.0.113.${n}`,
      forwarded: `for=203.0.113.${n}`,
      'x-real-ip': `203.0.113.${n}`,
    }));
    expect(forged).toBeGreaterThan(15);
  });

  test('a public key that could be guessed is refused', async () => {
    for (const short of ['1', 'a'.repeat(21)]) {
      const { status, body } = await from('127.0.0.43', form(), { 'idempotency-key': short });
      expect([status, body.type]).toEqual([400, '/problems/idempotency-key-malformed']);
    }
  });

  test("with a wrong form, somebody's key is answered like one that was never used", async () => {
    const used = key();
    expect((await from('127.0.0.43', form(), { 'idempotency-key': used })).status).toBe(202);
    const wrong = { ...form(), email: 'nobody', postcode: 'nowhere' };
    const [one, other] = [
      await from('127.0.0.43', wrong, { 'idempotency-key': used }),
      await from('127.0.0.43', wrong, { 'idempotency-key': key() }),
    ];
    expect({ ...one.body, instance: 0 }).toEqual({ ...other.body, instance: 0 });
    expect([one.status, other.status]).toEqual([422, 422]);
  });

  test('a key counts for its own caller and route: nobody else gets its answer', async () => {
    const shared = key();
    const person = form();
    const [partner, anybody] = [
      await apply(person, { 'idempotency-key': shared }),
      await from('127.0.0.43', person, { 'idempotency-key': shared }),
    ];
    expect([partner.status, anybody.status]).toEqual([202, 202]);
    expect(anybody.body.id).not.toBe(partner.body.id);
    expect(anybody.headers['idempotency-replayed']).toBeUndefined();
  });

  test('a replay neither renews a right that is over nor a link that was revoked', async () => {
    const once = randomUUID();
    const person = form();
    const { body } = await apply(person, { 'idempotency-key': once });
    const path = new URL(body.statusUrl).pathname;
    expect((await call('GET', `${path}/data`)).status).toBe(200);
    await sql(
      "update intake.person_link set full_until = now() - interval '1 second' where application_id = $1 and kind = 'receipt'",
      [body.id],
    );
    const again = await apply(person, { 'idempotency-key': once });
    expect([again.status, again.body.statusUrl, again.headers.get('idempotency-replayed')]).toEqual([
      202,
      body.statusUrl,
      'true',
    ]);
    expect((await call('GET', `${path}/data`)).body.type).toBe('/problems/step-up-needed');
    await sql("update intake.person_link set revoked_at = now() where application_id = $1 and kind = 'receipt'", [
      body.id,
    ]);
    await apply(person, { 'idempotency-key': once });
    expect((await call('GET', path)).status).toBe(404);
    const links = await sql('select count(*)::int as it from intake.person_link where application_id = $1', [body.id]);
    expect(links[0]!['it']).toBe(2);
  });
});
