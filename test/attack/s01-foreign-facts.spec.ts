import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { event, kafka, kafkaUser, produce, sql, staff } from './stack.js';

jest.setTimeout(480_000);

const APPS = ['intake', 'vetting', 'matching', 'notification', 'coordination', 'operations'];
const CLEARED = 'vetting.application-cleared.v1';
const [example] = (
  JSON.parse(readFileSync(new URL('../compat/vetting.application-cleared.v1.json', import.meta.url), 'utf8')) as {
    examples: [object];
  }
).examples;

/** Somebody whom only a check could clear, and the clearance that a thief would write for them. */
const uncleared = async () => {
  const { body } = await apply(form({ roles: ['home-visits'] }));
  await eventually(
    () => call('GET', body.statusUrl),
    (seen) => seen.body.state !== 'submitted',
    180_000,
  );
  const [row] = await sql<{ activation_id: string; forum_id: string }>(
    'select activation_id, forum_id from intake.application where id = $1',
    [body.id],
  );
  const clearance = {
    ...example,
    ...{ applicationId: body.id, activationId: row!.activation_id, forumId: row!.forum_id },
    ...{ tier: 'high', roles: ['home-visits'], clearedRoles: ['home-visits'], clearedAt: new Date().toISOString() },
  };
  return { id: body.id as string, statusUrl: body.statusUrl as string, forumId: row!.forum_id, clearance };
};

describe('S1 A compromised app publishes a clearance', () => {
  test('no app can write to a topic of another', async () => {
    const foreign = APPS.flatMap((app) =>
      ['vetting.application', 'coordination.activation']
        .filter((topic) => !topic.startsWith(app))
        .map((topic) => [app, topic] as const),
    );
    for (const refused of await Promise.all(
      foreign.map(([app, topic]) => produce(kafkaUser(app), topic).catch((error: Error) => error.message)),
    ))
      expect(refused).toMatch(/authorized/i);
  });

  test('a stranger, and an app with a wrong password, cannot write at all', async () => {
    await expect(produce(null, 'vetting.application')).rejects.toThrow(/closed|connection/i);
    const guess = { username: 'vetting', password: 'vetting' };
    await expect(produce(guess, 'vetting.application')).rejects.toThrow(/authentication/i);
    await expect(produce({ ...kafkaUser('vetting'), username: 'admin' }, 'vetting.application')).rejects.toThrow(
      /authentication/i,
    );
  });

  test('an app cannot give itself rights, take topics away or move where others stand', async () => {
    const admin = kafka(kafkaUser('matching')).admin();
    await admin.connect();
    try {
      const rule = { principal: 'User:matching', host: '*', permissionType: 3, operation: 4, resourceType: 2 };
      const own = { ...rule, resourceName: 'vetting.', resourcePatternType: 4 };
      await expect(admin.createAcls({ acl: [own] })).rejects.toThrow(/authoriz/i);
      await expect(admin.deleteTopics({ topics: ['vetting.application'] })).rejects.toThrow(/authoriz/i);
      await expect(admin.createTopics({ topics: [{ topic: 'vetting.stolen' }] })).rejects.toMatchObject({
        errors: [{ type: 'TOPIC_AUTHORIZATION_FAILED' }],
      });
      // kafkajs does not say why it finds no coordinator: who may not describe a group is told of none.
      await expect(admin.fetchOffsets({ groupId: 'vetting' })).rejects.toThrow(/authoriz|coordinator/i);
      await expect(admin.deleteGroups(['vetting'])).rejects.toThrow(/authoriz|coordinator/i);
    } finally {
      await admin.disconnect();
    }
    const thief = kafka(kafkaUser('matching')).consumer({ groupId: 'vetting' });
    const crashed = new Promise<Error>((crash) => thief.on(thief.events.CRASH, ({ payload }) => crash(payload.error)));
    await thief.connect();
    await thief.subscribe({ topic: 'intake.application' });
    await thief.run({ eachMessage: () => Promise.resolve() });
    expect((await crashed).message).toMatch(/authoriz|coordinator/i);
    await thief.disconnect();
  });

  test('the role of an app cannot write a clearance into its own journal', async () => {
    const person = randomUUID();
    for (const [type, topic] of [
      [CLEARED, 'vetting.application'],
      [CLEARED, 'matching.application'],
      ['matching.application-cleared.v1', 'vetting.application'],
    ])
      await expect(
        sql(
          `insert into matching.journal (type, topic, key, data, sequence, at, correlation_id, forum_id)
           values ($1, $2, $3, $4, 1, now(), $5, $6)`,
          [type, topic, person, JSON.stringify({ ...example, applicationId: person }), randomUUID(), randomUUID()],
          'matching',
        ),
      ).rejects.toThrow(/own_type|own_topic/);
  });

  test("no app reads or writes another's tables, and none can change its own", async () => {
    const tables = await sql<{ at: string; schema: string }>(
      `select format('%I.%I', n.nspname, c.relname) as at, n.nspname as schema
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and n.nspname = any ($1)`,
      [APPS],
    );
    expect(tables.length).toBeGreaterThan(80);
    const open = await sql(
      `select r as role, t.at from unnest($1::text[]) r, unnest($2::text[], $3::text[]) t (at, schema)
        where r <> t.schema and (has_table_privilege(r, t.at, 'select, insert, update, delete, truncate, trigger')
                                 or has_any_column_privilege(r, t.at, 'select, insert, update'))`,
      [APPS, tables.map((it) => it.at), tables.map((it) => it.schema)],
    );
    expect(open).toEqual([]);
    const owned = await sql(
      `select c.relname, pg_get_userbyid(c.relowner) as owner from pg_class c
        where pg_get_userbyid(c.relowner) = any ($1)
       union all select rolname, 'powers' from pg_roles
        where rolname = any ($1) and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)
       union all select pg_get_userbyid(roleid), 'membership' from pg_auth_members where pg_get_userbyid(member) = any ($1)`,
      [APPS],
    );
    expect(owned).toEqual([]);
    await expect(sql('alter table journal drop constraint own_type', [], 'matching')).rejects.toThrow(/owner/);
    await expect(sql('set role vetting', [], 'matching')).rejects.toThrow(/permission denied/);
  });

  test('a clearance that matching writes on a topic of its own clears nobody, and lies before the operators', async () => {
    const { id, statusUrl, forumId, clearance } = await uncleared();
    const forged: [string, Record<string, string>][] = [
      ['foreign-source', {}],
      ['wrong-topic', { ce_source: '/matching' }],
    ];
    const before = (await call('GET', statusUrl)).body;
    for (const [, headers] of forged)
      await produce(
        kafkaUser('matching'),
        'matching.application',
        event(CLEARED, id, clearance, { ...headers, ce_forumid: forumId }),
      );
    const letters = await eventually(
      () =>
        sql<{ id: string; reason: string }>(
          `select id, reason from intake.dead_letter where key = $1 and state = 'parked' order by seq`,
          [id],
        ),
      (seen) => seen.length === 2,
      180_000,
    );
    expect(letters.map(({ reason }) => reason).sort()).toEqual(forged.map(([reason]) => reason));
    // What came after it on the same topic has been taken: nothing is still on its way.
    const after = (await call('GET', statusUrl)).body;
    expect([after.state, after.pool, after.tasks]).toEqual([before.state, before.pool, before.tasks]);
    expect(await sql('select 1 from matching.member where application_id = $1', [id])).toEqual([]);
    await discard(letters.map((letter) => letter.id));
  });
});

/** Two people of the roles concerned, as S3 asks: the stack is left as it was found. */
async function discard(letters: readonly string[]): Promise<void> {
  for (const id of letters)
    for (const email of ['operator@demo.example', 'vetting@demo.example'])
      await call('POST', `/v1/ops/dead-letters/${id}/discard`, { reason: 'A forgery' }, await staff(email));
}
