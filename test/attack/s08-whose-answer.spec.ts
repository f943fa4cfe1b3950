import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { Client } from 'pg';
import { Client as Loader, type Reply } from '../../tools/surge/client.js';
import { apply, call, form, origin, partnerKey } from '../e2e/people.js';
import { crowd, settings, sql, stack, staff } from './stack.js';

jest.setTimeout(600_000);

const PEOPLE = crowd(5_000, 400);
const letters = (): string => [...randomBytes(10)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
/** What passes a careless check and breaks a statement, among what is plainly wrong. */
const POISON: readonly Record<string, unknown>[] = [
  { support: 'nul \u0000 byte' },
  { support: '\ud800 half a pair' },
  { roles: ['no-such-role'] },
  { availability: { from: '2026-13-45', slots: ['weekday-morning'], maxDistanceKm: 5 } },
  { availability: { from: '2026-11-22', slots: ['weekday-morning'], maxDistanceKm: 1e308 } },
  { postcode: 'ZZ99 9ZZ' },
  { ageBand: { $ne: null } },
];
const isPoisoned = (n: number): boolean => n % 50 === 7;

describe("S8 One person's answer reaches another", () => {
  test('many at once, one in fifty poisoned: each answer is of its own input', async () => {
    const people = Array.from({ length: PEOPLE }, (_, n) => ({
      ...form({ familyName: `Own${letters()}`, email: `own.${n}.${randomBytes(5).toString('hex')}@example.org` }),
      ...(isPoisoned(n) ? POISON[Math.floor(n / 50) % POISON.length] : {}),
    })) as Record<string, any>[];
    const client = new Loader(origin, 256, 120_000);
    const send = async (person: object, key: string): Promise<Reply> => {
      for (;;) {
        const headers = { authorization: `Bearer ${partnerKey}`, 'idempotency-key': key };
        const reply = await client.post('/v1/applications', headers, JSON.stringify(person));
        if (reply.status !== 429 && reply.status !== 503) return reply;
        await new Promise((later) => void setTimeout(later, 300));
      }
    };
    const replies = await Promise.all(people.map((person) => send(person, randomUUID())));
    client.close();
    const wrong = replies.flatMap(({ status }, n) =>
      (isPoisoned(n) ? [400, 422] : [202]).includes(status) ? [] : [[n, status]],
    );
    expect(wrong).toEqual([]);
    const receipts = replies.flatMap((reply, n) => (isPoisoned(n) ? [] : [{ n, ...JSON.parse(reply.body) }]));
    for (const name of ['id', 'reference', 'statusUrl'])
      expect(new Set(receipts.map((receipt) => receipt[name])).size).toBe(receipts.length);
    // Every link is opened, and must hold what its own sender wrote.
    const foreign: unknown[] = [];
    const queue = [...receipts];
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let receipt = queue.pop(); receipt; receipt = queue.pop()) {
          const answer = await fetch(`${receipt.statusUrl}/data`);
          const held = ((await answer.json()) as any).application;
          const { email, familyName } = people[receipt.n]!;
          if (held?.id !== receipt.id || held.email !== email || held.familyName !== familyName)
            foreign.push([receipt.n, answer.status, held?.id]);
        }
      }),
    );
    expect(foreign).toEqual([]);
  });

  test('equal keys of different callers, at the same moment, are different applications', async () => {
    const key = randomUUID();
    const bodies = [form(), form(), form()];
    const headers = [{}, { authorization: '' }, await staff('calls@demo.example')];
    const answers = await Promise.all(
      bodies.map((body, n) =>
        n === 0
          ? apply(body, { 'idempotency-key': key })
          : call('POST', '/v1/applications', body, { 'idempotency-key': key, ...(n === 2 ? headers[n] : {}) }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(answers.map(({ headers: it }) => it.get('idempotency-replayed'))).toEqual([null, null, null]);
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(3);
    const own = await call('GET', `${answers[0]!.body.statusUrl}/data`);
    expect(own.body.application.familyName).toBe(bodies[0]!['familyName']);
  });

  test('equal keys of one caller with other words, at the same moment, never answer for each other', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 12 }, () => apply(form(), { 'idempotency-key': key })));
    const accepted = answers.filter(({ status }) => status === 202);
    expect(accepted).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(11);
    for (const { body } of answers.filter(({ status }) => status === 422))
      expect(JSON.stringify(body)).not.toContain(accepted[0]!.body.reference);
  });

  test('ids of others are not there: an offer, a task, a check, a need, a message, a letter', async () => {
    const [mine, theirs] = await Promise.all([apply(form()), apply(form({ roles: ['sandbags'] }))]);
    const self = new URL(mine.body.statusUrl as string).pathname;
    for (const id of [theirs.body.id, randomUUID()]) {
      expect((await call('GET', `${self}/offers/${id}`)).status).toBe(404);
      expect([404, 409, 410]).toContain((await call('POST', `${self}/offers/${id}/accept`, {})).status);
    }
    const people = await Promise.all(
      ['duty', 'vetting', 'operator', 'auditor'].map((it) => staff(`${it}@demo.example`)),
    );
    const [duty, vetting, operator, auditor] = people as [any, any, any, any];
    for (const [path, by] of [
      [`/v1/plans/${randomUUID()}`, duty],
      [`/v1/activations/${randomUUID()}`, duty],
      [`/v1/needs/${randomUUID()}`, duty],
      [`/v1/checks/${randomUUID()}`, vetting],
      [`/v1/applications/${randomUUID()}`, auditor],
      [`/v1/ops/dead-letters/${randomUUID()}`, operator],
      ['/v1/ops/applications/MU-0000-0000-0', operator],
    ])
      expect([path, (await call('GET', path, undefined, by)).status]).toEqual([path, 404]);
  });

  test('rows of another forum are not there for anybody of this one', async () => {
    const { body } = await apply(form());
    const auditor = await staff('auditor@demo.example');
    expect((await call('GET', `/v1/applications/${body.id}`, undefined, auditor)).status).toBe(200);
    // The same row, now another controller's.
    await sql('update intake.application set forum_id = $2 where id = $1', [body.id, randomUUID()]).catch(() => {});
    const [row] = await sql<{ own: boolean }>(
      `select forum_id = (select forum_id from intake.activation where id = a.activation_id) as own
         from intake.application a where id = $1`,
      [body.id],
    );
    // Either the keys of the tables refuse such a row at all, or nobody here sees it.
    if (!row!.own) {
      for (const email of ['auditor', 'coordinator.oldham', 'operator'])
        expect(
          (await call('GET', `/v1/applications/${body.id}`, undefined, await staff(`${email}@demo.example`))).status,
        ).toBe(404);
    } else expect(row!.own).toBe(true);
  });

  test('who names another forum sees none of its rows in any app, by rule of the database', async () => {
    const tables = await sql<{ schema: string; at: string }>(
      `select n.nspname as schema, format('%I.%I', n.nspname, c.relname) as at
         from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where c.relkind in ('r', 'p') and c.relrowsecurity and has_table_privilege(n.nspname, c.oid, 'select')
          and n.nspname = any ($1)`,
      [['intake', 'vetting', 'matching', 'notification', 'coordination']],
    );
    const names = tables.map(({ at }) => at);
    for (const at of [
      'intake.application',
      'vetting.checks',
      'vetting.case_file',
      'matching.offer',
      'notification.message',
    ])
      expect(names).toContain(at);
    const open: string[] = [];
    for (const { schema, at } of tables) {
      const url = new URL(stack().postgres.url);
      Object.assign(url, { username: schema, password: settings.postgres[schema]! });
      const database = new Client({ connectionString: url.href, options: `-c muster.forum=${randomUUID()}` });
      await database.connect();
      const { rows } = await database.query(`select 1 from ${at} limit 1`);
      await database.end();
      if (rows.length > 0) open.push(at);
    }
    expect(open).toEqual([]);
  });

  test('coordination, which holds the most, sees nothing at all before it names a forum', async () => {
    for (const table of ['activation', 'need', 'plan', 'member', 'partner_key', 'decision_log', 'organisation'])
      expect([table, await sql(`select 1 from coordination.${table} limit 1`, [], 'coordination')]).toEqual([
        table,
        [],
      ]);
  });
});
