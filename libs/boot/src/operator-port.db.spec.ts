import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { StaffRole } from '@app/access';
import { DomainError } from '@app/database';
import { MemoryEventLog, uuidv7, type Tx } from '@app/messaging';
import { Lever, ServiceTokenMinter, Trace, Vital, type Reading, type Step } from '@app/operator';
import { eventually, tinyApp, type TinyApp } from '@app/testing';

const pulled: object[] = [];

@Vital()
class DoorVitals {
  vitals(): Promise<Reading[]> {
    return Promise.resolve([{ code: 'doors-open', value: 3, level: 'green' }]);
  }
}

@Lever()
class DoorLever implements Lever<{ open: boolean }> {
  readonly code = 'door';
  readonly roles: readonly StaffRole[] = ['operator'];
  readonly schema = z.strictObject({ open: z.boolean() });
  pull(args: { open: boolean }, _by: { memberId: string }, _tx: Tx): Promise<void> {
    if (!args.open) throw new DomainError('conflict');
    pulled.push(args);
    return Promise.resolve();
  }
}

@Trace()
class DoorTrace {
  follow(of: { reference?: string }): Promise<Step[]> {
    return Promise.resolve(of.reference ? [{ at: new Date(0), code: 'door-seen' }] : []);
  }
}

describe('the operator port', () => {
  let tiny: TinyApp;
  let minter: ServiceTokenMinter;
  beforeAll(async () => {
    tiny = await tinyApp({ providers: [DoorVitals, DoorLever, DoorTrace], eventLog: new MemoryEventLog() });
    const file = join(tiny.environment['SECRETS_DIR']!, 'operations.jwk');
    minter = await ServiceTokenMinter.with(JSON.parse(readFileSync(file, 'utf8')));
  }, 30_000);
  afterAll(() => tiny.stop());

  const staffToken = async (roles: readonly StaffRole[], member = 1): Promise<string> =>
    (await tiny.signIn(roles, member)).cookie.split('=').slice(1).join('=');

  const send = async (token: string | null, staff: string | null, method: string, path: string, body?: unknown) => {
    const response = await fetch(tiny.running.adminUrl + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(staff ? { 'muster-staff': staff } : {}),
      },
    });
    return { status: response.status, body: JSON.parse(await response.text()) };
  };
  const call = async (roles: readonly StaffRole[], method: string, path: string, body?: unknown) => {
    const staff = await staffToken(roles);
    const token = await minter.mint('coordination', { method, path: path.split('?')[0]!, body, staffToken: staff });
    return send(token, staff, method, path, body);
  };

  test('shows what the app declares, its journal, consumers, letters and what it leans on', async () => {
    const { status, body } = await call(['operator'], 'GET', '/operator/overview');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      app: 'coordination',
      journal: { unsent: 0 },
      letters: { parked: 0 },
      vitals: [{ code: 'doors-open', value: 3 }],
      levers: ['door', 'provider-circuit'],
      dependencies: { postgres: 'up', kafka: 'up' },
    });
    const trace = await call(['auditor'], 'GET', '/operator/traces?reference=MU-7K4D-93TQ-X');
    expect(trace.body.steps).toEqual([{ at: '1970-01-01T00:00:00.000Z', code: 'door-seen' }]);
  });

  test('a lever is pulled and audited together; what it refuses leaves no trace of an effect', async () => {
    expect((await call(['operator'], 'POST', '/operator/levers/door', { open: true })).status).toBe(200);
    expect(pulled).toEqual([{ open: true }]);
    expect((await call(['operator'], 'POST', '/operator/levers/door', { open: false })).status).toBe(409);
    expect((await call(['operator'], 'POST', '/operator/levers/door', { open: 7 })).body.invalidParams[0].pointer).toBe(
      '/open',
    );
    const acts = await tiny.sql('select act, outcome, arguments from coordination.operator_audit order by at');
    expect(acts).toEqual([{ act: 'lever:door', outcome: 'done', arguments: { open: true } }]);
  });

  test('the duty officer is refused, and that is kept', async () => {
    const before = pulled.length;
    expect((await call(['duty-officer'], 'POST', '/operator/levers/door', { open: true })).body.type).toBe(
      '/problems/role-missing',
    );
    expect((await call(['duty-officer'], 'GET', '/operator/overview')).status).toBe(403);
    expect(pulled.length).toBe(before);
    const [last] = await tiny.sql(
      'select outcome, reason_code from coordination.operator_audit order by at desc limit 1',
    );
    expect(last).toEqual({ outcome: 'refused', reason_code: 'role-missing' });
  });

  test('a call is refused without its person, for another app, act, body or person, and the second time', async () => {
    const path = '/operator/levers/door';
    const body = { open: true };
    const staff = await staffToken(['operator']);
    const bound = { method: 'POST', path, body, staffToken: staff };
    const good = await minter.mint('coordination', bound);
    const other = await ServiceTokenMinter.with(
      (await crypto.subtle.exportKey(
        'jwk',
        (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])).privateKey,
      )) as never,
    );
    const before = pulled.length;
    const refused = [
      await send(null, staff, 'POST', path, body),
      await send(good, null, 'POST', path, body),
      await send(good, 'nobody', 'POST', path, body),
      await send(await minter.mint('intake', bound), staff, 'POST', path, body),
      await send(await minter.mint('coordination', { ...bound, method: 'GET' }), staff, 'POST', path, body),
      await send(await minter.mint('coordination', { ...bound, body: { open: false } }), staff, 'POST', path, body),
      await send(await minter.mint('coordination', bound), await staffToken(['operator'], 2), 'POST', path, body),
      await send(await other.mint('coordination', bound), staff, 'POST', path, body),
    ];
    expect(refused.map(({ status }) => status)).toEqual(Array(8).fill(401));
    expect(pulled.length).toBe(before);
    expect((await send(good, staff, 'POST', path, body)).status).toBe(200);
    expect((await send(good, staff, 'POST', path, body)).status).toBe(401);
    expect(pulled.length).toBe(before + 1);
  });

  test('what another forum holds or did is not there, and what names a forum that nobody belongs to is', async () => {
    const theirs = '01990000-0000-7000-8000-00000000000f';
    tiny.list.members.push({ ...tiny.list.members[2]!, subject: 'neighbour', memberId: uuidv7(), forumId: theirs });
    const park = async (forumId: string | null): Promise<string> => {
      const [letter] = await tiny.sql(
        `insert into coordination.dead_letter (consumer, event_id, type, topic, partition, log_offset, key, forum_id, headers,
           state, reason, first_error, last_error)
         values ('coordination.planted', uuidv7(), null, 'intake.application', 0, 0, 'k', $1, '{}', 'parked', 'x', 'x', 'x')
         returning id`,
        [forumId],
      );
      return letter.id as string;
    };
    const [foreign, nobodys, unreadable] = [await park(theirs), await park(uuidv7()), await park(null)];
    await tiny.sql(
      `insert into coordination.operator_audit (at, member_id, forum_id, act, subject, arguments, outcome)
       values (now(), uuidv7(), $1, 'lever:theirs', null, '{}', 'done')`,
      [theirs],
    );
    const listed = async (): Promise<string[]> =>
      (await call(['operator'], 'GET', '/operator/letters')).body.items.map(({ id }: { id: string }) => id);
    await eventually('the apps know of the other forum', async () => !(await listed()).includes(foreign), 15_000);
    expect(await listed()).toEqual([unreadable, nobodys]);
    const reason = { reason: 'because I can' };
    for (const [method, path, body] of [
      ['GET', `/operator/letters/${foreign}`, undefined],
      ['POST', `/operator/letters/${foreign}/replay`, {}],
      ['POST', `/operator/letters/${foreign}/edit`, { data: {}, ...reason }],
      ['POST', `/operator/letters/${foreign}/discard`, reason],
    ] as const)
      expect([path, (await call(['operator', 'approver'], method, path, body)).status]).toEqual([path, 404]);
    const acts = (await call(['auditor'], 'GET', '/operator/audit')).body.items.map(({ act }: { act: string }) => act);
    expect(acts.length).toBeGreaterThan(0);
    expect(acts).not.toContain('lever:theirs');
  }, 30_000);

  test('the audit can be added to, and neither changed nor deleted, by the app itself', async () => {
    const url = readFileSync(join(tiny.environment['SECRETS_DIR']!, 'database-url'), 'utf8');
    await expect(tiny.sqlAs(url, 'update coordination.operator_audit set outcome = $1', ['refused'])).rejects.toThrow(
      /permission denied/,
    );
    await expect(tiny.sqlAs(url, 'delete from coordination.operator_audit')).rejects.toThrow(/permission denied/);
  });
});
