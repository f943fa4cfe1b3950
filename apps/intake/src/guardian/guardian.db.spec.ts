import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { MINUTE } from '@app/calendar';
import { eventually } from '@app/testing';
import { openFront, ORIGIN, type Front } from '../house/door.fixture.js';
import { form, newKey, openHouse, PARTNER } from '../house/house.fixture.js';
import { SubmitApplication } from '../submit/submit-application.command.js';
import { AskGuardians } from './ask-guardians.sweeper.js';

jest.setTimeout(120_000);
let front: Front;
beforeAll(async () => {
  front = await openFront();
});
afterAll(() => front?.stop());

const factsOf = async (id: string) => (await front.db.published()).filter(({ key }) => key === id);
const askedOf = async (id: string) => (await factsOf(id)).find(({ data }) => data.kind === 'guardian') ?? null;
const young = async (email = `${newKey().slice(0, 8).toLowerCase()}@example.org`) => {
  const guardian = { name: 'Pat O’Brien', email };
  const body = form({ ageBand: '16-17', guardian });
  const headers = { authorization: `Bearer ${front.key}`, 'idempotency-key': newKey() };
  const answer = await front.ask('POST', '/v1/applications', body, headers);
  if (answer.status !== 202) throw new Error(answer.text);
  return { id: answer.body.id as string, path: answer.body.statusUrl.replace(ORIGIN, '') as string, guardian };
};
/** The young person, and the guardian's page as their message leads to it. */
const asked = async () => {
  const one = await young();
  await eventually('the guardian is asked', async () => (await askedOf(one.id)) !== null);
  const { data } = (await askedOf(one.id))!;
  const contact = (await front.opened(one.id, `message.contact.${data.messageId}`, data.to.contact)) as any;
  expect([data.to.channel, contact.email]).toEqual(['email', one.guardian.email]);
  return { ...one, page: `/s/${contact.token}/guardian`, token: contact.token as string };
};

describe('the guardian of somebody aged 16 or 17', () => {
  test('is asked by a message and a link of their own; the young person sees that it is waited for', async () => {
    const { path, page, token } = await asked();
    const status = await front.ask('GET', path);
    expect(status.body).toMatchObject({
      state: 'awaiting-applicant',
      tasks: [{ code: 'guardian', status: 'waiting' }],
      promise: { kind: 'M4' },
    });
    expect((await front.ask('POST', `${path}/tasks/guardian`, { consent: true })).status).toBe(409);
    const shown = await front.page(page);
    expect([shown.status, /Ann|O’Brien|OL1/.test(shown.text)]).toEqual([200, false]);
    // It opens nothing of the young person's.
    for (const part of ['', '/data', '/code']) expect((await front.ask('GET', `/s/${token}${part}`)).status).toBe(404);
  });

  test('is asked at once although the clock that took the form ran ahead', async () => {
    const house = await openHouse();
    house.clock.advance(10 * MINUTE);
    const body = form({ ageBand: '16-17', guardian: { name: 'Pat O’Brien', email: 'pat@example.org' } });
    await house.get(CommandBus).execute(new SubmitApplication(newKey(), PARTNER, body, 'en'));
    house.clock.advance(-10 * MINUTE);
    expect(await house.get(AskGuardians).sweep()).toBe(1);
    await house.close();
  });

  test('says yes on a page without JavaScript, and vetting hears of it once', async () => {
    const { id, path, page } = await asked();
    const wrong = await front.form(page, { theirFamilyName: 'Smith', answer: 'agreed' });
    expect([wrong.status, wrong.text.includes('error-summary')]).toEqual([422, true]);
    const empty = await front.form(page, { theirFamilyName: '' });
    expect(empty.text).toContain('Enter the last name of the young person');
    for (let time = 0; time < 2; time++) {
      const right = await front.form(page, { theirFamilyName: "o'brien demo", answer: 'agreed' });
      expect([right.status, right.headers.get('location')]).toEqual([303, page]);
    }
    expect((await front.ask('GET', path)).body).toMatchObject({
      state: 'checking',
      tasks: [{ code: 'guardian', status: 'done' }],
    });
    expect((await factsOf(id)).filter(({ type }) => type === 'intake.guardian-agreed.v1')).toHaveLength(1);
    expect((await front.ask('POST', page, { theirFamilyName: 'O’Brien-Demo', answer: 'refused' })).status).toBe(409);
  });

  test('says no, which ends it kindly', async () => {
    const { id, path, page } = await asked();
    const no = await front.ask('POST', page, { theirFamilyName: 'O’Brien-Demo', answer: 'refused' });
    expect(no.status).toBe(200);
    expect((await front.ask('GET', path)).body).toMatchObject({ state: 'withdrawn', promise: null });
    const facts = await factsOf(id);
    expect(facts.some(({ type }) => type === 'intake.application-withdrawn.v1')).toBe(true);
    expect(facts.at(-1)!.data.kind ?? facts.at(-2)!.data.kind).toBe('guardian-refused');
  });

  test('is not whoever says "not me": the link ends and a person looks', async () => {
    const { id, path, page } = await asked();
    expect((await front.form(`${page}/not-me`, {})).status).toBe(200);
    expect((await front.ask('GET', page)).status).toBe(404);
    expect((await front.ask('GET', path)).body.tasks).toMatchObject([{ status: 'waiting' }]);
    const [row] = await front.db.sql('select human_since from application where id = $1', [id]);
    expect(row.human_since).not.toBeNull();
  });

  test('has five tries to know the name, and then not even the right one counts', async () => {
    const { page } = await asked();
    const tries = await Promise.all(
      [1, 2, 3, 4, 5].map((n) =>
        front.ask('POST', page, { theirFamilyName: `Smith${'x'.repeat(n)}`, answer: 'agreed' }),
      ),
    );
    expect(tries.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
    const right = await front.ask('POST', page, { theirFamilyName: 'O’Brien-Demo', answer: 'agreed' });
    expect([right.status, right.body.type]).toEqual([403, '/problems/answers-used-up']);
  });

  test('is no cannon: one address is asked three times a day, the others wait for the next', async () => {
    const email = 'pestered@example.org';
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await young(email)).id);
    await eventually('all were looked at', async () => {
      const due = await front.db.sql(
        'select 1 from application where id = any($1::uuid[]) and guardian_due_at <= now()',
        [ids],
      );
      return due.length === 0;
    });
    const asks = await Promise.all(ids.map(askedOf));
    expect(asks.filter((one) => one !== null)).toHaveLength(3);
  });
});
