import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { NeedCancelled } from '@app/contracts';
import { routesOf, StaffRole } from '@app/access';
import { DomainError } from '@app/database';
import { Handles, MemoryEventLog, uuidv7, type Batch, type BatchHandler, type Tx } from '@app/messaging';
import { Vital, type Reading } from '@app/operator';
import { arrivedFrom, eventually, received, tinyApp, type TinyApp } from '@app/testing';
import { ApplicationsController } from './applications/applications.http.js';
import { AuditController } from './audit/audit.http.js';
import { LetterPagesController } from './letters/letter-pages.http.js';
import { LettersController } from './letters/letters.http.js';
import { LeversController } from './levers/levers.http.js';
import { operations } from './operations.config.js';
import { OverviewController } from './overview/overview.http.js';
import { QueueBoardController } from './queues/queue-board.http.js';
import { RunbooksController } from './runbooks/runbooks.http.js';

let mended = false;
let overdue = 0;
const taken: string[] = [];

@Handles([NeedCancelled], 'coordination.follow-needs', { from: 'now' })
class FollowNeeds implements BatchHandler {
  handle(events: Batch<typeof NeedCancelled>, _tx: Tx): Promise<void> {
    if (!mended) throw new DomainError('no-such-need');
    taken.push(...events.map((event) => event.key));
    return Promise.resolve();
  }
}

@Vital()
class PromiseVitals {
  vitals(): Promise<Reading[]> {
    return Promise.resolve([
      { code: 'promises-open', value: 12, level: 'green' },
      { code: 'promises-overdue', value: overdue, level: overdue > 0 ? 'red' : 'green' },
      { code: 'accepted-per-second', value: 4.25, level: 'green' },
      { code: 'intake-mode', value: 'capped', level: 'green' },
    ]);
  }
}

const controllers = [
  OverviewController,
  LettersController,
  LetterPagesController,
  LeversController,
  ApplicationsController,
  AuditController,
  RunbooksController,
  QueueBoardController,
];

describe('operations', () => {
  let other: TinyApp;
  let board: TinyApp;
  beforeAll(async () => {
    other = await tinyApp({ providers: [FollowNeeds, PromiseVitals], eventLog: new MemoryEventLog() });
    board = await tinyApp({
      app: operations,
      beside: other,
      eventLog: new MemoryEventLog(),
      environment: { OPERATOR_URLS: `coordination=${other.running.adminUrl}` },
    });
  }, 60_000);
  afterAll(async () => {
    await board.stop();
    await other.stop();
  });

  type Signed = { cookie: string; csrf: string };
  const ask = async (
    who: Signed | null,
    path: string,
    o: { json?: unknown; form?: Record<string, string>; html?: boolean; method?: string } = {},
  ) => {
    const response = await fetch(board.running.url + path, {
      method: o.method ?? (o.json !== undefined || o.form ? 'POST' : 'GET'),
      redirect: 'manual',
      headers: {
        accept: o.html || o.form ? 'text/html' : 'application/json',
        ...(who ? { cookie: who.cookie, 'x-csrf-token': who.csrf } : {}),
        ...(o.json === undefined ? {} : { 'content-type': 'application/json' }),
        ...(o.form ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(o.json === undefined ? {} : { body: JSON.stringify(o.json) }),
      ...(o.form ? { body: new URLSearchParams({ csrf: who?.csrf ?? '', ...o.form }).toString() } : {}),
    });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null;
    return { status: response.status, headers: response.headers, text, body: json };
  };

  const park = async (type?: string): Promise<string> => {
    const needId = uuidv7();
    const data = { ...example(), needId };
    const arrived = arrivedFrom(received(NeedCancelled, data as never), 0, 1);
    const [row] = await other.sql(
      `insert into coordination.dead_letter (consumer, event_id, type, topic, partition, log_offset, key, forum_id, headers, body, state, reason, first_error, last_error)
       values ('coordination.follow-needs', $1, $2, $3, 0, 1, $4, $5, $6, $7, 'parked', 'handler-failed', 'no-such-need', 'no-such-need') returning id`,
      [
        arrived.headers['ce_id'],
        type ?? NeedCancelled.type,
        arrived.topic,
        arrived.key,
        data.forumId,
        JSON.stringify(arrived.headers),
        arrived.value,
      ],
    );
    return row.id as string;
  };

  test('the overview has the shape that scripts hold on to, and says why it is not green', async () => {
    const operator = await board.signIn(['operator']);
    const verdict = async (wanted: string): Promise<any> => {
      let answer = await ask(operator, '/v1/ops/overview');
      await eventually(`the board is ${wanted}`, async () => {
        answer = await ask(operator, '/v1/ops/overview');
        return answer.body.verdict === wanted;
      });
      expect(answer.status).toBe(200);
      return answer.body;
    };
    overdue = 2;
    const body = await verdict('red');
    expect(body).toMatchObject({
      intake: { acceptedPerSecond: 4.3, mode: 'capped' },
      journals: [{ app: 'coordination', unsent: 0 }],
      consumers: expect.any(Array),
      queues: [],
      deadLetters: { open: 0 },
      promises: { open: 12, dueWithin24h: 0, overdue: 2 },
      providers: [],
      verdict: 'red',
      why: ['2 promises to people are overdue.'],
    });
    expect(body.dependencies).toEqual([
      { name: 'kafka', state: 'up' },
      { name: 'postgres', state: 'up' },
      { name: 'coordination', state: 'up' },
    ]);
    overdue = 0;
    expect(await verdict('green')).toMatchObject({ why: [] });
  });

  test('a parked event is seen, replayed when its cause is mended, and then gone from the list', async () => {
    const operator = await board.signIn(['operator']);
    const id = await park();
    const list = await ask(operator, '/v1/ops/dead-letters');
    expect(list.body.items).toEqual([
      expect.objectContaining({ id, app: 'coordination', reasonCode: 'handler-failed' }),
    ]);
    expect((await ask(operator, `/v1/ops/dead-letters/${id}`)).body).toMatchObject({
      id,
      protected: false,
      data: { reason: example().reason },
    });
    mended = false;
    expect((await ask(operator, `/v1/ops/dead-letters/${id}/replay`, { json: {} })).body).toEqual({
      outcome: 'still-failing',
      reasonCode: expect.any(String),
    });
    mended = true;
    expect((await ask(operator, `/v1/ops/dead-letters/${id}/replay`, { json: {} })).body).toEqual({
      outcome: 'replayed',
      letters: 1,
    });
    expect(taken.length).toBe(1);
    expect((await ask(operator, '/v1/ops/dead-letters')).body.items).toEqual([]);
    expect((await ask(operator, `/v1/ops/dead-letters/${uuidv7()}`)).status).toBe(404);
  });

  test('many are replayed at once', async () => {
    const operator = await board.signIn(['operator']);
    mended = true;
    for (let n = 0; n < 3; n += 1) await park();
    const { body } = await ask(operator, '/v1/ops/dead-letters/replay', { json: { reasonCode: 'handler-failed' } });
    expect(body).toEqual({ replayed: 3, failing: 0, away: [] });
  });

  test('an event is edited in its data only, and discarded with a reason', async () => {
    const operator = await board.signIn(['operator']);
    const id = await park();
    const { data } = (await ask(operator, `/v1/ops/dead-letters/${id}`)).body;
    const edit = (changed: object) =>
      ask(operator, `/v1/ops/dead-letters/${id}/edit`, { json: { data: changed, reason: 'wrong reason code' } });
    expect((await edit({ ...data, needId: uuidv7() })).body.type).toBe('/problems/letter-immutable');
    expect((await edit({ ...data, reason: 7 })).status).toBe(422);
    expect((await edit({ ...data, reason: 'other-reason' })).body).toEqual({ outcome: 'edited' });
    expect(
      (await ask(operator, `/v1/ops/dead-letters/${id}/discard`, { json: {} })).body.invalidParams[0],
    ).toMatchObject({ pointer: '/reason' });
    const open = await park();
    expect(
      (await ask(operator, `/v1/ops/dead-letters/${open}/discard`, { json: { reason: 'the need never was' } })).body,
    ).toEqual({ outcome: 'discarded' });
  });

  test('what decides something for a person is not edited, and discarded only by a second person of the owning role', async () => {
    const operator = await board.signIn(['operator']);
    const id = await park('vetting.application-cleared.v1');
    const data = (await ask(operator, `/v1/ops/dead-letters/${id}`)).body.data;
    const edit = await ask(operator, `/v1/ops/dead-letters/${id}/edit`, { json: { data, reason: 'let us see' } });
    expect([edit.status, edit.body.type]).toEqual([403, '/problems/letter-immutable']);
    const [act] = await other.sql('select act, outcome from coordination.letter_act where letter_id = $1', [id]);
    expect(act).toEqual({ act: 'edit', outcome: 'protected-type' });
    const discard = (who: Signed) =>
      ask(who, `/v1/ops/dead-letters/${id}/discard`, { json: { reason: 'decided anew' } });
    expect((await discard(operator)).body).toEqual({ outcome: 'second-person-needed', role: 'vetting-officer' });
    expect((await discard(operator)).status).toBe(403);
    expect((await discard(await board.signIn(['vetting-officer'], 1))).body.type).toBe(
      '/problems/second-person-needed',
    );
    expect((await discard(await board.signIn(['approver'], 2))).status).toBe(403);
    expect((await discard(await board.signIn(['vetting-officer'], 2))).body).toEqual({ outcome: 'discarded' });
  });

  test('every page is there in both languages, and its forms work without a script', async () => {
    const operator = await board.signIn(['operator']);
    const id = await park();
    const paths = [
      '/ops',
      '/ops?refresh=on',
      '/ops/waiting',
      '/ops/journals',
      '/ops/dead-letters',
      `/ops/dead-letters/${id}`,
      `/ops/dead-letters/${id}/replay`,
      `/ops/dead-letters/${id}/discard`,
      `/ops/dead-letters/${id}/edit`,
      '/ops/dead-letters/replay',
      '/ops/applications',
      '/ops/applications?reference=nonsense',
      '/ops/intake-mode',
      '/ops/audit',
      '/ops/runbooks',
      '/ops/runbooks/dead-letters',
    ];
    for (const path of paths) {
      for (const language of ['en', 'cy']) {
        const page = await ask(operator, `${path}${path.includes('?') ? '&' : '?'}lang=${language}`, { html: true });
        expect([path, page.status]).toEqual([path, 200]);
        expect(page.text).toContain(`<html lang="${language}"`);
        expect(page.text).not.toMatch(/undefined|\[object Object\]|NaN/);
      }
    }
    const empty = await ask(operator, `/ops/dead-letters/${id}/discard`, { form: { reason: ' ' } });
    expect(empty.status).toBe(422);
    expect(empty.text).toContain('govuk-error-summary');
    const gone = await ask(operator, `/ops/dead-letters/${id}/discard`, { form: { reason: 'nobody waits' } });
    expect([gone.status, gone.headers.get('location')]).toEqual([303, `/ops/dead-letters/${id}?done=discarded`]);
    const without = await ask({ ...operator, csrf: '' }, `/ops/dead-letters/${id}/replay`, { form: {} });
    expect(without.status).toBe(403);
  });

  test('bull-board stands at /ops/queues for those who may look, under the policy of every page', async () => {
    const operator = await board.signIn(['operator']);
    const page = await ask(operator, '/ops/queues', { html: true });
    expect([page.status, page.text.includes('<base href="/ops/queues/">')]).toEqual([200, true]);
    const ours = await ask(operator, '/ops/waiting', { html: true });
    const policy = (of: typeof page) => of.headers.get('content-security-policy');
    expect(policy(page)).toBe(policy(ours)!.replace("base-uri 'none'", "base-uri 'self'"));
    const [, script] = /src="(static\/js\/main[^"]+)"/.exec(page.text)!;
    expect((await ask(operator, `/ops/queues/${script}`)).status).toBe(200);
    expect((await ask(operator, '/ops/queues/api/queues')).body).toEqual({ queues: [] });
    expect((await ask(operator, '/ops/queues/nothing')).status).toBe(404);
    for (const method of ['PUT', 'POST', 'PATCH', 'DELETE'])
      expect((await ask(operator, '/ops/queues/api/queues/pause', { method })).status).toBe(405);
    expect((await ask(await board.signIn(['approver'], 2), '/ops/queues/api/queues')).status).toBe(403);
  });

  test('somebody who is not signed in is sent to sign in, and comes back', async () => {
    const page = await ask(null, '/ops/dead-letters?type=x', { html: true });
    expect([page.status, page.headers.get('location')]).toEqual([
      303,
      '/sign-in?returnTo=%2Fops%2Fdead-letters%3Ftype%3Dx',
    ]);
    expect((await ask(null, '/v1/ops/overview')).status).toBe(401);
  });

  test('each role enters the routes of its rule and no other', async () => {
    for (const role of StaffRole.options) {
      const who = await board.signIn([role]);
      for (const route of routesOf(controllers)) {
        const path = route.path.replace(':id', uuidv7()).replace(/:[a-z]+/, 'unknown');
        const { status, body } = await ask(who, path, {
          method: route.method,
          ...(route.method === 'POST' ? { json: {} } : {}),
        });
        const refused = status === 403 && body?.type === '/problems/role-missing';
        expect([role, route.method, route.path, refused]).toEqual([
          role,
          route.method,
          route.path,
          !route.rule!.staff!.includes(role),
        ]);
      }
    }
  }, 60_000);

  test('an app that does not answer turns the board red within a look, and its letters are not called unknown', async () => {
    const lonely = await tinyApp({
      app: operations,
      beside: other,
      eventLog: new MemoryEventLog(),
      environment: { OPERATOR_URLS: 'vetting=http://127.0.0.1:9' },
    });
    const operator = await lonely.signIn(['operator']);
    const get = (path: string) => fetch(lonely.running.url + path, { headers: { cookie: operator.cookie } });
    const overview = await get('/v1/ops/overview');
    expect(await overview.json()).toMatchObject({ verdict: 'red', why: ['vetting does not answer.'] });
    expect((await get(`/v1/ops/dead-letters/${uuidv7()}`)).status).toBe(503);
    await lonely.stop();
  }, 30_000);
});

function example(): { forumId: string; reason: string } & Record<string, unknown> {
  return {
    forumId: '01990000-0000-7000-8000-000000000001',
    activationId: '01990000-0000-7000-8000-0000000000aa',
    reason: 'met-elsewhere',
    at: '2026-11-22T10:00:00.000Z',
  };
}
