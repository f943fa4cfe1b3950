import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { home, mails, sql, staff } from './stack.js';

jest.setTimeout(180_000);

describe('S22 Sealed fields swapped or rolled back by SQL; length tells', () => {
  interface Someone {
    readonly id: string;
    readonly path: string;
    readonly said: Record<string, unknown>;
  }
  let ann: Someone;
  let bob: Someone;
  let hub: { authorization: string };

  const enter = async (change: Record<string, unknown>): Promise<Someone> => {
    const said = form({ support: 'Zyxramp', ...change });
    const { body } = await apply(said);
    const path = new URL(body.statusUrl).pathname;
    await eventually(
      () => mails(String(said['email'])),
      (seen) => seen.length > 0,
      60_000,
    );
    return { id: body.id, path, said };
  };

  beforeAll(async () => {
    ann = await enter({ givenName: 'Annswap' });
    bob = await enter({ givenName: 'Bobswap' });
    hub = await staff('coordinator.oldham@demo.example');
  });

  const logged = (): number =>
    readFileSync(join(home, 'logs/intake.log'), 'utf8')
      .split('\n')
      .filter((line) => line.includes('"seal-broken"')).length;
  const alarm = async (): Promise<number> => {
    const { body } = await call('GET', '/v1/ops/overview', undefined, await staff('operator@demo.example'));
    const vital = body.vitals?.find((one: any) => one.code === 'seals-broken' && one.app === 'intake');
    return vital ? Number(vital.value) : 0;
  };

  /** Sets a column to what another place holds, looks, and puts it back. */
  const swapped = async (
    column: string,
    from: Someone,
    fromColumn: string,
    look: () => Promise<void>,
  ): Promise<void> => {
    const [before] = await sql(`select ${column} as it from intake.application where id = $1`, [ann.id]);
    const [other] = await sql(`select ${fromColumn} as it from intake.application where id = $1`, [from.id]);
    await sql(`update intake.application set ${column} = $2 where id = $1`, [ann.id, other!['it']]);
    try {
      await look();
    } finally {
      await sql(`update intake.application set ${column} = $2 where id = $1`, [ann.id, before!['it']]);
    }
  };

  test.each([
    ['contact_sealed', 'contact_sealed', 'of another person'],
    ['person_sealed', 'person_sealed', 'of another person'],
    ['support_sealed', 'support_sealed', 'of another person'],
    ['contact_sealed', 'person_sealed', 'of another column of the same person'],
  ])('%s with %s %s is refused, shows nobody, and raises the alarm', async (column, source, whose) => {
    const from = whose.includes('column') ? ann : bob;
    const [lines, alarms] = [logged(), await alarm()];
    await swapped(column, from, source, async () => {
      for (const [path, headers] of [
        [`/v1/applications/${ann.id}`, hub],
        [`${ann.path}/data`, {}],
      ] as const) {
        const { status, body } = await call('GET', path, undefined, headers).catch((error: Error) => ({
          status: /\b500\b/.test(error.message) ? 500 : 0,
          body: error.message,
        }));
        expect([path, status]).toEqual([path, 500]);
        for (const value of [bob.said['givenName'], bob.said['familyName'], bob.said['email'], ann.said['email']])
          expect(JSON.stringify(body)).not.toContain(value);
      }
    });
    expect(logged()).toBeGreaterThan(lines);
    await eventually(alarm, (now) => now > alarms);
    expect((await call('GET', `${ann.path}/data`)).body.application.givenName).toBe('Annswap');
  });

  test('what was rolled back to an older version does not open as the newer one', async () => {
    const seen = await call('GET', ann.path);
    const [old] = await sql('select contact_sealed as it from intake.application where id = $1', [ann.id]);
    const headers = { 'if-match': seen.headers.get('etag')! };
    const moved = await call('PATCH', ann.path, { email: 'ann.moved@example.org' }, headers);
    expect(moved.status).toBe(200);
    await swapped('contact_sealed', ann, 'contact_sealed', async () => {
      await sql('update intake.application set contact_sealed = $2 where id = $1', [ann.id, old!['it']]);
      const back = await call('GET', `${ann.path}/data`).catch((error: Error) => ({
        status: 500,
        body: error.message,
      }));
      expect(back.status).toBe(500);
    });
    expect((await call('GET', `${ann.path}/data`)).body.application.email).toBe('ann.moved@example.org');
  });

  test('a key of another person in the place of one’s own opens nothing', async () => {
    const keyOf = async (id: string) =>
      (await sql('select wrapped from keyring.data_key_contact where person_id = $1', [id]))[0]!['wrapped'] as Buffer;
    const own = await keyOf(ann.id);
    const alarms = await alarm();
    await sql('update keyring.data_key_contact set wrapped = $2 where person_id = $1', [ann.id, await keyOf(bob.id)]);
    try {
      const seen = await call('GET', `${ann.path}/data`).catch((error: Error) => ({
        status: 500,
        body: error.message,
      }));
      expect(seen.status).toBe(500);
      await eventually(alarm, (now) => now > alarms);
    } finally {
      await sql('update keyring.data_key_contact set wrapped = $2 where person_id = $1', [ann.id, own]);
    }
    expect((await call('GET', `${ann.path}/data`)).status).toBe(200);
  });

  test('no message goes to an address that was swapped in', async () => {
    const before = await mails(String(bob.said['email']));
    const [own] = await sql('select contact as it from notification.recipient where application_id = $1', [ann.id]);
    const [theirs] = await sql('select contact as it from notification.recipient where application_id = $1', [bob.id]);
    await sql('update notification.recipient set contact = $2 where application_id = $1', [ann.id, theirs!['it']]);
    try {
      expect((await call('POST', `${ann.path}/withdraw`, {})).status).toBe(200);
      await eventually(
        () => Promise.resolve(readFileSync(join(home, 'logs/notification.log'), 'utf8')),
        (text) => text.includes('contact-seal-broken') && text.includes(ann.id),
        120_000,
      );
      expect((await mails(String(bob.said['email']))).length).toBe(before.length);
    } finally {
      await sql('update notification.recipient set contact = $2 where application_id = $1', [ann.id, own!['it']]);
    }
  });

  test('a short name and a long one are sealed to the same length, and never twice alike', async () => {
    const [short, long] = [
      await apply(form({ givenName: 'Jo' })),
      await apply(form({ givenName: 'Wilhelminaangharad' })),
    ];
    const rows = await sql<{ contact: string; person: string }>(
      'select contact_sealed as contact, person_sealed as person from intake.application where id = any($1)',
      [[short.body.id, long.body.id]],
    );
    const bytes = (text: string): number => Buffer.from(text.slice(3), 'base64url').length;
    expect(bytes(rows[0]!.contact)).toBe(bytes(rows[1]!.contact));
    expect((bytes(rows[0]!.contact) - 12 - 16) % 256).toBe(0);
    // Nonces: 96 bits, and none is used twice under the whole of intake.
    const all = await sql<{ it: string }>(
      'select unnest(array[contact_sealed, person_sealed, support_sealed]) as it from intake.application',
    );
    const nonces = all.filter(({ it }) => it !== null).map(({ it }) => it.slice(3, 19));
    expect(new Set(nonces).size).toBe(nonces.length);
  });
});
