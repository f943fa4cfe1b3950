import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { OfferMade, TaskSet } from '@app/contracts';
import { uuidv7 } from '@app/messaging';
import { received } from '@app/testing';
import { openFront, ORIGIN, type Front } from './door.fixture.js';
import { ACTIVATION, form, FORUM, newKey } from './house.fixture.js';

jest.setTimeout(120_000);
let front: Front;
beforeAll(async () => {
  front = await openFront();
});
afterAll(() => front?.stop());

const partner = (key = front.key): Record<string, string> => ({
  authorization: `Bearer ${key}`,
  'idempotency-key': newKey(),
});
const apply = async (over: Record<string, unknown> = {}) => {
  const body = form(over);
  const answer = await front.ask('POST', '/v1/applications', body, partner());
  if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
  return {
    ...answer,
    sent: body,
    id: answer.body.id as string,
    path: answer.body.statusUrl.replace(ORIGIN, '') as string,
  };
};
const ids = (applicationId: string) => ({ applicationId, activationId: ACTIVATION, forumId: FORUM });
const html = { accept: 'text/html' };
const NOW = () => new Date().toISOString();

describe('POST /v1/applications', () => {
  test('answers 202 with a reference, an owner, a promise in words, and a link that works at once', async () => {
    const { status, headers, body, path } = await apply({ language: 'cy' });
    expect(status).toBe(202);
    expect(body.reference).toMatch(/^MU-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]$/);
    expect(body).toMatchObject({ state: 'submitted', owner: { name: 'Action Together, Oldham' } });
    expect(body.promise.says).toContain('Byddwch yn clywed gan Action Together, Oldham');
    expect(headers.get('location')).toBe(body.statusUrl);
    const shown = await front.ask('GET', path);
    expect(shown.status).toBe(200);
    expect(shown.body).toMatchObject({
      reference: body.reference,
      state: 'submitted',
      tasks: [],
      offers: [],
      pool: null,
    });
    expect(shown.headers.get('cache-control')).toContain('no-store');
  });

  test('gives the same bytes again to the same key, and says so', async () => {
    const headers = partner();
    const body = form();
    const first = await front.ask('POST', '/v1/applications', body, headers);
    const again = await front.ask('POST', '/v1/applications', body, headers);
    expect([again.status, again.text]).toEqual([first.status, first.text]);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
  });

  test('keeps the link from a partner who may not have it, and from staff', async () => {
    const unscoped = await front.ask('POST', '/v1/applications', form(), partner(front.unscopedKey));
    expect([unscoped.status, unscoped.body.statusUrl]).toEqual([202, undefined]);
    const staff = await front.as(['call-handler']);
    expect(staff['cookie']).toBeTruthy();
  });

  test('asks the public for a key that cannot be guessed', async () => {
    const short = await front.ask('POST', '/v1/applications', form(), { 'idempotency-key': 'short' });
    expect(short.status).toBe(400);
    const none = await front.ask('POST', '/v1/applications', form());
    expect(none.body.type).toBe('/problems/idempotency-key-missing');
    const open = await front.ask('POST', '/v1/applications', form(), { 'idempotency-key': newKey() });
    expect(open.status).toBe(202);
  });

  test('names every bad field in the language asked for', async () => {
    const { status, body } = await front.ask(
      'POST',
      '/v1/applications',
      form({ givenName: '', email: 'x', roles: ['astronaut'] }),
      {
        ...partner(),
        'accept-language': 'cy',
      },
    );
    expect(status).toBe(422);
    expect(body.invalidParams).toEqual(
      expect.arrayContaining([
        { pointer: '/givenName', code: 'required', message: 'Rhowch eich enw cyntaf' },
        { pointer: '/roles/0', code: 'unknown-role', message: 'Ni ofynnir am y math hwn o help nawr' },
      ]),
    );
    const far = await front.ask('POST', '/v1/applications', form({ postcode: 'LL11 1AA' }), partner());
    expect(far.body).toMatchObject({ type: '/problems/outside-area', detail: expect.stringContaining('Wrexham') });
  });
});

describe('a link', () => {
  test('that nobody made is a 404 that tells how to get one', async () => {
    const unknown = await front.ask('GET', `/s/${'A'.repeat(22)}`);
    expect([unknown.status, unknown.body.type]).toEqual([404, '/problems/link-unknown']);
    expect((await front.page(`/s/${'A'.repeat(22)}`)).text).toContain('new link');
    expect((await front.ask('GET', '/s/nonsense')).status).toBe(404);
  });

  test('shows every part of the page, in the language of the person', async () => {
    const { path } = await apply({ language: 'cy' });
    for (const part of ['', '/receipt', '/withdraw', '/pause', '/complaint', '/erase']) {
      const { status, text } = await front.page(path + part);
      expect([part, status, text.includes('<h1')]).toEqual([part, 200, true]);
      expect(text).toContain('lang="cy"');
    }
  });

  test('withdraws, and then nothing more can be done', async () => {
    const { path, id } = await apply();
    const done = await front.ask('POST', `${path}/withdraw`);
    expect(done.body).toMatchObject({ state: 'withdrawn', promise: null });
    const again = await front.ask('POST', `${path}/withdraw`);
    expect([again.status, again.body.type]).toEqual([409, '/problems/already-ended']);
    const facts = (await front.db.published()).filter(({ key }) => key === id).map(({ type }) => type);
    expect(facts.filter((type) => type === 'intake.application-withdrawn.v1')).toHaveLength(1);
  });

  test('pauses until a day and goes on; a day that cannot be is named', async () => {
    const { path } = await apply();
    const wrong = await front.ask('POST', `${path}/pause`, { until: '2020-01-01' });
    expect(wrong.body.invalidParams).toMatchObject([{ pointer: '/until', code: 'date-past' }]);
    const until = new Date(Date.now() + 14 * 86_400_000).toISOString().slice(0, 10);
    expect((await front.ask('POST', `${path}/pause`, { until })).body.pausedUntil).toBe(until);
    expect((await front.ask('POST', `${path}/resume`)).body.pausedUntil).toBeNull();
  });

  test('changes what the person said only for who saw how it stands', async () => {
    const { path, id } = await apply();
    const change = { availability: { slots: ['weekend-morning'], maxDistanceKm: 3 }, skills: ['cooking'] };
    expect((await front.ask('PATCH', path, change)).status).toBe(428);
    expect((await front.ask('PATCH', path, change, { 'if-match': '"99"' })).status).toBe(412);
    const seen = (await front.ask('GET', path)).headers.get('etag')!;
    const done = await front.ask('PATCH', path, change, { 'if-match': seen });
    expect(done.status).toBe(200);
    const given = (await front.db.published()).find(
      ({ key, type }) => key === id && type === 'intake.availability-given.v1',
    )!;
    expect(given.data).toMatchObject({
      slots: ['weekend-morning'],
      maxDistanceKm: 3,
      skills: ['cooking'],
      profileVersion: 2,
    });
  });

  test('moves to another address with a new mailed link; the old one ends', async () => {
    const { path, id } = await apply();
    const seen = (await front.ask('GET', path)).headers.get('etag')!;
    const done = await front.ask('PATCH', path, { email: 'moved@example.org' }, { 'if-match': seen });
    expect(done.status).toBe(200);
    const links = await front.db.sql(
      "select revoked_at from person_link where application_id = $1 and kind = 'mailed'",
      [id],
    );
    expect(links.map(({ revoked_at }) => revoked_at !== null).sort()).toEqual([false, true]);
    const data = await front.ask('GET', `${path}/data`);
    expect(data.body.application.email).toBe('moved@example.org');
  });

  test('gives back all that is held, and after erasure nothing is left to give', async () => {
    const planted = { givenName: 'Ermintrude', support: 'planted need', email: 'planted.erase@example.org' };
    const { path, id } = await apply(planted);
    const { body } = await front.ask('GET', `${path}/data`);
    expect(body.application).toMatchObject({ ...planted, familyName: 'O’Brien-Demo', postcode: 'OL1 1AA' });
    expect((await front.ask('DELETE', path)).status).toBe(204);
    for (const part of ['', '/data', '/events']) {
      const gone = await front.ask('GET', path + part);
      expect([part, gone.status]).toEqual([part, 410]);
    }
    const [row] = await front.db.sql('select * from application where id = $1', [id]);
    expect(row).toMatchObject({
      state: 'withdrawn',
      contact_sealed: null,
      person_sealed: null,
      support_sealed: null,
      email_index: null,
      name_index: null,
      outward_code: null,
      skills: [],
      promise_due_at: null,
    });
    expect(await front.db.adminSql('select person_id from keyring.data_key where person_id = $1', [id])).toEqual([]);
    const facts = (await front.db.published()).filter(({ key }) => key === id).map(({ type }) => type);
    expect(facts.at(-1)).toBe('intake.application-erased.v1');
  });
});

describe('a link that was mailed', () => {
  /** The token lies sealed in the event; for the test another is put beside it. */
  const mailed = async (id: string): Promise<string> => {
    const token = newKey().slice(0, 22);
    await front.db.adminSql(
      `insert into intake.person_link (token_hash, application_id, forum_id, kind)
       select sha256(convert_to($2, 'UTF8')), id, forum_id, 'mailed' from intake.application where id = $1`,
      [id, token],
    );
    return `/s/${token}`;
  };

  test('reveals nothing until its one question is answered, for good', async () => {
    const { id, body } = await apply();
    const path = await mailed(id);
    const closed = await front.ask('GET', path);
    expect([closed.status, closed.body.type, closed.body.question]).toEqual([
      403,
      '/problems/contact-unconfirmed',
      'postcode',
    ]);
    const asked = await front.page(path);
    expect(asked.status).toBe(200);
    expect(asked.text).not.toContain(body.reference);
    for (const part of ['/events', '/data', '/tasks/identity', '/withdraw'])
      expect([part, (await front.ask('GET', path + part)).status]).toEqual([part, 403]);
    const wrong = await front.form(`${path}/confirm`, { answer: 'BL1 1AA' });
    expect([wrong.status, wrong.text.includes('error-summary')]).toEqual([422, true]);
    const right = await front.form(`${path}/confirm`, { answer: 'ol11aa' });
    expect([right.status, right.headers.get('location')]).toEqual([303, path]);
    expect((await front.ask('GET', path)).body.reference).toBe(body.reference);
  });

  test('needs more than itself for data, contact and erasure', async () => {
    const { id } = await apply();
    const path = await mailed(id);
    await front.ask('POST', `${path}/confirm`, { answer: 'OL1 1AA' });
    const seen = (await front.ask('GET', path)).headers.get('etag')!;
    for (const [method, part, body] of [
      ['GET', '/data', undefined],
      ['DELETE', '', undefined],
      ['PATCH', '', { email: 'thief@example.org' }],
    ] as const) {
      const refused = await front.ask(method, path + part, body, method === 'PATCH' ? { 'if-match': seen } : {});
      expect([method, refused.status, refused.body?.type]).toEqual([method, 403, '/problems/step-up-needed']);
    }
    expect((await front.ask('POST', `${path}/pause`, {})).status).toBe(200);
  });

  /** Confirmed, and with no more rights than that. */
  const confirmed = async (over: Record<string, unknown> = {}) => {
    const { id, body, sent } = await apply(over);
    const path = await mailed(id);
    await front.ask('POST', `${path}/confirm`, { answer: 'OL1 1AA' });
    return { id, path, reference: body.reference as string, sent };
  };

  test('gets all rights for a code that went to the confirmed contact, and only that link', async () => {
    const { id, path } = await confirmed();
    const other = await mailed(id);
    expect((await front.ask('GET', path)).body.can).toContain('code');
    const sent = await front.ask('POST', `${path}/code`, {});
    expect([sent.status, sent.body.channel]).toEqual([202, 'email']);
    const code = await front.code(id);
    const right = await front.ask('POST', `${path}/code/confirm`, { code: `${code.slice(0, 3)} ${code.slice(3)}` });
    expect([right.status, Date.parse(right.body.fullUntil) > Date.now()]).toEqual([200, true]);
    expect((await front.ask('GET', `${path}/data`)).body.application.id).toBe(id);
    expect((await front.ask('GET', `${other}/data`)).status).toBe(403);
    const again = await front.ask('POST', `${other}/code/confirm`, { code });
    expect([again.status, again.body.invalidParams[0].code]).toEqual([422, 'code-expired']);
    expect((await front.ask('DELETE', path)).status).toBe(204);
    expect(await front.db.sql('select 1 from step_up where application_id = $1', [id])).toEqual([]);
  });

  test('leads through its code on pages that need no JavaScript', async () => {
    const { id, path } = await confirmed({ language: 'cy' });
    expect((await front.page(path)).text).toContain(`${path}/code`);
    expect((await front.page(`${path}/code`)).text).toContain('Anfonwch god ataf');
    const sent = await front.form(`${path}/code`, {});
    expect([sent.status, sent.headers.get('location')]).toEqual([303, `${path}/code/confirm`]);
    const empty = await front.form(`${path}/code/confirm`, { code: ' ' });
    expect([empty.status, empty.text.includes('error-summary')]).toEqual([422, true]);
    const right = await front.form(`${path}/code/confirm`, { code: await front.code(id) });
    expect([right.status, right.headers.get('location')]).toEqual([303, path]);
    expect((await front.page(path)).text).toContain(`${path}/erase`);
    expect((await front.form(`${path}/erase`, {})).status).toBe(200);
  });

  test('has its code in no event, row or page in the clear, and asks for no second one within a minute', async () => {
    const { id, path } = await confirmed();
    const first = await front.ask('POST', `${path}/code`, {});
    const again = await front.ask('POST', `${path}/code`, {});
    expect([again.status, again.text]).toEqual([202, first.text]);
    const told = (await front.db.published()).filter(({ key, data }) => key === id && data.kind === 'code');
    expect(told.map(({ data }) => data.urgency)).toEqual(['P1']);
    const code = await front.code(id);
    const rows = await front.db.sql(
      `select to_jsonb(s)::text as said from step_up s where application_id = $1
       union all select data from journal where key = $1::text
       union all select to_jsonb(t)::text from timeline t where application_id = $1`,
      [id],
    );
    // In an id or a time six digits may stand by chance; alone they stand nowhere.
    for (const { said } of rows) expect(said).not.toMatch(new RegExp(`(?<![0-9a-fA-F.:-])${code}(?![0-9a-fA-F-])`));
  });

  test('takes five wrong codes, and then for a day neither the right one nor a new one', async () => {
    const { id, path } = await confirmed();
    await front.ask('POST', `${path}/code`, {});
    const code = await front.code(id);
    const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0');
    const tries = await Promise.all(
      [1, 2, 3, 4, 5].map(() => front.ask('POST', `${path}/code/confirm`, { code: wrong })),
    );
    expect(tries.map(({ status, body }) => [status, body.invalidParams?.[0].code])).toEqual(
      tries.map(() => [422, 'code-wrong']),
    );
    for (const part of ['/code/confirm', '/code']) {
      const refused = await front.ask('POST', path + part, { code });
      expect([part, refused.status, refused.body.type]).toEqual([part, 403, '/problems/codes-used-up']);
    }
    expect((await front.ask('GET', `${path}/data`)).status).toBe(403);
  });

  test('without a confirmed contact is told to phone, on the page and in JSON', async () => {
    const { id, path } = await apply();
    await front.db.adminSql(
      "update intake.person_link set full_until = now() - interval '1 hour' where application_id = $1 and kind = 'receipt'",
      [id],
    );
    const refused = await front.ask('POST', `${path}/code`, {});
    expect([refused.status, refused.body.type]).toEqual([409, '/problems/no-confirmed-contact']);
    expect((await front.page(`${path}/code`)).text).toContain('Phone or visit Action Together, Oldham');
    expect((await front.ask('POST', `${await mailed(id)}/code`, {})).body.type).toBe('/problems/contact-unconfirmed');
  });

  test('moves the contact after its code; the old contact is told, and the new one has to be confirmed', async () => {
    const { id, path, sent } = await confirmed();
    await front.ask('POST', `${path}/code`, {});
    await front.ask('POST', `${path}/code/confirm`, { code: await front.code(id) });
    const seen = (await front.ask('GET', path)).headers.get('etag')!;
    const moved = await front.ask('PATCH', path, { email: 'new.place@example.org' }, { 'if-match': seen });
    expect(moved.status).toBe(200);
    expect((await front.ask('GET', path)).status).toBe(404);
    const facts = (await front.db.published()).filter(({ key }) => key === id);
    const farewell = facts.find(({ data }) => data.kind === 'contact-changed')!;
    expect(farewell.data.to.channel).toBe('email');
    expect(await front.opened(id, `message.contact.${farewell.data.messageId}`, farewell.data.to.contact)).toEqual({
      email: sent['email'],
      phone: null,
      address: null,
    });
    const [row] = await front.db.sql('select contact_state from application where id = $1', [id]);
    expect(row.contact_state).toBe('unconfirmed');
  });

  test('takes five wrong answers and then not even the right one', async () => {
    const { id } = await apply();
    const path = await mailed(id);
    for (let n = 0; n < 5; n++)
      expect((await front.ask('POST', `${path}/confirm`, { answer: `OL1 ${n + 2}AA` })).status).toBe(422);
    const right = await front.ask('POST', `${path}/confirm`, { answer: 'OL1 1AA' });
    expect([right.status, right.body.type]).toEqual([403, '/problems/answers-used-up']);
  });

  test('"not me" ends everything that goes there', async () => {
    const { id } = await apply();
    const path = await mailed(id);
    expect((await front.ask('GET', `${path}/not-me`)).status).toBe(405);
    expect((await front.form(`${path}/not-me`, {})).status).toBe(200);
    expect((await front.ask('GET', path)).status).toBe(404);
    await front.deliver('vetting', [received(TaskSet, { ...ids(id), task: 'identity', reason: 'first', at: NOW() })]);
    const facts = (await front.db.published()).filter(({ key }) => key === id);
    expect(facts.filter(({ data }) => data.kind === 'M4')).toEqual([]);
    const [row] = await front.db.sql('select human_since, promise_due_at from application where id = $1', [id]);
    expect([row.human_since !== null, row.promise_due_at !== null]).toEqual([true, true]);
  });

  test('is not changed by whoever only looks', async () => {
    const { id, path } = await apply();
    const link = await mailed(id);
    const before = (await front.db.sql('select * from application where id = $1', [id]))[0];
    for (const part of [
      '',
      '/receipt',
      '/withdraw',
      '/pause',
      '/complaint',
      '/erase',
      '/data',
      '/confirm',
      '/not-me',
    ]) {
      await front.ask('GET', link + part, undefined, html);
      await front.ask('GET', path + part, undefined, html);
    }
    expect((await front.db.sql('select * from application where id = $1', [id]))[0]).toEqual(before);
  });
});

describe('tasks and offers', () => {
  test('an identity check is given sealed, and leads on to the provider', async () => {
    const { id, path } = await apply();
    await front.deliver('vetting', [received(TaskSet, { ...ids(id), task: 'identity', reason: 'first', at: NOW() })]);
    expect((await front.ask('GET', path)).body.tasks).toMatchObject([{ code: 'identity', status: 'not-started' }]);
    expect((await front.page(`${path}/tasks/identity`)).text).toContain('dateOfBirth-day');
    const wrong = await front.ask('POST', `${path}/tasks/identity`, { dateOfBirth: '2020-01-01', consent: false });
    expect(wrong.body.invalidParams.map((one: any) => [one.pointer, one.code])).toEqual([
      ['/dateOfBirth', 'too-young'],
      ['/consent', 'consent-needed'],
    ]);
    const done = await front.form(`${path}/tasks/identity`, {
      'dateOfBirth-day': '27',
      'dateOfBirth-month': '3',
      'dateOfBirth-year': '1987',
      consent: 'true',
    });
    expect([done.status, done.headers.get('location')]).toEqual([303, `${path}/tasks/identity/continue`]);
    const fact = (await front.db.published()).find(
      ({ key, type }) => key === id && type === 'intake.task-answered.v1',
    )!;
    expect(JSON.stringify(fact.data)).not.toContain('1987');
    expect((await front.ask('GET', path)).body).toMatchObject({ state: 'checking', tasks: [{ status: 'waiting' }] });
    expect(
      (await front.ask('POST', `${path}/tasks/identity`, { dateOfBirth: '1987-03-27', consent: true })).status,
    ).toBe(409);
    expect((await front.ask('POST', `${path}/tasks/dbs`, { certificateNumber: '1' })).status).toBe(422);
    expect((await front.ask('POST', `${path}/tasks/juggling`, {})).status).toBe(404);
  });

  test('those who answer together share a transaction, and each gets their own answer', async () => {
    const people = await Promise.all(Array.from({ length: 12 }, () => apply()));
    const asked = people.slice(0, 8);
    await front.deliver(
      'vetting',
      asked.map(({ id }) => received(TaskSet, { ...ids(id), task: 'identity', reason: 'first', at: NOW() })),
    );
    const body = { dateOfBirth: '1987-03-27', consent: true };
    const [one] = asked;
    const other = front.ask('POST', `${one!.path}/tasks/identity`, { ...body, dateOfBirth: '1988-03-27' });
    const answers = await Promise.all(people.map(({ path }) => front.ask('POST', `${path}/tasks/identity`, body)));
    // Of two different answers of one person the first counts.
    expect([(await other).status, answers[0]!.status].sort()).toEqual([202, 409]);
    expect(answers.slice(1).map(({ status }) => status)).toEqual([...Array(7).fill(202), ...Array(4).fill(404)]);
    const pages = await Promise.all(people.map(({ path }) => front.ask('GET', path)));
    expect(pages.map(({ body }) => body.links.self)).toEqual(people.map(({ path }) => path));
    expect(pages.map(({ body }) => body.tasks.length)).toEqual([...Array(8).fill(1), ...Array(4).fill(0)]);
    const facts = (await front.db.published()).filter(({ type }) => type === 'intake.task-answered.v1');
    for (const { id } of asked) expect(facts.filter(({ key }) => key === id)).toHaveLength(1);
  });

  test('an offer is accepted with the time of receipt, by its own person only', async () => {
    const [mine, other] = [await apply(), await apply()];
    const offerId = uuidv7();
    const later = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    await front.deliver('matching', [
      received(OfferMade, {
        ...ids(mine.id),
        offerId,
        needId: uuidv7(),
        roleCode: 'sandbags',
        roleTitle: { en: 'Sandbags', cy: 'Bagiau tywod' },
        place: 'Oldham',
        startsAt: later(48),
        endsAt: later(52),
        respondBy: later(4),
        wave: 1,
        reasons: ['nearby'],
        at: NOW(),
      }),
    ]);
    expect((await front.ask('GET', mine.path)).body.offers).toMatchObject([
      { id: offerId, role: 'Sandbags', state: 'sent' },
    ]);
    expect((await front.page(`${mine.path}/offers/${offerId}`)).text).toContain('Sandbags');
    expect((await front.ask('POST', `${other.path}/offers/${offerId}/accept`)).status).toBe(404);
    const accepted = await front.ask('POST', `${mine.path}/offers/${offerId}/accept`);
    expect([accepted.status, accepted.body.state]).toEqual([202, 'confirming']);
    const again = await front.ask('POST', `${mine.path}/offers/${offerId}/accept`);
    expect(again.body.receivedAt).toBe(accepted.body.receivedAt);
    expect((await front.ask('POST', `${mine.path}/offers/${offerId}/steal`)).status).toBe(404);
  });

  test('the page tells its changes by itself, and only to four at a time', async () => {
    const { path } = await apply();
    const aborts = Array.from({ length: 4 }, () => new AbortController());
    const streams = await Promise.all(aborts.map((abort) => front.stream(`${path}/events`, abort.signal)));
    expect((await front.ask('GET', `${path}/events`)).status).toBe(429);
    const reader = streams[0]!.body!.getReader();
    const until = async (word: string): Promise<string> => {
      let text = '';
      while (!text.includes(word)) text += new TextDecoder().decode((await reader.read()).value);
      return text;
    };
    expect(await until('"state":"submitted"')).toContain('event: status');
    await front.ask('POST', `${path}/withdraw`);
    expect(await until('"state":"withdrawn"')).toContain('id: ');
    for (const abort of aborts) abort.abort();
  });
});

describe('staff', () => {
  const at = (id: string): string => `/v1/applications/${id}`;
  test('see what their role may see, and every look is written down', async () => {
    const { id } = await apply();
    expect((await front.ask('GET', at(id))).status).toBe(401);
    expect((await front.ask('GET', at(id), undefined, await front.as(['duty-officer']))).status).toBe(403);
    const officer = await front.ask('GET', at(id), undefined, await front.as(['vetting-officer']));
    expect(officer.body).toMatchObject({ givenName: 'Ann', roles: ['sandbags'] });
    expect(officer.body.availability).toBeUndefined();
    const operator = await front.ask('GET', at(id), undefined, await front.as(['operator']));
    expect(operator.body).toMatchObject({ givenName: 'A…', email: expect.stringMatching(/^.…$/) });
    const auditor = await front.ask('GET', at(id), undefined, await front.as(['auditor']));
    expect(auditor.body.givenName).toBeUndefined();
    // A coordinator of another organisation may not know that it exists.
    expect((await front.ask('GET', at(id), undefined, await front.as(['hub-coordinator']))).status).toBe(404);
    expect((await front.ask('GET', at(uuidv7()), undefined, await front.as(['vetting-officer']))).status).toBe(404);
    const seen = await front.db.sql('select as_role, fields from disclosure where application_id = $1 order by id', [
      id,
    ]);
    expect(seen.map(({ as_role }) => as_role)).toEqual(['vetting-officer', 'operator', 'auditor']);
    expect(seen[0].fields).toContain('givenName');
  });
});

describe('drafts', () => {
  test('are minted, kept and given back to who holds the token, and lie nowhere readable', async () => {
    const headers = { 'idempotency-key': newKey() };
    const made = await front.ask('POST', '/v1/drafts', { givenName: 'Plantagenet' }, headers);
    expect(made.status).toBe(201);
    const again = await front.ask('POST', '/v1/drafts', { givenName: 'Plantagenet' }, headers);
    expect([again.body.token, again.headers.get('idempotency-replayed')]).toEqual([made.body.token, 'true']);
    const other = await front.ask('POST', '/v1/drafts', { givenName: 'Another' }, headers);
    expect([other.status, other.body.type]).toEqual([422, '/problems/idempotency-key-reused']);
    const byPartner = await front.ask(
      'POST',
      '/v1/drafts',
      { givenName: 'Another' },
      { ...headers, authorization: `Bearer ${front.key}` },
    );
    expect([byPartner.status, byPartner.body.token === made.body.token]).toEqual([201, false]);
    const path = `/v1/drafts/${made.body.token}`;
    expect((await front.ask('PUT', path, { givenName: 'Plantagenet', roles: ['sandbags'] })).status).toBe(200);
    expect((await front.ask('GET', path)).body.form).toEqual({ givenName: 'Plantagenet', roles: ['sandbags'] });
    expect((await front.ask('GET', `/v1/drafts/${'B'.repeat(22)}`)).status).toBe(404);
    expect((await front.ask('PUT', `/v1/drafts/${'B'.repeat(22)}`, {})).status).toBe(404);
    const dump = JSON.stringify(
      await front.db.sql("select encode(token_hash, 'escape') as a, encode(sealed, 'escape') as b from draft"),
    );
    for (const planted of ['Plantagenet', made.body.token]) expect(dump).not.toContain(planted);
  });
});

describe('the form for people', () => {
  const base = '/greater-manchester-floods/apply';
  const answers: [string, Record<string, string | string[]>][] = [
    ['postcode', { postcode: 'OL1 1AA' }],
    ['name', { givenName: 'Siân', familyName: 'Page-Demo' }],
    ['contact', { channel: 'email', email: 'sian.page@example.org', language: 'cy' }],
    ['age', { ageBand: '18-plus' }],
    [
      'availability',
      { 'availability.slots': ['weekday-morning', 'weekend-morning'], 'availability.maxDistanceKm': '5' },
    ],
    ['roles', { roles: ['sandbags'] }],
    ['skills', { skills: ['cooking', 'driving'], vehicle: 'true' }],
    ['support', { support: '' }],
    ['already', { alreadyVolunteersWith: '' }],
    ['declarations', { 'declarations.privacy': '2026-11' }],
  ];

  test('asks one question a page, keeps what was typed, and ends with a receipt', async () => {
    let cookie = '';
    for (const [step, fields] of answers) {
      const shown = await front.page(`${base}/${step}`, cookie ? { cookie } : {});
      expect([step, shown.status]).toEqual([step, 200]);
      const saved = await front.form(`${base}/${step}`, fields, cookie || undefined);
      expect([step, saved.status, saved.text]).toEqual([step, 303, '']);
      const set = saved.headers.getSetCookie().find((one) => one.startsWith('draft'));
      if (set) {
        expect(set).toContain('HttpOnly');
        cookie = set.split(';')[0]!;
      }
    }
    const back = await front.page(`${base}/name`, { cookie });
    expect(back.text).toContain('value="Siân"');
    const check = await front.page(`${base}/check`, { cookie });
    expect(check.text).toContain('sian.page@example.org');
    const sent = await front.form(`${base}/check`, {}, cookie);
    expect([sent.status, sent.text]).toEqual([303, '']);
    const receipt = sent.headers.get('location')!;
    const twice = await front.form(`${base}/check`, {}, cookie);
    expect(twice.headers.get('location')).toBe(receipt);
    const page = await front.page(receipt);
    expect(page.text).toMatch(/MU-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]/);
    expect(page.text).toContain('lang="cy"');
  });

  test('shows what is wrong beside what was typed', async () => {
    const wrong = await front.form(`${base}/contact`, { channel: 'email', email: 'not an address', language: 'en' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('govuk-error-summary');
    expect(wrong.text).toContain('value="not an address"');
    expect(wrong.text).toContain('href="#email"');
    const far = await front.form(`${base}/postcode`, { postcode: 'LL11 1AA' });
    expect(far.text).toContain('Wrexham');
  });

  test('and the public pages stand without any of it', async () => {
    for (const path of ['/', '/greater-manchester-floods/help', '/greater-manchester-floods/help?lang=cy']) {
      const { status, text } = await front.page(path);
      expect([path, status]).toEqual([path, 200]);
      expect(text).toContain('<h1');
      expect(text).not.toMatch(/<script(?![^>]*src=)/);
    }
    expect((await front.page('/no-such-place/help')).status).toBe(404);
    expect((await front.ask('GET', '/')).body.activations).toMatchObject([{ slug: 'greater-manchester-floods' }]);
  });
});
