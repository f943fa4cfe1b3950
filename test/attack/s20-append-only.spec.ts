import { randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { PLAN } from '../../deploy/local/demo/plan.js';
import { call } from '../e2e/people.js';
import { sql, staff } from './stack.js';

jest.setTimeout(120_000);

const APPS = ['intake', 'vetting', 'matching', 'notification', 'coordination', 'operations'];
/** What may be added to and never rewritten, written down by hand: who saw, who decided, what became of a promise, what was said. */
const EVERYWHERE = ['journal', 'operator_audit', 'letter_act'];
const OWN: Readonly<Record<string, readonly string[]>> = {
  intake: ['disclosure', 'timeline', 'promise_outcome'],
  vetting: ['disclosure', 'determination'],
  coordination: ['audit', 'disclosure', 'decision_log', 'promise_outcome', 'plan_version', 'role_template'],
};

describe('S20 An app rewrites the audit; content changes between view and approval', () => {
  const denied = async (text: string, as: string): Promise<string> =>
    sql(text, [], as).then(
      () => 'done',
      (error: { code?: string }) => error.code ?? 'unknown',
    );
  const DENIED = '42501';

  test.each(APPS)('%s may add to what is append-only, and neither change, delete nor empty it', async (app) => {
    const there = (
      await sql<{ name: string }>('select tablename as name from pg_tables where schemaname = $1', [app])
    ).map(({ name }) => name);
    const tables = [...EVERYWHERE, ...(OWN[app] ?? [])].filter((name) => app !== 'operations' || there.includes(name));
    const wrong: string[] = [];
    for (const table of tables) {
      const [column] = await sql<{ name: string }>(
        "select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attidentity = '' order by attnum limit 1",
        [`${app}.${table}`],
      );
      for (const text of [
        `update ${app}.${table} set ${column!.name} = ${column!.name}`,
        `delete from ${app}.${table}`,
        `truncate ${app}.${table}`,
        `select 1 from ${app}.${table} for update`,
        `alter table ${app}.${table} add column planted text`,
        `alter table ${app}.${table} disable trigger all`,
        `alter table ${app}.${table} disable row level security`,
        `create trigger planted before insert on ${app}.${table} for each row execute function suppress_redundant_updates_trigger()`,
        `create rule planted as on insert to ${app}.${table} do instead nothing`,
        `drop table ${app}.${table}`,
        `insert into ${app}.${table} overriding system value select * from ${app}.${table} limit 1 on conflict do update set ${column!.name} = excluded.${column!.name}`,
      ]) {
        const seen = await denied(text, app);
        // A clause that does not fit this table is no success either; what counts is that nothing was done.
        if (seen === 'done') wrong.push(`${app}: ${text}`);
        if (/^(update|delete|truncate|drop|alter)/.test(text) && seen !== DENIED) wrong.push(`${seen}: ${text}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(tables.length).toBeGreaterThanOrEqual(app === 'operations' ? 0 : 3);
  });

  test('no app owns a table, a function or a schema, nor may it become somebody who does', async () => {
    const owned = await sql<{ it: string }>(
      `select n.nspname || '.' || c.relname as it from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where pg_get_userbyid(c.relowner) = any($1)
       union all select n.nspname || '.' || p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where pg_get_userbyid(p.proowner) = any($1)
       union all select nspname from pg_namespace where pg_get_userbyid(nspowner) = any($1)`,
      [APPS],
    );
    expect(owned).toEqual([]);
    const [owner] = await sql<{ it: string }>(
      "select pg_get_userbyid(relowner) as it from pg_class where oid = 'intake.application'::regclass",
    );
    for (const app of APPS) {
      expect([app, await denied(`set role ${owner!.it}`, app)]).toEqual([app, DENIED]);
      expect([app, await denied('create role planted superuser', app)]).toEqual([app, DENIED]);
      expect([app, await denied(`create table ${app}.planted (it int)`, app)]).toEqual([app, DENIED]);
      expect([app, await denied('set session_replication_role = replica', app)]).toEqual([app, DENIED]);
    }
    const rights = await sql(
      'select rolname from pg_roles where rolname = any($1) and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication)',
      [APPS],
    );
    expect(rights).toEqual([]);
  });

  test('an app cannot read or write what is another’s', async () => {
    for (const app of APPS)
      for (const other of APPS.filter((one) => one !== app)) {
        const [table] = await sql<{ name: string }>(
          'select tablename as name from pg_tables where schemaname = $1 order by 1 limit 1',
          [other],
        );
        if (table)
          expect([app, other, await denied(`select * from ${other}.${table.name} limit 1`, app)]).toEqual([
            app,
            other,
            DENIED,
          ]);
      }
  });

  test('only what is old may leave the journal, and only by the function of the sweeper', async () => {
    const [newest] = await sql<{ seq: string }>('select max(seq) as seq from intake.journal');
    expect(await denied("select intake.trim_journal(interval '23 hours', 1000)", 'intake')).toBe('22023');
    await sql("select intake.trim_journal(interval '1 day', 1000)", [], 'intake');
    const [after] = await sql<{ seq: string }>('select max(seq) as seq from intake.journal');
    expect(after!.seq).toBe(newest!.seq);
    expect(await denied("select intake.trim_journal(interval '1 day', 10)", 'vetting')).toBe(DENIED);
  });

  test('what the journal says of somebody who was not erased cannot be taken out of it', async () => {
    for (const app of ['vetting', 'matching', 'notification']) {
      const [row] = await sql<{ seq: string; key: string }>(
        `select seq, key from ${app}.journal where data <> '{}' order by seq desc limit 1`,
      );
      if (!row) continue;
      await sql(`select ${app}.scrub_journal(array[$1], array[]::text[])`, [row.key], app);
      const [after] = await sql<{ data: string }>(`select data from ${app}.journal where seq = $1`, [row.seq]);
      expect([app, after!.data === '{}']).toEqual([app, false]);
    }
  });

  test('the database itself refuses an approval by whoever asked', async () => {
    const [forum] = await sql<{ id: string }>('select forum_id as id from coordination.activation limit 1');
    // Outside of its forum the app would find no row at all.
    const refused = (text: string): Promise<string> =>
      denied(`set muster.forum = '${forum!.id}'; ${text}`, 'coordination');
    expect(
      await refused(
        `update coordination.activation set approved_by = requested_by, approved_at = now(), approved_version = version
          where id = (select id from coordination.activation where approved_by is not null limit 1)`,
      ),
    ).toBe('23514');
    expect(
      await refused(
        `update coordination.plan set approver_id = author_id where id = (select id from coordination.plan where approver_id is not null limit 1)`,
      ),
    ).toBe('23514');
  });

  test('a plan that was edited after it was read is not approved: 412; without a version: 428', async () => {
    const [duty, approver] = [await staff('duty@demo.example'), await staff('approver@demo.example')];
    const plan = { ...PLAN, title: 'Floods, once more' };
    const made = await call('POST', '/v1/plans', plan, { 'idempotency-key': randomUUID(), ...duty });
    expect([made.status, made.body.invalidParams]).toEqual([201, undefined]);
    const { id } = made.body;
    expect((await call('POST', `/v1/plans/${id}/submit`, {}, duty)).status).toBe(200);
    const seen = await call('GET', `/v1/plans/${id}`, undefined, approver);
    const etag = seen.headers.get('etag')!;
    const edited = await call(
      'PATCH',
      `/v1/plans/${id}`,
      { title: 'Not what you read' },
      { 'if-match': etag, ...duty },
    );
    expect(edited.status).toBe(200);
    expect((await call('POST', `/v1/plans/${id}/submit`, {}, duty)).status).toBe(200);
    const approve = (headers: Record<string, string>) =>
      call('POST', `/v1/plans/${id}/approve`, {}, { ...approver, ...headers });
    expect((await approve({ 'if-match': etag })).status).toBe(412);
    expect((await approve({})).status).toBe(428);
    const own = await call('POST', `/v1/plans/${id}/approve`, {}, { ...duty, 'if-match': edited.headers.get('etag')! });
    expect([own.status, own.body.type]).toEqual([403, '/problems/second-person-needed']);
    expect((await approve({ 'if-match': edited.headers.get('etag')! })).status).toBe(200);
  });

  test('an activation is approved by somebody else than asked for it, whatever is tried', async () => {
    const [duty, approver] = [await staff('duty@demo.example'), await staff('approver@demo.example')];
    const list = await call('GET', '/v1/plans', undefined, duty);
    const asked = await call(
      'POST',
      '/v1/activations',
      {
        planId: list.body.items.find((one: any) => one.title === PLAN.title).id,
        slug: `alone-${Date.now().toString(36)}`,
        kind: 'test',
        title: 'By one person',
        methane: { majorIncident: 'no', exactLocation: 'Here', typeOfIncident: 'A test' },
      },
      { 'idempotency-key': randomUUID(), ...duty },
    );
    expect(asked.status).toBe(201);
    const { id } = asked.body;
    const alone = await call('POST', `/v1/activations/${id}/approve`, {}, duty);
    expect([alone.status, alone.body.type]).toEqual([403, '/problems/second-person-needed']);
    for (const to of ['active', 'surge']) {
      const moved = await call('POST', `/v1/activations/${id}/transitions`, { to, reason: 'alone' }, duty);
      expect([to, moved.status >= 400]).toEqual([to, true]);
    }
    const stale = await call('POST', `/v1/activations/${id}/approve`, {}, { 'if-match': '"99"', ...approver });
    expect(stale.status).toBe(412);
    expect((await call('POST', `/v1/activations/${id}/approve`, {}, { 'if-match': '"1"', ...approver })).status).toBe(
      200,
    );
  });
});
