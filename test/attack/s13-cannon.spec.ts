import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { activation, apply, call, eventually, form } from '../e2e/people.js';
import { mails, sql, statuses } from './stack.js';

jest.setTimeout(480_000);

const victim = (): string => `victim.${randomBytes(6).toString('hex')}@example.org`;
/** Until vetting has heard of these applications and nothing more is on its way to them. */
const quiet = (ids: readonly string[]) =>
  eventually(
    () =>
      sql<{ busy: string }>(
        `select (select count(*) from intake.application where id = any ($1) and state = 'submitted' and age_band = '18-plus')
              + (select count(*) from intake.application where id = any ($1) and guardian_due_at < now())
              + (select count(*) from notification.message where application_id = any ($1) and state not in ('sent', 'delivered', 'failed'))
              + (select count(*) from intake.journal where seq > (select seq from intake.relay_cursor)) as busy`,
        [ids],
      ),
    ([row]) => row!.busy === '0',
    200_000,
  );

describe('S13 Our messages are a phishing cannon', () => {
  test('fifty applications for one address, all at once: fifty equal answers and three messages', async () => {
    const email = victim();
    const spelt = [email, email.toUpperCase(), ` ${email} `, email.replace('victim', 'Victim')];
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        apply(form({ phone: undefined, email: spelt[n % spelt.length], roles: ['sandbags'] })),
      ),
    );
    expect(statuses(answers)).toEqual({ 202: 50 });
    const shapes = new Set(answers.map(({ body }) => Object.keys(body).sort().join()));
    expect(shapes.size).toBe(1);
    await quiet(answers.map(({ body }) => body.id));
    expect((await mails(email)).length).toBeLessThanOrEqual(3);
    const [row] = await sql<{ count: string }>(
      'select count(*) from intake.held_message where application_id = any ($1)',
      [answers.map(({ body }) => body.id)],
    );
    expect(Number(row!.count)).toBeGreaterThan(0);
  });

  test('one after the other, and as the guardian of many, it is no different', async () => {
    const [email, guardian] = [victim(), victim()];
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await apply(form({ email, phone: undefined }))).body.id);
    const young = await Promise.all(
      Array.from({ length: 12 }, () =>
        apply(
          form({
            phone: undefined,
            ageBand: '16-17',
            roles: ['reception-centre'],
            guardian: { name: 'Grey Guardian', email: guardian },
          }),
        ),
      ),
    );
    expect(statuses(young)).toEqual({ 202: 12 });
    await quiet([...ids, ...young.map(({ body }) => body.id)]);
    expect((await mails(email)).length).toBeLessThanOrEqual(3);
    expect((await mails(guardian)).length).toBeLessThanOrEqual(3);
  });

  test('what a stranger typed is in no message to somebody who has confirmed nothing', async () => {
    const email = victim();
    const typed = 'Zyxlurepay';
    const { body } = await apply(
      form({
        email,
        givenName: typed,
        familyName: typed,
        support: `Win at ${typed} example org`,
        alreadyVolunteersWith: typed,
      }),
    );
    await quiet([body.id]);
    const all = await eventually(
      () => mails(email),
      (seen) => seen.length > 0,
      60_000,
    );
    expect(JSON.stringify(all)).not.toContain(typed);
  });

  test.each([
    ['a line break', 'Ann\r\nBcc: all@example.org'],
    ['a bare line feed', 'Ann\nSubject: x'],
    ['a link', 'www.evil.example/win'],
    ['a web address', 'http://evil.example'],
    ['digits', 'Call 09011234567'],
    ['an at sign', 'ann@evil.example'],
    ['markup', '<a href=x>Ann</a>'],
    ['a right-to-left override', 'Ann\u202Egnip'],
    ['an isolate', 'Ann\u2066x\u2069'],
    ['an Arabic letter mark', 'Ann\u061C'],
    ['a null byte', 'Ann\u0000'],
    ['a zero-width space', 'A\u200Bnn'],
    ['a line separator', 'Ann\u2028x'],
    ['full-width letters of a link', 'ｗｗｗ．ｅｖｉｌ．ｃｏｍ／x'],
    ['currency', 'Win £100'],
    ['emoji', 'Ann 🎁'],
    ['a hill of marks', `A${'\u0301'.repeat(40)}`],
    ['a long text', 'Ann '.repeat(60)],
  ])('a name with %s is refused, for the person, the guardian and whoever helped', async (_, name) => {
    const answers = [
      await apply(form({ givenName: name })),
      await apply(form({ familyName: name })),
      await apply(form({ onBehalf: { name } })),
      await apply(form({ ageBand: '16-17', guardian: { name, email: victim() } })),
    ];
    // A null byte is no text at all: 400 before any field is looked at.
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => (name.includes('\u0000') ? 400 : 422)));
  });

  test.each(['Siân', "O'Brien", 'Nguyễn', 'Smith-Jones', 'Łukasz', 'J. R.', 'محمد', '李', 'Ng'])(
    'the name %s is a name',
    async (name) => expect((await apply(form({ givenName: name, familyName: name }))).status).toBe(202),
  );

  test.each([
    ['premium', '09011234567'],
    ['premium, with its country', '+449011234567'],
    ['personal numbers', '07012345678'],
    ['a pager', '07612345678'],
    ['a landline', '01614960000'],
    ['Jersey', '+447797712345'],
    ['Guernsey', '+447781123456'],
    ['Isle of Man', '+447624123456'],
    ['another country', '+33612345678'],
    ['a satellite', '+881612345678'],
    ['an emergency number', '999'],
    ['a short code', '88080'],
    ['two numbers', '07700900123,09011234567'],
  ])('a number that is %s gets no text', async (_, phone) => {
    const { status, body } = await apply(form({ channel: 'sms', phone }));
    expect([phone, status]).toEqual([phone, 422]);
    expect(body.invalidParams.map((it: any) => it.pointer)).toContain('/phone');
  });

  test.each(['07700900456\r\nX: y', '07700900456 ext 99', 'tel:07700900456;phone-context=evil.example'])(
    'of a number written as %j nothing but the number is kept',
    async (phone) => {
      const { status, body } = await apply(form({ phone }));
      if (status === 422) return;
      const held = await call('GET', `${body.statusUrl}/data`);
      expect(held.body.application.phone).toBe('+447700900456');
    },
  );

  test.each([
    ['a second recipient', 'a@example.org,b@example.org'],
    ['a header', 'a@example.org\r\nBcc: b@example.org'],
    ['a comment', 'a@example.org(b@example.org)'],
    ['a display name', 'Win <a@example.org>'],
    ['a quoted local part', '"a b"@example.org'],
    ['a literal address', 'root@[127.0.0.1]'],
    ['this machine', 'root@localhost'],
    ['a routed address', '@evil.example:a@example.org'],
    ['an option of a mailer', '-oQ/tmp@example.org'],
  ])('an address with %s is refused', async (_, email) => {
    expect((await apply(form({ email }))).status).toBe(422);
  });

  test('drafts send nothing, and “not me” ends all messages to that contact', async () => {
    const email = victim();
    for (let n = 0; n < 5; n++)
      await call('POST', '/v1/drafts', { activation, email }, { 'idempotency-key': randomUUID() });
    const { body } = await apply(form({ email, roles: ['sandbags'] }));
    const [first] = await eventually(
      () => mails(email),
      (seen) => seen.length > 0,
      180_000,
    );
    const link = /\/s\/[\w-]+/.exec(first!.text)![0];
    expect((await call('POST', `${link}/not-me`, {})).status).toBe(200);
    await quiet([body.id]);
    const before = (await mails(email)).length;
    const again = await Promise.all(Array.from({ length: 5 }, () => apply(form({ email, roles: ['sandbags'] }))));
    expect(statuses(again)).toEqual({ 202: 5 });
    await quiet(again.map((it) => it.body.id));
    expect((await mails(email)).length).toBe(before);
  });
});
