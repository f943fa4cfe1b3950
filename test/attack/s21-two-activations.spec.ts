import { randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { PLAN } from '../../deploy/local/demo/plan.js';
import { apply, call, eventually, form } from '../e2e/people.js';
import { sql, staff } from './stack.js';

jest.setTimeout(180_000);

describe('S21 With key and dump all UK mobiles are reversed in four minutes', () => {
  const EXERCISE = 'exercise-river-irwell';
  const secretOf = async (id: string): Promise<Map<string, Buffer>> => {
    const rows: Record<string, any>[] = [
      ...(await sql('select email_index, phone_index, name_index from intake.application where id = $1', [id])),
      ...(await sql('select contact_sealed, person_sealed, support_sealed from intake.application where id = $1', [
        id,
      ])),
      ...(await sql('select token_hash from intake.person_link where application_id = $1 order by kind', [id])),
      ...(await sql('select wrapped, compartment from keyring.data_key where person_id = $1', [id])),
    ];
    const found = new Map<string, Buffer>();
    for (const [at, row] of rows.entries())
      for (const [name, value] of Object.entries(row))
        if (Buffer.isBuffer(value)) found.set(`${at} ${name}`, value);
        else if (typeof value === 'string' && value.startsWith('s1.'))
          found.set(`${at} ${name}`, Buffer.from(value.slice(3), 'base64url'));
    return found;
  };
  /** Any eight bytes in a row that both have: random ones meet once in 2^64. */
  const shared = (a: ReadonlyMap<string, Buffer>, b: ReadonlyMap<string, Buffer>): string[] => {
    const seen = new Map<string, string>();
    for (const [name, bytes] of a)
      for (let at = 0; at + 8 <= bytes.length; at++) seen.set(bytes.toString('hex', at, at + 8), name);
    const met: string[] = [];
    for (const [name, bytes] of b)
      for (let at = 0; at + 8 <= bytes.length; at++) {
        const one = seen.get(bytes.toString('hex', at, at + 8));
        if (one) met.push(`${one} = ${name}`);
      }
    return [...new Set(met)];
  };

  test('the same person in two activations shares no bytes in any row of intake', async () => {
    const person = form({ support: 'step-free access', channel: 'email-and-sms' });
    const one = await apply(person);
    const other = await apply({ ...person, activation: EXERCISE });
    expect([one.status, other.status]).toEqual([202, 202]);
    const [here, there] = [await secretOf(one.body.id), await secretOf(other.body.id)];
    expect([...here.keys()].filter((name) => name.endsWith('_index')).length).toBe(3);
    expect(here.size).toBeGreaterThanOrEqual(9);
    expect(shared(here, there)).toEqual([]);
    // The same look finds what is alike: one person twice in one activation is one by contact, and the test can fail.
    const again = await secretOf((await apply(person)).body.id);
    expect(shared(here, again).length).toBeGreaterThan(0);
  });

  test('no plain hash of a number or an address stands anywhere: all of the test numbers, tried as a thief would', async () => {
    const { createHash } = await import('node:crypto');
    const { body } = await apply(form({ phone: '+447700900321' }));
    const [row] = await sql('select phone_index, email_index from intake.application where id = $1', [body.id]);
    for (const algorithm of ['sha256', 'sha512', 'sha1', 'md5', 'blake2s256'])
      for (let n = 0; n < 1000; n++)
        for (const spelt of [`+447700900${String(n).padStart(3, '0')}`, `07700900${String(n).padStart(3, '0')}`]) {
          const hash = createHash(algorithm).update(spelt).digest();
          expect(row!['phone_index'].subarray(0, 16).equals(hash.subarray(0, 16))).toBe(false);
        }
  });

  test('the keys are intake’s alone, one per activation and purpose, and none lies in the clear', async () => {
    for (const app of ['matching', 'notification', 'coordination', 'operations'])
      await expect(sql('select * from keyring.blind_key', [], app)).rejects.toMatchObject({ code: '42501' });
    // Vetting has a purpose of its own, certificates, and sees no other.
    const seen = await sql<{ purpose: string }>('select distinct purpose from keyring.blind_key', [], 'vetting');
    expect(seen.filter(({ purpose }) => purpose !== 'certificate')).toEqual([]);
    const keys = await sql<{ wrapped: Buffer }>('select wrapped from keyring.blind_key where wrapped is not null');
    expect(new Set(keys.map(({ wrapped }) => wrapped.toString('hex'))).size).toBe(keys.length);
    // Nonce, 32 bytes of key, tag: wrapped, not kept.
    expect(keys.every(({ wrapped }) => wrapped.length === 60)).toBe(true);
  });

  test('at closure the keys die: nothing can be looked up or tried out any more', async () => {
    const [duty, approver] = [await staff('duty@demo.example'), await staff('approver@demo.example')];
    const slug = `closing-${Date.now().toString(36)}`;
    const plans = await call('GET', '/v1/plans', undefined, duty);
    const methane = { majorIncident: 'no', exactLocation: 'Here', typeOfIncident: 'A test' };
    const asked = await call(
      'POST',
      '/v1/activations',
      {
        planId: plans.body.items.find((one: any) => one.title === PLAN.title).id,
        slug,
        kind: 'test',
        title: 'To be closed',
        methane,
      },
      { 'idempotency-key': randomUUID(), ...duty },
    );
    expect(asked.status).toBe(201);
    const { id } = asked.body;
    expect((await call('POST', `/v1/activations/${id}/approve`, {}, approver)).status).toBe(200);
    await eventually(
      () => call('GET', `/${slug}/help`),
      ({ status }) => status === 200,
    );
    await eventually(
      () => apply(form({ activation: slug })),
      ({ status }) => status === 202,
    );
    const wrapped = () => sql('select wrapped from keyring.blind_key where activation_id = $1', [id]);
    // Intake's three purposes and vetting's one.
    expect((await wrapped()).filter((row) => row['wrapped'] !== null).length).toBe(4);
    for (const to of ['standing-down', 'recovery', 'closed']) {
      const moved = await call('POST', `/v1/activations/${id}/transitions`, { to, reason: 'It is over.' }, duty);
      expect([to, moved.status]).toEqual([to, 200]);
    }
    const left = await eventually(wrapped, (rows) => rows.every((row) => row['wrapped'] === null));
    expect(left.length).toBe(4);
  });
});
