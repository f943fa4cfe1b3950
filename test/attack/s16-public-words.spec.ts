import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { PLAN } from '../../deploy/local/demo/plan.js';
import { apply, call, eventually, form, origin } from '../e2e/people.js';
import { tables, topics } from './said.js';
import { event, kafkaUser, mails, produce, sql, staff } from './stack.js';

jest.setTimeout(180_000);

describe('S16 A spread object carries names into topics; the title of a need goes public', () => {
  const slug = `words-${Date.now().toString(36)}`;
  const word = `Zyxplant${[...slug.slice(-6)].map((c) => String.fromCharCode(97 + (c.charCodeAt(0) % 26))).join('')}`;
  const planted = (what: string): string => `${word}${what} of 12 Acacia Avenue`;
  const METHANE = {
    majorIncident: 'yes',
    exactLocation: planted('location'),
    typeOfIncident: planted('incident'),
    hazards: planted('hazards'),
    access: planted('access'),
    numberOfCasualties: planted('casualties'),
    emergencyServices: planted('services'),
  };
  let activationId: string;
  let email: string;
  let statusPath: string;

  const post = (path: string, body: unknown, headers: object) =>
    call('POST', path, body, { 'idempotency-key': randomUUID(), ...headers });

  beforeAll(async () => {
    const duty = await staff('duty@demo.example');
    const approver = await staff('approver@demo.example');
    const plans = await call('GET', '/v1/plans', undefined, duty);
    const asked = await post(
      '/v1/activations',
      {
        planId: plans.body.items.find((one: any) => one.title === PLAN.title).id,
        slug,
        kind: 'actual',
        title: planted('title'),
        methane: METHANE,
      },
      duty,
    );
    expect(asked.status).toBe(201);
    activationId = asked.body.id;
    expect((await post(`/v1/activations/${activationId}/approve`, {}, approver)).status).toBe(200);
    // In the morning of a day to come: the person is free then.
    const day = new Date(Date.now() + 4 * 86_400_000).toISOString().slice(0, 10);
    const need = {
      activation: slug,
      role: 'sandbags',
      title: planted('need'),
      places: 2,
      postcode: 'OL1 1AA',
      startsAt: `${day}T09:30:00Z`,
      endsAt: `${day}T11:30:00Z`,
      notes: planted('notes'),
    };
    const raised = await post('/v1/needs', need, duty);
    expect(raised.status).toBe(201);
    const verify = { safeguarding: 'clear', regulatedActivity: false };
    expect((await post(`/v1/needs/${raised.body.id}/verify`, verify, duty)).status).toBe(200);
    const decision = {
      information: planted('information'),
      options: planted('options'),
      decision: planted('decision'),
      review: planted('review'),
    };
    await post(`/v1/activations/${activationId}/log`, decision, duty);
    await post(`/v1/activations/${activationId}/transitions`, { to: 'surge', reason: planted('reason') }, duty);
    await eventually(
      () => call('GET', `/${slug}/help`, undefined, { accept: 'text/html' }),
      ({ status, body }) => status === 200 && String(body).includes('Oldham'),
    );
    const person = form({ activation: slug, roles: ['sandbags'] });
    email = String(person.email);
    // The door learns of an activation a moment after the forum does.
    const receipt = await eventually(
      () => apply(person),
      ({ status }) => status === 202,
    );
    statusPath = new URL(receipt.body.statusUrl).pathname;
    // Somebody was offered the need, so its words have had every way out.
    await eventually(
      () => call('GET', statusPath),
      ({ body }) => body.offers.length > 0,
      120_000,
    );
    await eventually(
      () => mails(email),
      (seen) => seen.length >= 2,
    );
  });

  test('staff who may read them do: they were really said', async () => {
    const duty = await staff('duty@demo.example');
    const { body } = await call('GET', `/v1/needs?activation=${slug}`, undefined, duty);
    expect(body.items[0].title).toBe(planted('need'));
  });

  test('no topic holds a word of it', async () => {
    const said = await topics();
    expect(said.messages).toBeGreaterThan(50);
    expect(said.holding([activationId]).length).toBeGreaterThan(0);
    expect(said.holding([word])).toEqual([]);
  });

  test('no public page, status page, mail or feed shows a word of it', async () => {
    const shown: string[] = [];
    const pages = ['/', `/${slug}/help`, statusPath, `${statusPath}/receipt`];
    for (const step of ['postcode', 'roles', 'skills', 'check']) pages.push(`/${slug}/apply/${step}`);
    for (const path of pages)
      for (const accept of ['text/html', 'application/json'])
        for (const language of ['en', 'cy']) {
          const answer = await fetch(`${origin}${path}`, { headers: { accept, 'accept-language': language } });
          if ((await answer.text()).toLowerCase().includes(word.toLowerCase())) shown.push(`${path} as ${accept}`);
        }
    for (const { subject, text } of await mails(email))
      if (`${subject}${text}`.toLowerCase().includes(word.toLowerCase())) shown.push(`mail: ${subject}`);
    expect(shown).toEqual([]);
  });

  test('no app but the one that was told keeps it, and that one sealed where it is about a person in need', async () => {
    const holding = (await tables()).holding([word]).map((place) => place.split(':')[0]!);
    // M/ETHANE, decision log and title are the forum's own record of what it did, and its answer can be asked for again.
    const own = ['coordination.activation', 'coordination.decision_log', 'coordination.idempotency'];
    expect(holding.filter((table) => !own.includes(table))).toEqual([]);
    // The need is sealed, wherever it stands.
    expect((await tables()).holding([planted('need'), planted('notes')])).toEqual([]);
  });

  test('an event with more in it than its contract is taken without the rest', async () => {
    const [row] = await sql<{ id: string; data: string; forum: string }>(
      `select j.id, j.data, a.forum_id as forum from coordination.journal j join coordination.activation a on a.id = $1
        where j.type = 'coordination.need-verified.v1' and j.data like '%' || $1 || '%' limit 1`,
      [activationId],
    );
    const data = { ...JSON.parse(row!.data), title: planted('spread'), notes: planted('spread'), needId: randomUUID() };
    const spread = event('coordination.need-verified.v1', data.needId, data, {
      ce_forumid: row!.forum,
      ce_sequence: '1',
    });
    await produce(kafkaUser('coordination'), 'coordination.need', spread);
    // Whether it was understood or set aside: nobody but a closed letter holds its words.
    const kept = await eventually(
      () =>
        sql(
          `select (select count(*)::int from matching.need where need_id = $1) + (select count(*)::int from matching.dead_letter where key = $1::text) as it`,
          [data.needId],
        ),
      ([seen]) => seen!.it > 0,
    );
    expect(kept[0]!.it).toBeGreaterThan(0);
    const rows = await sql('select to_jsonb(n)::text as it from matching.need n where need_id = $1', [data.needId]);
    for (const { it } of rows) expect(it).not.toContain(word);
  });
});
