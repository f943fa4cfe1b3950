import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { IntakeTallied, MatchingTallied, NotificationTallied } from '@app/contracts';
import { received } from '@app/testing';
import {
  activeActivation,
  approvedPlan,
  aPlan,
  coordinationApp,
  GREATER,
  type Coordination,
} from '../coordination.fixture.js';
import { IntakeTally } from './intake-tally.projection.js';
import { MatchingTally } from './matching-tally.projection.js';
import { NotificationTally } from './notification-tally.projection.js';
import { TallyRepository } from './tally.repository.js';

let app: Coordination;
let plan: string;
let activation: { id: string; slug: string };
jest.setTimeout(30_000);

beforeAll(async () => {
  app = await coordinationApp();
  plan = await approvedPlan(app);
  activation = await activeActivation(app, plan);
}, 120_000);
afterAll(() => app.stop());

const promises = { open: 4, dueWithin24h: 1, overdue: 0, keptWithNews: 7, keptNoNews: 2, notReached: 0, broken: 0 };
const tally = (applied: number, sequence: number) =>
  received(
    IntakeTallied,
    {
      activationId: activation.id,
      forumId: GREATER.forum,
      at: new Date().toISOString(),
      mode: 'capped',
      applied,
      duplicates: 1,
      byState: {
        submitted: 1,
        triaged: 1,
        checking: 2,
        'awaiting-applicant': 3,
        'decision-due': 1,
        cleared: 4,
        'cleared-conditional': 2,
        declined: 1,
        'merged-duplicate': 1,
        withdrawn: 2,
        lapsed: 1,
      },
      promises,
    },
    { sequence },
  );

describe('the board', () => {
  test('shows what each app last counted, an older count never winning', async () => {
    const tallies = new TallyRepository();
    const head = { activationId: activation.id, forumId: GREATER.forum, at: new Date().toISOString() };
    await app.database.deliver(new IntakeTally(tallies), [tally(10, 4), tally(19, 5)]);
    await app.database.deliver(new IntakeTally(tallies), [tally(3, 2)]);
    await app.database.deliver(new MatchingTally(tallies), [
      received(MatchingTallied, {
        ...head,
        active: 1,
        reserve: 2,
        offered: 3,
        assigned: 4,
        places: { wanted: 60, filled: 4 },
      }),
    ]);
    await app.database.deliver(new NotificationTally(tallies), [
      received(NotificationTallied, { ...head, queued: 1, sent: 2, delivered: 3, failed: 4 }),
    ]);
    const { body } = await app.ask('oldham', 'GET', `/v1/activations/${activation.slug}`);
    expect(body).toMatchObject({
      id: activation.id,
      slug: activation.slug,
      kind: 'actual',
      state: 'active',
      mode: 'capped',
      counts: {
        applied: 19,
        duplicates: 1,
        checking: 5,
        awaitingApplicant: 3,
        cleared: 6,
        declined: 1,
        withdrawn: 3,
        offered: 3,
        assigned: 4,
        reserve: 2,
      },
      places: { wanted: 60, filled: 4 },
      promises,
      messages: { queued: 1, sent: 2, delivered: 3, failed: 4 },
    });
    const { counts } = body;
    expect(
      counts.duplicates +
        counts.checking +
        counts.awaitingApplicant +
        counts.cleared +
        counts.declined +
        counts.withdrawn,
    ).toBe(counts.applied);
  });

  test.each(['vetting', 'referrer'] as const)('is closed to %s', async (person) => {
    expect((await app.ask(person, 'GET', `/v1/activations/${activation.id}`)).status).toBe(403);
  });

  test('has gaps by role and district', async () => {
    const need = { activation: activation.slug, role: 'sandbags', title: 'Sandbags', places: 30, postcode: 'BL1 1AA' };
    const time = { startsAt: '2031-01-01T09:00:00Z', endsAt: '2031-01-01T12:00:00Z' };
    const { body } = await app.ask('bolton', 'POST', '/v1/needs', { ...need, ...time });
    await app.ask('bolton', 'POST', `/v1/needs/${body.id}/verify`, { safeguarding: 'clear', regulatedActivity: false });
    const { body: gaps } = await app.ask('operator', 'GET', `/v1/activations/${activation.id}/gaps`);
    expect(gaps.items).toMatchObject([{ role: 'sandbags', district: 'Bolton', wanted: 30, filled: 0, short: 30 }]);
  });
});

describe('the pages', () => {
  const looksRight = (text: string): void => {
    expect(text.match(/<h1/g)).toHaveLength(1);
    expect(text).not.toMatch(/undefined|\[object Object\]|Invalid Date/);
  };

  test.each(['en', 'cy'] as const)('of duty officer and coordinator all answer in %s', async (language) => {
    const paths = [
      '/forum',
      '/forum/plans',
      `/forum/plans/${plan}`,
      `/forum/plans/${plan}/activate`,
      `/forum/activations/${activation.slug}`,
      `/forum/activations/${activation.slug}/approve`,
      `/forum/activations/${activation.slug}/move?to=surge`,
      `/forum/activations/${activation.slug}/log`,
      '/forum/needs',
      '/forum/needs/new',
      '/sign-in/out',
    ];
    for (const path of paths) {
      const answer = await app.browse('duty', path, undefined, language);
      expect(`${path} ${answer.status}`).toBe(`${path} 200`);
      expect(answer.text).toContain(`<html lang="${language}"`);
      looksRight(answer.text);
    }
  });

  test('lead a duty officer and an approver through an activation without a script', async () => {
    const form = await app.browse('duty', `/forum/plans/${plan}/activate`);
    expect(form.text).toContain('name="methane.exactLocation"');
    const faulty = await app.browse('duty', `/forum/plans/${plan}/activate`, { title: 'By <b>hand</b>', slug: 'ops' });
    expect(faulty.status).toBe(422);
    expect(faulty.text).toContain('There is a problem');
    expect(faulty.text).toContain('Muster needs this address for itself');
    expect(faulty.text).toContain('By &lt;b&gt;hand&lt;/b&gt;');
    looksRight(faulty.text);

    const sent = await app.browse('duty', `/forum/plans/${plan}/activate`, {
      title: 'By hand',
      slug: 'by-hand',
      kind: 'exercise',
      state: 'active',
      'methane.majorIncident': 'no',
      'methane.exactLocation': 'Irwell',
      'methane.typeOfIncident': 'Flood',
      areas: ['Oldham'],
    });
    expect([sent.status, sent.headers.get('location')]).toEqual([303, '/forum/activations/by-hand']);
    expect((await app.browse('duty', '/forum/activations/by-hand')).text).toContain(
      'A second person with the role of approver must approve it.',
    );
    expect((await app.browse('approver', '/forum')).text).toContain('/forum/activations/by-hand/approve');
    const page = await app.browse('approver', '/forum/activations/by-hand/approve');
    expect(page.text).toContain('Irwell');
    const approved = await app.browse('approver', '/forum/activations/by-hand/approve', { version: '1' });
    expect([approved.status, approved.headers.get('location')]).toEqual([303, '/forum/activations/by-hand']);
    expect((await app.ask('duty', 'GET', '/v1/activations/by-hand')).body).toMatchObject({
      state: 'active',
      areas: ['Oldham'],
    });
    expect((await app.browse('duty', '/forum/activations/by-hand')).text).toContain('This is an exercise');

    const moved = await app.browse('duty', '/forum/activations/by-hand/move', {
      to: 'standing-down',
      reason: 'Done <i>now</i>',
    });
    expect(moved.status).toBe(303);
    expect((await app.browse('duty', '/forum/activations/by-hand/log')).text).toContain('Done &lt;i&gt;now&lt;/i&gt;');
    expect((await app.browse('duty', '/forum/activations/by-hand/move', { to: 'active', reason: '' })).status).toBe(
      422,
    );
  });

  test('lead a referrer and a coordinator through a need', async () => {
    const faulty = await app.browse('referrer', '/forum/needs/new', {
      activation: activation.slug,
      title: 'Lifts',
      'day-day': '31',
      'day-month': '2',
      'day-year': '2031',
    });
    expect(faulty.status).toBe(422);
    looksRight(faulty.text);
    const sent = await app.browse('referrer', '/forum/needs/new', {
      activation: activation.slug,
      role: 'sandbags',
      title: 'Night shift',
      places: '5',
      postcode: 'OL1 1AA',
      'day-day': '1',
      'day-month': '7',
      'day-year': '2031',
      startTime: '22:00',
      endTime: '2:30',
      skills: ['lifting'],
      notes: 'Back door',
    });
    expect(sent.status).toBe(303);
    const path = sent.headers.get('location')!;
    const page = await app.browse('oldham', path);
    expect(page.text).toContain('Back door');
    expect(page.text).toContain('name="regulatedActivity"');
    expect((await app.browse('oldham', `${path}/verify`, { safeguarding: 'clear' })).status).toBe(422);
    expect(
      (await app.browse('oldham', `${path}/verify`, { safeguarding: 'clear', regulatedActivity: 'no' })).status,
    ).toBe(303);
    const { body } = await app.ask('oldham', 'GET', `/v1${path.slice('/forum'.length)}`);
    // Ten at night in a London summer, until half past two the next morning.
    expect(body).toMatchObject({
      state: 'open',
      startsAt: '2031-07-01T21:00:00.000Z',
      endsAt: '2031-07-02T01:30:00.000Z',
    });
    looksRight((await app.browse('oldham', `${path}/cancel`)).text);
    expect((await app.browse('oldham', `${path}/cancel`, { reason: 'unsafe' })).status).toBe(303);
    expect((await app.ask('oldham', 'GET', `/v1${path.slice('/forum'.length)}`)).body.state).toBe('cancelled');
  });

  test('lead a plan from draft to approval, naming the version that was read', async () => {
    const { body } = await app.ask('duty', 'POST', '/v1/plans', aPlan({ functions: {} }));
    const unsigned = await app.browse('duty', `/forum/plans/${body.id}/submit`, {});
    expect(unsigned.status).toBe(422);
    expect(unsigned.text).toContain('An organisation must sign for this');
    await app.ask('duty', 'PATCH', `/v1/plans/${body.id}`, { functions: aPlan()['functions'] }, { 'if-match': '"1"' });
    expect((await app.browse('duty', `/forum/plans/${body.id}/submit`, {})).status).toBe(303);
    expect((await app.browse('approver', `/forum/plans/${body.id}/approve`, { version: '1' })).status).toBe(412);
    expect((await app.browse('approver', `/forum/plans/${body.id}/approve`, { version: '2' })).status).toBe(303);
  });

  test('refuse a form that comes from elsewhere, or without the token', async () => {
    const path = `/forum/activations/${activation.slug}/log`;
    expect((await app.browse('duty', path, { decision: 'Whatever', csrf: 'wrong' })).status).toBe(403);
    const { body } = await app.ask(
      'duty',
      'POST',
      `/v1/activations/${activation.slug}/log`,
      { decision: 'Whatever' },
      { origin: 'https://evil.example' },
    );
    expect(body.type).toBe('/problems/cross-site-request');
  });
});
