import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  aPlan,
  aRole,
  coordinationApp,
  ELSEWHERE,
  GREATER,
  memberId,
  type Coordination,
} from '../coordination.fixture.js';

jest.setTimeout(30_000);
let app: Coordination;
beforeAll(async () => {
  app = await coordinationApp();
}, 120_000);
afterAll(() => app.stop());

const codes = (body: any): [string, string][] =>
  body.invalidParams.map(({ pointer, code }: { pointer: string; code: string }) => [pointer, code]);

describe('a plan', () => {
  test('is approved by somebody else, who names the version they saw', async () => {
    const written = await app.ask('both', 'POST', '/v1/plans', aPlan());
    expect(written.status).toBe(201);
    expect(written.headers.get('etag')).toBe('"1"');
    const path = `/v1/plans/${written.body.id}`;
    expect((await app.ask('approver', 'POST', `${path}/approve`, { version: 1 })).body.type).toBe(
      '/problems/plan-not-in-review',
    );
    expect((await app.ask('both', 'POST', `${path}/submit`)).body.state).toBe('in-review');
    expect((await app.ask('both', 'POST', `${path}/approve`, { version: 1 })).body.type).toBe(
      '/problems/second-person-needed',
    );
    expect((await app.ask('approver', 'POST', `${path}/approve`)).status).toBe(428);

    const revised = await app.ask('duty', 'PATCH', path, { title: 'Flood plan, mended' }, { 'if-match': '"1"' });
    expect(revised.body).toMatchObject({ version: 2, state: 'draft', title: 'Flood plan, mended' });
    await app.ask('duty', 'POST', `${path}/submit`);
    expect((await app.ask('approver', 'POST', `${path}/approve`, undefined, { 'if-match': '"1"' })).status).toBe(412);
    expect((await app.ask('approver', 'POST', `${path}/approve`, undefined, { 'if-match': '"2"' })).body).toMatchObject(
      {
        state: 'approved',
        version: 2,
      },
    );
  });

  test('cannot be approved by whoever wrote an earlier version that nobody has approved', async () => {
    const { body } = await app.ask('both', 'POST', '/v1/plans', aPlan());
    await app.ask('duty', 'PATCH', `/v1/plans/${body.id}`, { hazard: 'storm' }, { 'if-match': '"1"' });
    await app.ask('duty', 'POST', `/v1/plans/${body.id}/submit`);
    const answer = await app.ask('both', 'POST', `/v1/plans/${body.id}/approve`, { version: 2 });
    expect(answer.body.type).toBe('/problems/second-person-needed');
  });

  test('that was approved stays in force while a newer draft is written', async () => {
    const { body } = await app.ask('duty', 'POST', '/v1/plans', aPlan());
    await app.ask('duty', 'POST', `/v1/plans/${body.id}/submit`);
    await app.ask('approver', 'POST', `/v1/plans/${body.id}/approve`, { version: 1 });
    await app.ask(
      'duty',
      'PATCH',
      `/v1/plans/${body.id}`,
      { roles: [aRole({ code: 'other' })] },
      { 'if-match': '"1"' },
    );
    const asked = await app.ask('duty', 'POST', '/v1/activations', {
      planId: body.id,
      slug: 'while-a-draft',
      kind: 'test',
      title: 'While a draft',
      methane: { majorIncident: 'no', exactLocation: 'Here', typeOfIncident: 'Flood' },
    });
    await app.ask('approver', 'POST', `/v1/activations/${asked.body.id}/approve`);
    const [event] = (await app.database.published()).filter(({ type }) => type === 'coordination.activation-opened.v1');
    expect(event!.data.roles.map(({ code }: { code: string }) => code)).toEqual([
      'sandbags',
      'phone-helper',
      'home-visits',
    ]);
  });

  test('is not approved without four functions that an organisation of the forum has signed (R14)', async () => {
    const { body } = await app.ask('duty', 'POST', '/v1/plans', aPlan({ functions: {}, roles: [] }));
    const submitted = await app.ask('duty', 'POST', `/v1/plans/${body.id}/submit`);
    expect(submitted.status).toBe(422);
    expect(codes(submitted.body)).toEqual([
      ['/functions/recruit', 'signature-needed'],
      ['/functions/vet', 'signature-needed'],
      ['/functions/train', 'signature-needed'],
      ['/functions/deploy', 'signature-needed'],
      ['/roles', 'role-needed'],
    ]);
    const foreign = { organisationId: ELSEWHERE.desk, signatory: 'Somebody else', signedOn: '2026-01-01' };
    const refused = await app.ask('duty', 'POST', '/v1/plans', aPlan({ functions: { vet: foreign } }));
    expect(codes(refused.body)).toEqual([['/functions/vet/organisationId', 'unknown-organisation']]);
  });

  test('needs If-Match to be changed', async () => {
    const { body } = await app.ask('duty', 'POST', '/v1/plans', aPlan());
    expect((await app.ask('duty', 'PATCH', `/v1/plans/${body.id}`, { title: 'Other' })).status).toBe(428);
    expect(
      (await app.ask('duty', 'PATCH', `/v1/plans/${body.id}`, { title: 'Other' }, { 'if-match': '"9"' })).status,
    ).toBe(412);
  });

  test('cannot be approved by its author even past the code: the table refuses', async () => {
    const { body } = await app.ask('duty', 'POST', '/v1/plans', aPlan());
    await expect(
      app.database.adminSql(
        `update coordination.plan set state = 'approved', approver_id = author_id, approved_version = version, approved_at = now() where id = $1`,
        [body.id],
      ),
    ).rejects.toMatchObject({ code: '23514' });
    await expect(
      app.database.adminSql(
        `update coordination.plan set state = 'approved', approver_id = $2, approved_version = version - 1, approved_at = now() where id = $1`,
        [body.id, memberId('approver')],
      ),
    ).rejects.toMatchObject({ code: '23514' });
  });
});

describe('a role', () => {
  test.each<[string, object, [string, string]]>([
    ['in homes as low risk (H7)', { traits: ['in-homes'] }, ['/tier', 'identity-check-needed']],
    ['of medium risk without an identity check', { tier: 'medium' }, ['/checks', 'checks-below-tier']],
    [
      'that stands in for a paid post, without a reason (R8)',
      { substitutesPaidPost: true },
      ['/substitutionReason', 'paid-post-needs-reason'],
    ],
    ['without a code (R43)', { code: undefined }, ['/code', 'required']],
    ['without an expenses statement (R55)', { expenses: undefined }, ['/expenses', 'expenses-needed']],
    [
      'in the field without a risk assessment (R78)',
      { riskAssessment: undefined },
      ['/riskAssessment', 'risk-assessment-needed'],
    ],
  ])('%s is refused', async (_, over, expected) => {
    const { status, body } = await app.ask('duty', 'POST', '/v1/roles', aRole(over));
    expect(status).toBe(422);
    expect(codes(body)).toContainEqual(expected);
  });

  test('has all its faults told at once, of shape and of rule', async () => {
    const { body } = await app.ask(
      'duty',
      'POST',
      '/v1/roles',
      aRole({ code: 'Not a code', traits: ['keys'], expenses: undefined }),
    );
    expect(codes(body)).toEqual(
      expect.arrayContaining([
        ['/code', 'malformed'],
        ['/tier', 'identity-check-needed'],
        ['/expenses', 'expenses-needed'],
      ]),
    );
  });

  test('that keeps the rules is published once, and found again', async () => {
    const published = await app.ask('duty', 'POST', '/v1/roles', aRole({ code: 'kept-role' }));
    expect(published.status).toBe(201);
    expect(codes((await app.ask('duty', 'POST', '/v1/roles', aRole({ code: 'kept-role' }))).body)).toEqual([
      ['/code', 'code-taken'],
    ]);
    expect((await app.ask('referrer', 'GET', '/v1/roles')).body.items).toMatchObject([
      { code: 'kept-role', margin: 1.5 },
    ]);
    expect((await app.ask('stranger', 'GET', '/v1/roles')).body.items).toEqual([]);
  });
});

describe('organisations and hubs', () => {
  test('are listed by forum, page by page', async () => {
    const { body: first } = await app.ask('oldham', 'GET', '/v1/organisations?limit=2');
    expect(first.items.map(({ name }: { name: string }) => name)).toEqual(['Action Together, Oldham', 'Bolton CVS']);
    const { body: second } = await app.ask('oldham', 'GET', `/v1/organisations?limit=2&cursor=${first.next}`);
    expect(second).toMatchObject({ items: [{ name: 'Greater Desk' }], next: null });
  });

  test('cannot be tied to another forum', async () => {
    const hub = await app.ask('duty', 'POST', '/v1/hubs', { organisationId: ELSEWHERE.desk, name: 'Stolen hub' });
    expect(codes(hub.body)).toEqual([['/organisationId', 'unknown-organisation']]);
    await expect(
      app.database.adminSql('insert into coordination.hub (forum_id, organisation_id, name) values ($1, $2, $3)', [
        GREATER.forum,
        ELSEWHERE.desk,
        'Stolen hub',
      ]),
    ).rejects.toMatchObject({ code: '23503' });
    expect(
      (await app.ask('duty', 'POST', '/v1/hubs', { organisationId: GREATER.oldham, name: 'Uppermill' })).status,
    ).toBe(201);
    expect((await app.ask('bolton', 'GET', '/v1/hubs')).body.items).toMatchObject([{ name: 'Uppermill' }]);
  });
});

describe('rows of a forum', () => {
  test('are invisible until the transaction says which forum it works for', async () => {
    for (const table of [
      'forum',
      'organisation',
      'member',
      'plan',
      'plan_version',
      'role_template',
      'activation',
      'need',
      'audit',
    ]) {
      expect(await app.database.sql(`select 1 from ${table}`)).toEqual([]);
    }
  });
});
