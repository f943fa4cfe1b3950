import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { ActivationOpened } from '@app/contracts';
import { Problem } from '@app/http';
import { received } from '@app/testing';
import { form, newKey, OLDHAM, opened, openHouse, PARTNER, type House } from '../house/house.fixture.js';
import { FollowActivations } from '../landing/follow-activations.handler.js';
import type { Receipt } from './submission.js';
import { SubmitApplication } from './submit-application.command.js';

jest.setTimeout(120_000);
let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

const submit = (body: unknown, key = newKey()): Promise<Receipt> =>
  house.get(CommandBus).execute(new SubmitApplication(key, PARTNER, body, 'en'));
const refusal = async (body: unknown): Promise<Problem> => {
  try {
    await submit(body);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('was accepted');
};
const count = async (table = 'application'): Promise<number> =>
  Number((await house.db.sql(`select count(*) as n from ${table}`))[0].n);
const factsOf = async (id: string) => (await house.db.published()).filter(({ key }) => key === id);

describe('a form that is right', () => {
  test('is in the books, sealed, with a promise, links and two facts, before the receipt', async () => {
    const receipt = await submit(form({ givenName: 'Zebedee', support: 'step-free access' }));
    expect(receipt).toMatchObject({ owner: { id: OLDHAM }, words: 'open', language: 'en', replayed: false });
    const [row] = await house.db.sql('select * from application where id = $1', [receipt.applicationId]);
    expect(row).toMatchObject({
      state: 'submitted',
      promise_rule: 'submitted',
      promise_due_at: receipt.dueAt,
      outward_code: 'OL1',
      roles: ['sandbags'],
      slots: ['weekday-morning', 'weekend-evening'],
    });
    const links = await house.db.sql(
      'select kind, full_until from person_link where application_id = $1 order by kind',
      [receipt.applicationId],
    );
    expect(links.map(({ kind, full_until }) => [kind, full_until !== null])).toEqual([
      ['mailed', false],
      ['receipt', true],
    ]);
    const facts = await factsOf(receipt.applicationId);
    expect(facts.map(({ type, sequence }) => [type, sequence])).toEqual([
      ['intake.application-submitted.v1', 1],
      ['intake.message-requested.v1', 2],
    ]);
    expect(facts[1]!.data).toMatchObject({
      kind: 'M2',
      promiseDueAt: receipt.dueAt.toISOString(),
      reference: receipt.reference,
    });
  });

  test('leaves nothing of the person readable in any table or fact', async () => {
    const secrets = {
      givenName: 'Quillon',
      familyName: 'Xanthopoulos',
      email: 'qx.planted@example.org',
      phone: '07700 900987',
    };
    const { applicationId } = await submit(
      form({ ...secrets, support: 'planted-support', alreadyVolunteersWith: 'Planted Society', postcode: 'OL1 9ZZ' }),
    );
    const tables = ['application', 'journal', 'person_link', 'timeline', 'held_message', 'tally_delta'];
    const dump = JSON.stringify(
      await Promise.all(tables.map((table) => house.db.sql(`select row_to_json(t)::text as row from ${table} t`))),
    );
    expect(dump).toContain(applicationId);
    for (const planted of [
      'Quillon',
      'Xanthopoulos',
      'qx.planted',
      '900987',
      'planted-support',
      'Planted Society',
      'OL1 9ZZ',
    ])
      expect([planted, dump.includes(planted)]).toEqual([planted, false]);
  });

  test('is owned by the nearest borough at the border, and by the desk without a postcode', async () => {
    expect((await submit(form({ postcode: 'OL3 5AA' }))).owner.name).toBe('Action Together, Oldham');
    expect((await submit(form({ postcode: undefined, noPostcode: true }))).owner.name).toBe('Forum desk');
    expect((await submit(form({ postcode: 'BL1 1AA' }))).owner.name).toBe('Bolton CVS');
  });
});

describe('a form that is wrong', () => {
  const WRONG: [string, Record<string, unknown>, string, string][] = [
    ['activation', { activation: 'elsewhere' }, '/activation', 'unknown-activation'],
    ['activation missing', { activation: undefined }, '/activation', 'required'],
    ['givenName', { givenName: 'Ann\r\nBcc: x' }, '/givenName', 'name-malformed'],
    ['familyName', { familyName: '' }, '/familyName', 'required'],
    ['familyName type', { familyName: 7 }, '/familyName', 'wrong-type'],
    ['email', { email: 'nobody' }, '/email', 'email-malformed'],
    ['email missing', { email: undefined }, '/email', 'required'],
    ['phone', { phone: '0909 8790000' }, '/phone', 'phone-not-uk-mobile'],
    ['phone missing', { channel: 'sms' }, '/phone', 'required'],
    ['address missing', { channel: 'post' }, '/address', 'required'],
    ['address line', { address: { lines: ['a\u0007'], postcode: 'OL1 1AA' } }, '/address/lines/0', 'text-malformed'],
    [
      'address postcode',
      { address: { lines: ['1 High St'], postcode: 'x' } },
      '/address/postcode',
      'postcode-malformed',
    ],
    ['postcode', { postcode: 'nowhere' }, '/postcode', 'postcode-malformed'],
    ['postcode missing', { postcode: undefined }, '/postcode', 'required'],
    ['ageBand', { ageBand: '15' }, '/ageBand', 'not-one-of'],
    ['guardian missing', { ageBand: '16-17' }, '/guardian', 'required'],
    [
      'guardian name',
      { ageBand: '16-17', guardian: { name: '<b>', email: 'g@example.org' } },
      '/guardian/name',
      'name-malformed',
    ],
    [
      'guardian email',
      { ageBand: '16-17', guardian: { name: 'Pat', email: 'g' } },
      '/guardian/email',
      'email-malformed',
    ],
    [
      'role for adults',
      { ageBand: '16-17', guardian: { name: 'Pat', email: 'g@example.org' }, roles: ['befriender'] },
      '/roles/0',
      'role-too-old',
    ],
    ['language', { language: 'fr' }, '/language', 'not-one-of'],
    ['channel', { channel: 'pigeon' }, '/channel', 'not-one-of'],
    ['availability missing', { availability: undefined }, '/availability', 'required'],
    [
      'from',
      { availability: { from: '2026-02-30', slots: ['weekday-morning'] } },
      '/availability/from',
      'date-malformed',
    ],
    [
      'from long past',
      { availability: { from: '2020-01-01', slots: ['weekday-morning'] } },
      '/availability/from',
      'date-past',
    ],
    ['slots', { availability: { from: '2026-11-24', slots: [] } }, '/availability/slots', 'required'],
    ['a slot', { availability: { from: '2026-11-24', slots: ['night'] } }, '/availability/slots/0', 'not-one-of'],
    [
      'distance',
      { availability: { from: '2026-11-24', slots: ['weekday-morning'], maxDistanceKm: 501 } },
      '/availability/maxDistanceKm',
      'too-big',
    ],
    ['role', { roles: ['astronaut'] }, '/roles/0', 'unknown-role'],
    ['skill', { skills: ['juggling'] }, '/skills/0', 'not-one-of'],
    ['vehicle', { vehicle: 'yes' }, '/vehicle', 'wrong-type'],
    ['remoteOnly', { remoteOnly: 1 }, '/remoteOnly', 'wrong-type'],
    ['support', { support: 'x'.repeat(2001) }, '/support', 'too-long'],
    ['alreadyVolunteersWith', { alreadyVolunteersWith: 'a\u202Eb' }, '/alreadyVolunteersWith', 'text-malformed'],
    ['onBehalf', { onBehalf: { name: '{{7*7}}' } }, '/onBehalf/name', 'name-malformed'],
    ['declarations', { declarations: undefined }, '/declarations', 'required'],
    ['privacy', { declarations: { privacy: '2019-01' } }, '/declarations/privacy', 'privacy-outdated'],
    ['the trap', { website: 'http://buy.example' }, '/website', 'leave-empty'],
  ];

  test.each(WRONG)('names %s alone, and stores nothing', async (_name, over, pointer, code) => {
    const before = await count();
    const problem = await refusal(form(over));
    expect(problem.status).toBe(422);
    expect(problem.invalidParams?.map((one) => [one.pointer, one.code])).toEqual([[pointer, code]]);
    expect(await count()).toBe(before);
  });

  test('has all its faults named in one answer', async () => {
    const problem = await refusal(
      form({
        givenName: '',
        email: 'x',
        postcode: 'LL11 1AA',
        roles: ['astronaut'],
        channel: 'sms',
        availability: { slots: [] },
      }),
    );
    expect(problem.type).toBe('invalid-fields');
    expect(problem.invalidParams!.map(({ pointer }) => pointer).sort()).toEqual(
      ['/availability/slots', '/email', '/givenName', '/phone', '/postcode', '/roles/0'].sort(),
    );
  });

  test.each([
    ['LL11 1AA', 'outside-area'],
    ['ZE1 0AA', 'unknown-postcode'],
    ['BF1 3AA', 'forces-postcode'],
    ['PO Box 12', 'forces-postcode'],
  ])('only by its place %s is told so by the problem itself', async (postcode, type) => {
    const problem = await refusal(form({ postcode }));
    expect(problem).toMatchObject({ type, status: 422 });
    if (type === 'outside-area') expect(problem.detail).toContain('Wrexham');
  });

  test.each([[null], [[]], ['text'], [7], [{}]])('and no form at all, %j, is a 422', async (body) => {
    expect((await refusal(body)).status).toBe(422);
  });
});

describe('an Idempotency-Key', () => {
  test('gives the same answer again, at once and later, and writes once', async () => {
    const key = newKey();
    const body = form();
    const before = await count();
    const [first, ...twins] = await Promise.all(Array.from({ length: 5 }, () => submit(body, key)));
    const later = await submit({ ...body, proof: 'another' }, key);
    for (const one of [...twins, later]) expect({ ...one, replayed: true }).toEqual({ ...first, replayed: true });
    expect(later.replayed).toBe(true);
    expect(await count()).toBe(before + 1);
  });

  test('with another body is refused, in the same batch and after it', async () => {
    const key = newKey();
    const results = await Promise.allSettled([submit(form(), key), submit(form(), key)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = results.find((one) => one.status === 'rejected') as PromiseRejectedResult;
    expect(lost.reason).toMatchObject({ type: 'idempotency-key-reused', status: 422 });
    await expect(submit(form(), key)).rejects.toMatchObject({ type: 'idempotency-key-reused' });
  });
});

describe('many at once', () => {
  test('every answer is that of its own form, and a poisoned one is refused alone', async () => {
    // Passes every rule but the database's.
    await house.db.adminSql(
      'alter table intake.application add constraint poison check (max_distance_km <> 499) not valid',
    );
    const bodies = Array.from({ length: 400 }, (_, n) =>
      form({
        language: n % 2 ? 'cy' : 'en',
        availability: { from: '2026-11-24', slots: ['weekday-morning'], maxDistanceKm: n % 50 === 7 ? 499 : n % 400 },
      }),
    );
    const results = await Promise.allSettled(bodies.map((body) => submit(body)));
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(8);
    const tokens = new Set<string>();
    for (const [n, result] of results.entries()) {
      if (result.status === 'rejected') {
        expect(n % 50).toBe(7);
        continue;
      }
      tokens.add(result.value.token);
      expect(result.value.language).toBe(n % 2 ? 'cy' : 'en');
      const [row] = await house.db.sql('select max_distance_km from application where id = $1', [
        result.value.applicationId,
      ]);
      expect(row.max_distance_km).toBe(n);
    }
    expect(tokens.size).toBe(392);
    await house.db.adminSql('alter table intake.application drop constraint poison');
  });
});

describe('likenesses', () => {
  test('equal contact and equal name are marked for people to judge, and both stay open', async () => {
    const email = 'couple@example.org';
    const first = await submit(form({ email, givenName: 'Jo', familyName: 'Bell-Demo' }));
    const other = await submit(form({ email, givenName: 'Sam', familyName: 'Bell-Demo' }));
    const again = await submit(form({ email, givenName: 'JO', familyName: 'Bell Demo' }));
    const rows = await house.db.sql(
      'select id, likely_duplicate_of, promise_due_at from application where id = any($1)',
      [[first.applicationId, other.applicationId, again.applicationId]],
    );
    const by = new Map(rows.map((row) => [row.id, row]));
    expect(by.get(other.applicationId).likely_duplicate_of).toBeNull();
    expect(by.get(again.applicationId).likely_duplicate_of).toBe(first.applicationId);
    for (const row of rows) expect(row.promise_due_at).not.toBeNull();
  });

  test('fifty forms for one address are fifty receipts and three messages', async () => {
    const email = 'victim@example.org';
    const receipts = await Promise.all(
      Array.from({ length: 50 }, (_, n) => submit(form({ email, givenName: `Ann${'abcdefghij'[n % 10]}` }))),
    );
    const ids = new Set(receipts.map(({ applicationId }) => applicationId));
    expect(ids.size).toBe(50);
    const sent = (await house.db.published()).filter(
      ({ type, key }) => type === 'intake.message-requested.v1' && ids.has(key),
    );
    expect(sent).toHaveLength(3);
    expect(await count('held_message')).toBe(47);
    const [row] = await house.db.sql("select bool_and(release_on = '2026-11-24') as tomorrow from held_message");
    expect(row.tomorrow).toBe(true);
  });

  test('the same person in two activations has no byte in common', async () => {
    const second = '019a0000-0000-7000-8000-0000000000b2';
    const twin = opened({ activationId: second, slug: 'second-floods' });
    await house.db.deliver(house.get(FollowActivations), [received(ActivationOpened, twin)]);
    const who = { email: 'both@example.org', phone: '07700 900555', givenName: 'Bo', familyName: 'Both-Demo' };
    const here = await submit(form(who));
    const there = await submit(form({ ...who, activation: 'second-floods' }));
    const rows = await house.db.sql('select email_index, phone_index, name_index from application where id = any($1)', [
      [here.applicationId, there.applicationId],
    ]);
    const bytes = rows.flatMap((row) =>
      [row.email_index, row.phone_index, row.name_index].map((one) => one.toString('hex')),
    );
    expect(new Set(bytes).size).toBe(6);
  });
});
