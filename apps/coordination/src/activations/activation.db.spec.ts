import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  activeActivation,
  anActivation,
  approvedPlan,
  aPlan,
  coordinationApp,
  GREATER,
  requestedActivation,
  type Coordination,
} from '../coordination.fixture.js';
import { ActivationsVitals } from './activations.vitals.js';
import { ApprovalsQuery } from './approvals.query.js';

jest.setTimeout(30_000);
let app: Coordination;
let plan: string;

beforeAll(async () => {
  app = await coordinationApp();
  plan = await approvedPlan(app);
}, 60_000);
afterAll(() => app.stop());

const opened = async (activationId: string): Promise<any[]> =>
  (await app.database.published()).filter(
    ({ type, data }) => type === 'coordination.activation-opened.v1' && data.activationId === activationId,
  );

describe('an activation', () => {
  test('opens only when a second person approves, with all that the other apps need', async () => {
    const asked = await app.ask('duty', 'POST', '/v1/activations', anActivation(plan));
    expect(asked.status).toBe(201);
    expect(asked.body).toMatchObject({ state: 'monitoring', version: 1 });
    expect(await opened(asked.body.id)).toEqual([]);

    const own = await app.ask('duty', 'POST', `/v1/activations/${asked.body.id}/approve`);
    expect(own.status).toBe(403);
    expect(own.body.type).toBe('/problems/second-person-needed');

    const approved = await app.ask('approver', 'POST', `/v1/activations/${asked.body.slug}/approve`);
    expect(approved.status).toBe(200);
    expect(approved.body).toMatchObject({ state: 'active', version: 2 });
    const [event] = await opened(asked.body.id);
    expect(event).toMatchObject({
      sequence: 2,
      data: {
        slug: asked.body.slug,
        state: 'active',
        forumName: 'Greater Resilience Forum',
        title: { en: 'Greater floods', cy: 'Llifogydd' },
        desk: { organisationId: GREATER.desk },
        owners: [
          { name: 'Action Together, Oldham', district: 'Oldham', outwardCodes: ['OL1', 'OL2'] },
          { name: 'Bolton CVS', district: 'Bolton', outwardCodes: ['BL1'] },
        ],
      },
    });
    expect(event.data.roles.map(({ code, tier }: { code: string; tier: string }) => [code, tier])).toEqual([
      ['sandbags', 'low'],
      ['phone-helper', 'low'],
      ['home-visits', 'high'],
    ]);

    const again = await app.ask('approver', 'POST', `/v1/activations/${asked.body.id}/approve`);
    expect(again.body).toMatchObject({ state: 'active', version: 2 });
    expect(await opened(asked.body.id)).toHaveLength(1);
  });

  test('who is both duty officer and approver still cannot approve their own request', async () => {
    const body = await requestedActivation(app, plan, {}, 'both');
    const own = await app.ask('both', 'POST', `/v1/activations/${body.id}/approve`);
    expect(own.body.type).toBe('/problems/second-person-needed');
  });

  test('another duty officer, who is no approver, cannot approve', async () => {
    const body = await requestedActivation(app, plan, {}, 'both');
    const other = await app.ask('duty', 'POST', `/v1/activations/${body.id}/approve`);
    expect([other.status, other.body.type]).toEqual([403, '/problems/role-missing']);
  });

  test('standby is opened by one person alone; going active takes a second', async () => {
    const asked = await app.ask('duty', 'POST', '/v1/activations', anActivation(plan, { state: 'standby' }));
    expect(asked.body.state).toBe('standby');
    expect(await opened(asked.body.id)).toMatchObject([{ data: { state: 'standby' } }]);

    const alone = await app.ask('duty', 'POST', `/v1/activations/${asked.body.id}/transitions`, {
      to: 'active',
      reason: 'The river has risen',
    });
    expect([alone.status, alone.body.type]).toEqual([403, '/problems/second-person-needed']);

    const second = await app.ask('approver', 'POST', `/v1/activations/${asked.body.id}/transitions`, {
      to: 'active',
      reason: 'The river has risen',
    });
    expect(second.body.state).toBe('active');
    const moved = (await app.database.published()).filter(
      ({ type, data }) => type.endsWith('activation-transitioned.v1') && data.activationId === asked.body.id,
    );
    expect(moved).toMatchObject([{ sequence: 2, data: { from: 'standby', to: 'active' } }]);
  });

  test('what a requester types reaches no event (S16)', async () => {
    const planted = 'Planted-Words-7341';
    const body = await activeActivation(app, plan, {
      title: planted,
      methane: { majorIncident: 'no', exactLocation: planted, typeOfIncident: planted },
    });
    await app.ask('duty', 'POST', `/v1/activations/${body.id}/transitions`, { to: 'surge', reason: planted });
    expect(await opened(body.id)).toHaveLength(1);
    expect(JSON.stringify(await app.database.published())).not.toContain(planted);
  });

  test('the same key answers the same, another body is refused', async () => {
    const form = anActivation(plan);
    const headers = { 'idempotency-key': 'the-same-key-twice-0001' };
    const first = await app.ask('duty', 'POST', '/v1/activations', form, headers);
    const second = await app.ask('duty', 'POST', '/v1/activations', form, headers);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
    const third = await app.ask('duty', 'POST', '/v1/activations', { ...form, title: 'Another' }, headers);
    expect([third.status, third.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
  });

  test('every wrong field is told at once', async () => {
    const { status, body } = await app.ask('duty', 'POST', '/v1/activations', {
      planId: 'x',
      slug: 'v1',
      kind: 'real',
      title: '',
      methane: {},
    });
    expect(status).toBe(422);
    expect(body.invalidParams.map(({ pointer }: { pointer: string }) => pointer).sort()).toEqual(
      [
        '/kind',
        '/methane/exactLocation',
        '/methane/majorIncident',
        '/methane/typeOfIncident',
        '/planId',
        '/slug',
        '/title',
      ].sort(),
    );
    for (const { message } of body.invalidParams) expect(message).not.toBe('');
  });

  test('a slug that is taken, an area that nobody knows and a plan that nobody approved are refused', async () => {
    const form = anActivation(plan);
    await app.ask('duty', 'POST', '/v1/activations', form);
    const taken = await app.ask('duty', 'POST', '/v1/activations', form);
    expect(taken.body.invalidParams).toMatchObject([{ pointer: '/slug', code: 'slug-taken' }]);
    const { body: draft } = await app.ask('duty', 'POST', '/v1/plans', aPlan());
    const wrong = await app.ask('duty', 'POST', '/v1/activations', anActivation(draft.id, { areas: ['OL1', 'ZZ9'] }));
    expect(wrong.body.invalidParams).toMatchObject([
      { pointer: '/planId', code: 'plan-not-approved' },
      { pointer: '/areas/1', code: 'unknown-area' },
    ]);
  });

  test('only the chosen areas are owned', async () => {
    const body = await activeActivation(app, plan, { areas: ['bolton', 'OL2'] });
    const [event] = await opened(body.id);
    expect(event.data.owners.map(({ outwardCodes }: { outwardCodes: string[] }) => outwardCodes)).toEqual([
      ['OL2'],
      ['BL1'],
    ]);
  });

  test('another forum sees nothing of it (S8)', async () => {
    const body = await requestedActivation(app, plan);
    for (const path of ['', '/gaps', '/log']) {
      expect((await app.ask('stranger', 'GET', `/v1/activations/${body.id}${path}`)).status).toBe(404);
    }
    expect((await app.ask('stranger', 'POST', `/v1/activations/${body.id}/approve`)).status).toBe(404);
    expect((await app.ask('stranger', 'GET', '/v1/activations')).body.items).toEqual([]);
    expect((await app.ask('stranger', 'GET', `/v1/plans/${plan}`)).status).toBe(404);
  });

  test('that waits for a second person longer than a quarter of an hour calls the operator', async () => {
    await requestedActivation(app, plan);
    const vitals = new ActivationsVitals(new ApprovalsQuery(app.database.database));
    const level = async (ms: number) =>
      (await vitals.vitals(new Date(Date.now() + ms))).find(({ code }) => code === 'activations-to-approve')!.level;
    expect(await level(0)).toBe('green');
    expect(await level(16 * 60_000)).toBe('amber');
  });

  test('each step is in the decision log, which the app cannot rewrite', async () => {
    const body = await activeActivation(app, plan);
    const written = await app.ask('duty', 'POST', `/v1/activations/${body.id}/log`, {
      decision: 'Open two reception centres',
      risks: 'Night fall',
    });
    expect(written.status).toBe(201);
    const { body: log } = await app.ask('oldham', 'GET', `/v1/activations/${body.id}/log?limit=2`);
    expect(log.items).toMatchObject([
      { by: 'The duty desk', code: null, headings: { decision: 'Open two reception centres' } },
      { by: 'The approver desk', code: 'activation-approved', facts: { from: 'monitoring', to: 'active' } },
    ]);
    const next = await app.ask('oldham', 'GET', `/v1/activations/${body.id}/log?cursor=${log.next}`);
    expect(next.body).toMatchObject({ items: [{ code: 'activation-requested' }], next: null });
    for (const table of ['decision_log', 'audit', 'disclosure', 'promise_outcome', 'plan_version']) {
      await expect(app.database.sql(`delete from ${table}`)).rejects.toMatchObject({ code: '42501' });
      await expect(app.database.sql(`update ${table} set forum_id = forum_id`)).rejects.toMatchObject({
        code: '42501',
      });
    }
  });
});
