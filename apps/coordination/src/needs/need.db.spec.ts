import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { FixedClock } from '@app/calendar';
import { NeedStaffed } from '@app/contracts';
import { received } from '@app/testing';
import {
  activeActivation,
  approvedPlan,
  coordinationApp,
  GREATER,
  type Coordination,
} from '../coordination.fixture.js';
import { FollowStaffing } from './follow-staffing.handler.js';
import { KeepNeeds } from './keep-needs.sweeper.js';
import { NeedRepository } from './need.repository.js';
import { NeedsVitals } from './needs.vitals.js';
import { NeedsWaitingQuery } from './needs-waiting.query.js';

jest.setTimeout(30_000);
let app: Coordination;
let activation: { id: string; slug: string };
const tomorrow = (hours: number): string => new Date(Date.now() + 86_400_000 + hours * 3_600_000).toISOString();

const aNeed = (over: object = {}): Record<string, unknown> => ({
  activation: activation.slug,
  role: 'sandbags',
  title: 'Sandbags at Mrs Planted-Name',
  places: 12,
  postcode: 'OL1 1AA',
  startsAt: tomorrow(0),
  endsAt: tomorrow(4),
  skills: ['lifting'],
  remote: false,
  notes: 'Planted-Note: she is on oxygen',
  ...over,
});
const clear = { safeguarding: 'clear', regulatedActivity: false };

beforeAll(async () => {
  app = await coordinationApp();
  const plan = await approvedPlan(app);
  activation = await activeActivation(app, plan);
}, 120_000);
afterAll(() => app.stop());

const eventsOf = async (needId: string): Promise<any[]> =>
  (await app.database.published()).filter(({ key }) => key === needId);

describe('a need', () => {
  test('reaches matching only when it was verified, without a word that a person typed', async () => {
    const raised = await app.ask('referrer', 'POST', '/v1/needs', aNeed());
    expect(raised.status).toBe(201);
    expect(raised.body).toMatchObject({ state: 'drafted', warnings: [] });
    expect(await eventsOf(raised.body.id)).toEqual([]);

    const verified = await app.ask('duty', 'POST', `/v1/needs/${raised.body.id}/verify`, clear);
    expect(verified.body).toMatchObject({ state: 'open', version: 2 });
    expect(await eventsOf(raised.body.id)).toMatchObject([
      {
        type: 'coordination.need-verified.v1',
        sequence: 2,
        data: {
          activationId: activation.id,
          organisationId: GREATER.oldham,
          organisationName: 'Action Together, Oldham',
          roleCode: 'sandbags',
          places: 12,
          outwardCode: 'OL1',
          district: 'Oldham',
          skills: ['lifting'],
          remote: false,
        },
      },
    ]);
    await app.ask('duty', 'POST', `/v1/needs/${raised.body.id}/verify`, clear);
    expect(await eventsOf(raised.body.id)).toHaveLength(1);
    const everything = JSON.stringify(await app.database.published());
    const rows = JSON.stringify(await app.database.adminSql('select n::text from coordination.need n'));
    for (const planted of ['Planted-Name', 'Planted-Note', '1AA']) {
      expect(everything).not.toContain(planted);
      expect(rows).not.toContain(planted);
    }
  });

  test('shows place and notes to its own hub alone, and writes down that it did', async () => {
    const { body } = await app.ask(
      'oldham',
      'POST',
      '/v1/needs',
      aNeed({ startsAt: tomorrow(24), endsAt: tomorrow(26) }),
    );
    const path = `/v1/needs/${body.id}`;
    expect((await app.ask('oldham', 'GET', path)).body).toMatchObject({
      postcode: 'OL1 1AA',
      notes: 'Planted-Note: she is on oxygen',
    });
    expect((await app.ask('duty', 'GET', path)).body).toMatchObject({
      title: 'Sandbags at Mrs Planted-Name',
      postcode: null,
      notes: null,
    });
    expect((await app.ask('bolton', 'GET', path)).body).toMatchObject({
      title: null,
      postcode: null,
      notes: null,
      district: 'Oldham',
    });
    expect((await app.ask('referrer', 'GET', path)).status).toBe(404);
    expect((await app.ask('vetting', 'GET', path)).status).toBe(403);
    expect((await app.ask('stranger', 'GET', path)).status).toBe(404);
    expect(
      await app.database.adminSql(
        `select m.subject, d.fields from coordination.disclosure d join coordination.member m on m.id = d.member_id where subject_id = $1`,
        [body.id],
      ),
    ).toEqual([{ subject: 'oldham', fields: ['postcode', 'notes'] }]);
    const { body: list } = await app.ask('bolton', 'GET', `/v1/needs?activation=${activation.slug}`);
    expect(list.items.find((one: { id: string }) => one.id === body.id)).toMatchObject({ title: null });
  });

  test('that looks like another one says so, with a link (R19)', async () => {
    const time = { startsAt: tomorrow(48), endsAt: tomorrow(50) };
    const first = await app.ask('oldham', 'POST', '/v1/needs', aNeed(time));
    const second = await app.ask('bolton', 'POST', '/v1/needs', aNeed(time));
    expect(second.status).toBe(201);
    expect(second.body.warnings).toEqual([
      { code: 'looks-alike', needId: first.body.id, href: `/v1/needs/${first.body.id}` },
    ]);
  });

  test('with regulated activity is refused for a role whose people have no DBS check', async () => {
    const { body } = await app.ask(
      'duty',
      'POST',
      '/v1/needs',
      aNeed({ startsAt: tomorrow(70), endsAt: tomorrow(72) }),
    );
    const regulated = { safeguarding: 'measures-in-place', regulatedActivity: true };
    const refused = await app.ask('duty', 'POST', `/v1/needs/${body.id}/verify`, regulated);
    expect(refused.status).toBe(422);
    expect(refused.body.invalidParams).toMatchObject([
      { pointer: '/regulatedActivity', code: 'regulated-activity-needs-dbs' },
    ]);
    const high = await app.ask('duty', 'POST', '/v1/needs', aNeed({ role: 'home-visits' }));
    expect((await app.ask('duty', 'POST', `/v1/needs/${high.body.id}/verify`, regulated)).body.state).toBe('open');
  });

  test('that no rule allows is refused with every reason', async () => {
    const wrong = await app.ask('duty', 'POST', '/v1/needs', aNeed({ role: 'unheard-of', postcode: 'ZZ9 9ZZ' }));
    expect(wrong.body.invalidParams.map(({ pointer, code }: any) => [pointer, code])).toEqual([
      ['/role', 'role-not-in-plan'],
      ['/postcode', 'postcode-unknown'],
    ]);
    const past = await app.ask(
      'duty',
      'POST',
      '/v1/needs',
      aNeed({ startsAt: '2020-01-01T09:00:00Z', endsAt: '2020-01-01T10:00:00Z' }),
    );
    expect(past.body.invalidParams).toMatchObject([{ pointer: '/endsAt', code: 'in-the-past' }]);
    const backwards = await app.ask(
      'duty',
      'POST',
      '/v1/needs',
      aNeed({ startsAt: tomorrow(4), endsAt: tomorrow(0), postcode: null }),
    );
    expect(backwards.body.invalidParams.map(({ code }: any) => code)).toEqual(['ends-before-start', 'required']);
  });

  test('that was verified tells matching when it is cancelled; a draft tells nobody', async () => {
    const draft = await app.ask(
      'duty',
      'POST',
      '/v1/needs',
      aNeed({ role: 'phone-helper', remote: true, postcode: null }),
    );
    expect((await app.ask('duty', 'POST', `/v1/needs/${draft.body.id}/cancel`)).body.state).toBe('cancelled');
    expect(await eventsOf(draft.body.id)).toEqual([]);
    const open = await app.ask(
      'duty',
      'POST',
      '/v1/needs',
      aNeed({ role: 'phone-helper', remote: true, postcode: null }),
    );
    await app.ask('duty', 'POST', `/v1/needs/${open.body.id}/verify`, clear);
    await app.ask('duty', 'POST', `/v1/needs/${open.body.id}/cancel`, { reason: 'met-otherwise' });
    expect((await eventsOf(open.body.id)).map(({ type, data }) => [type, data.reason])).toEqual([
      ['coordination.need-verified.v1', undefined],
      ['coordination.need-cancelled.v1', 'met-otherwise'],
    ]);
  });

  test('follows the newest absolute numbers, whatever order and however often they come', async () => {
    const { body } = await app.ask(
      'duty',
      'POST',
      '/v1/needs',
      aNeed({ startsAt: tomorrow(90), endsAt: tomorrow(92) }),
    );
    await app.ask('duty', 'POST', `/v1/needs/${body.id}/verify`, clear);
    const told = (filled: number, sequence: number) =>
      received(
        NeedStaffed,
        {
          needId: body.id,
          activationId: activation.id,
          forumId: GREATER.forum,
          places: 12,
          filled,
          at: new Date().toISOString(),
        },
        { sequence },
      );
    const handler = new FollowStaffing(new NeedRepository());
    const newest = told(12, 3);
    await app.database.deliver(handler, [told(5, 2), newest]);
    await app.database.deliver(handler, [newest, told(1, 1)]);
    expect((await app.ask('duty', 'GET', `/v1/needs/${body.id}`)).body).toMatchObject({ state: 'filled', filled: 12 });
    await app.database.deliver(handler, [told(11, 4)]);
    expect((await app.ask('duty', 'GET', `/v1/needs/${body.id}`)).body).toMatchObject({
      state: 'part-filled',
      filled: 11,
    });
  });

  test('always holds a promise until it is over, and thirty days on every one was judged', async () => {
    const clock = new FixedClock(new Date());
    const sweeper = new KeepNeeds(app.database.transactions, new NeedRepository(), clock);
    for (let hour = 0; hour < 30 * 24; hour += 6) {
      clock.advance(6 * 3_600_000);
      while ((await sweeper.sweep()) > 0);
    }
    const left = await app.database.adminSql(
      `select state, count(*)::int from coordination.need where (promise_due_at is null) <> (state in ('met', 'unmet-closed', 'cancelled')) group by 1`,
    );
    expect(left).toEqual([]);
    const states = await app.database.adminSql<{ state: string }>('select distinct state from coordination.need');
    expect(states.every(({ state }) => ['met', 'unmet-closed', 'cancelled'].includes(state))).toBe(true);
    const outcomes = await app.database.adminSql<{ outcome: string }>(
      'select distinct outcome from coordination.promise_outcome',
    );
    expect(outcomes.map(({ outcome }) => outcome).sort()).toEqual(['broken', 'kept-with-news']);
  });

  test('that is late is red for the operator', async () => {
    await app.ask('duty', 'POST', '/v1/needs', aNeed({ startsAt: tomorrow(200), endsAt: tomorrow(201) }));
    const vitals = new NeedsVitals(new NeedsWaitingQuery(app.database.database));
    const at = async (ms: number): Promise<Record<string, string>> =>
      Object.fromEntries((await vitals.vitals(new Date(Date.now() + ms))).map(({ code, level }) => [code, level]));
    expect(await at(0)).toMatchObject({ 'need-promises-overdue': 'green' });
    expect(await at(5 * 3_600_000)).toMatchObject({ 'need-promises-overdue': 'red' });
  });

  test('without its promise cannot be written', async () => {
    await expect(
      app.database.adminSql(
        `update coordination.need set state = 'open', promise_due_at = null where verified_by is not null`,
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });
});
