import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { activation, apply, call, eventually, form, partnerKey } from '../e2e/people.js';
import { files, lookFor, queues, spellings, tables, topics } from './said.js';
import { crowd, event, kafkaUser, mails, produce, sql, stack, staff } from './stack.js';

jest.setTimeout(300_000);

/** S16, I7, the property of them all: whatever somebody types into whatever field, it is sealed wherever it comes to rest. */
describe('Nothing that was typed into a form is said in the clear', () => {
  const PEOPLE = crowd(25, 6);
  const seed = Number(process.env['MUSTER_SEED'] ?? Date.now() % 1_000_000);

  /** Words nobody else uses, so that finding them is finding this person; some with letters that spell differently. */
  const word = fc
    .tuple(fc.constantFrom('Zyx', 'Qzx', 'Żyx', "Zy'x", 'Ŵyx'), fc.stringMatching(/^[a-z]{9}$/))
    .map((parts) => parts.join(''));
  const line = fc.array(word, { minLength: 2, maxLength: 3 }).map((words) => words.join(' '));
  const mailbox = (begin: string) => fc.stringMatching(/^[a-z]{10}$/).map((name) => `${begin}${name}@example.org`);
  const inward = fc.stringMatching(/^[0-9][ABD-HJLNP-UW-Z]{2}$/);
  const typed = fc.record({
    givenName: word,
    familyName: word,
    email: mailbox('zyx'),
    phone: fc.integer({ min: 0, max: 999 }).map((n) => `+447700900${String(n).padStart(3, '0')}`),
    postcode: inward.map((text) => `OL1 ${text}`),
    channel: fc.constantFrom('email', 'email-and-sms'),
    course: fc.constantFrom(
      { ageBand: '16-17', roles: ['reception-centre'] },
      { ageBand: '18-plus', roles: ['reception-centre'] },
      { ageBand: '18-plus', roles: ['sandbags'] },
    ),
    support: line,
    alreadyVolunteersWith: line,
    address: fc.record({ lines: fc.tuple(line, line), postcode: inward.map((text) => `OL4 ${text}`) }),
    guardian: fc.record({ name: word, email: mailbox('zyxg') }),
    onBehalf: fc.record({ name: word, email: mailbox('zyxb') }),
  });
  /** What is typed elsewhere than in the form, or where it does not belong. */
  const beside = fc.record({
    complaint: line,
    surname: word,
    dateOfBirth: fc.constantFrom('1971-03-09', '1988-11-23'),
  });
  /** Of a producer gone wrong: names where codes belong. They come into the topic, so they are looked for everywhere else. */
  const tampered = fc.tuple(fc.stringMatching(/^Qyx[a-z]{9}$/), fc.stringMatching(/^qyx[a-z]{9}$/));

  const sample = <T>(of: fc.Arbitrary<T>, many: number): T[] => fc.sample(of, { numRuns: many, seed });
  const people = sample(fc.tuple(typed, beside), PEOPLE);
  const [[outwardCode, skill]] = sample(tampered, 1) as [[string, string]];
  /** Telephone numbers are those kept for tests, and dates are everybody's. */
  const words = people.flatMap(([{ phone: _, channel: __, course: ___, ...said }, { complaint, surname }]) => {
    const { address, guardian, onBehalf, support, alreadyVolunteersWith, ...plain } = said;
    const lines = [support, alreadyVolunteersWith, ...address.lines, complaint];
    const others = [...Object.values(guardian), ...Object.values(onBehalf), address.postcode, surname];
    return [...Object.values(plain), ...others, ...lines.flatMap((text) => text.split(' '))];
  });
  const needles = [...new Set(words.flatMap(spellings))];
  const tamperedNeedles = [outwardCode, skill].flatMap(spellings);

  const answers: string[] = [];
  const entered: { id: string; reference: string }[] = [];

  beforeAll(async () => {
    const operator = await staff('operator@demo.example');
    for (const [said, { complaint, surname, dateOfBirth }] of people) {
      const { course, ...fields } = said;
      const body = form({ ...fields, ...course });
      const receipt = await apply(body);
      expect([seed, receipt.status, receipt.body.invalidParams]).toEqual([seed, 202, undefined]);
      const { id, reference, statusUrl } = receipt.body;
      const path = new URL(statusUrl).pathname;
      entered.push({ id, reference });
      answers.push(JSON.stringify([receipt.body, [...receipt.headers]]));
      // Every other door that takes words, also when it refuses them: an error must not repeat what it was given.
      const wrong = { ...body, ageBand: 'none', postcode: `${said.postcode}X`, availability: { slots: [surname] } };
      const tries = [
        await apply(wrong),
        await apply(JSON.stringify(body).slice(0, -1)),
        await apply({ ...body, [surname]: complaint, roles: [surname], skills: [complaint] }),
        await apply(body, { 'idempotency-key': said.familyName.replace(/[^a-z]/gi, 'x').repeat(30) }),
        await call('POST', '/v1/drafts', body, { 'idempotency-key': randomUUID() }),
        await call('POST', `${path}/tasks/dbs`, { certificateNumber: surname, surname, dateOfBirth, consent: true }),
        await call('POST', `${path}/tasks/identity`, { dateOfBirth: surname, consent: true }),
        await call('PATCH', path, { email: `${surname} at home`, phone: complaint }, { 'if-match': '"1"' }),
        await call('POST', `${path}/confirm`, { answer: said.postcode }),
        await call('GET', `${path}?q=${encodeURIComponent(complaint)}`),
        await call('GET', `/v1/ops/applications/${encodeURIComponent(surname)}`, undefined, operator),
        await call('GET', `/v1/ops/dead-letters?type=${encodeURIComponent(surname)}`, undefined, operator),
        await call('GET', `/${encodeURIComponent(said.familyName)}/help`),
      ];
      for (const { status, body: told } of tries) if (status >= 400) answers.push(JSON.stringify(told));
      // A page keeps what was typed so far in a draft, and shows it again to who typed it.
      const { givenName, familyName } = said;
      const page = await call(
        'POST',
        `/${activation}/apply/name`,
        String(new URLSearchParams({ givenName, familyName })),
        {
          accept: 'text/html',
          'content-type': 'application/x-www-form-urlencoded',
        },
      );
      expect(page.status).toBe(303);
      expect((await call('POST', `${path}/complaint`, { says: complaint })).status).toBe(202);
    }
    // A number that several people give is sent no more than one person's messages (S13); an address is each person's own.
    for (const [{ email }] of people.filter(([{ channel }]) => channel === 'email'))
      await eventually(
        () => mails(email),
        (seen) => seen.length > 0,
        120_000,
      );
    const { id } = entered[0]!;
    const [{ forum_id: forumId }] = (await sql('select forum_id from intake.application where id = $1', [id])) as any;
    const data = { applicationId: id, outwardCode, skills: [skill], [skill]: { givenName: outwardCode } };
    await produce(
      kafkaUser('intake'),
      'intake.application',
      event('intake.availability-given.v1', id, data, { ce_forumid: forumId }),
    );
    await eventually(
      () => sql("select 1 from matching.dead_letter where key = $1 and reason = 'wrong-schema'", [id]),
      (rows) => rows.length > 0,
      60_000,
    );
  });

  test('not in a topic: key, header or value', async () => {
    const { messages, holding } = await topics();
    expect(messages).toBeGreaterThan(PEOPLE * 3);
    expect([seed, holding(needles)]).toEqual([seed, []]);
    // The look finds what is there: what was tampered with, where it was put, and nowhere else.
    const places = holding(tamperedNeedles).map((one) => one.split(': ')[0]);
    expect([...new Set(places)]).toEqual(['intake.application']);
  });

  test('not in a table: row, journal, job, timeline or reason of a dead letter', async () => {
    const { messages, holding } = await tables();
    expect(messages).toBeGreaterThan(PEOPLE * 5);
    expect([seed, holding(needles)]).toEqual([seed, []]);
    const places = holding(tamperedNeedles).map((one) => one.split(': ')[0]);
    expect([...new Set(places)].sort()).toEqual(['matching.dead_letter', 'vetting.dead_letter']);
    for (const app of ['matching', 'vetting'])
      for (const { errors } of await sql(
        `select concat(first_error, last_error, reason) as errors from ${app}.dead_letter where key = $1`,
        [entered[0]!.id],
      ))
        expect([seed, lookFor(tamperedNeedles)(errors)]).toEqual([seed, []]);
  });

  test('not in Redis: queue, job, limit or lock', async () => {
    const { messages, holding } = await queues();
    expect(messages).toBeGreaterThan(0);
    expect([seed, holding([...needles, ...tamperedNeedles])]).toEqual([seed, []]);
  });

  test('not on disk, in a log or in a file of a server, but where the outside world keeps what it was sent', async () => {
    const { messages, holding } = await files('');
    expect(messages).toBeGreaterThan(1_000);
    const found = holding([...needles, ...tamperedNeedles]);
    // The mail catcher has what was sent to them: the look finds it.
    expect(found.filter((one) => one.startsWith('outside/mail/')).length).toBeGreaterThan(0);
    const inside = found.filter((one) => !/^(outside|reports)\//.test(one));
    const put = new Set(tamperedNeedles);
    const unexpected = inside.filter((one) => !(/^(kafka|postgres)\//.test(one) && put.has(one.split(': ')[1]!)));
    expect([seed, unexpected]).toEqual([seed, []]);
  });

  test('not in a metric', async () => {
    for (const [app, instances] of Object.entries(stack().apps))
      for (const { adminUrl } of instances) {
        const text = await (await fetch(`${adminUrl}/metrics`)).text();
        expect(text).toContain('# TYPE');
        expect([seed, app, lookFor([...needles, ...tamperedNeedles])(text)]).toEqual([seed, app, []]);
      }
  });

  test('not in an answer that is a refusal', () => {
    const text = answers.join('\n');
    expect([seed, lookFor(needles)(text)]).toEqual([seed, []]);
    expect(text).not.toContain(partnerKey);
  });

  test('what operators and auditors are shown says nothing of it either', async () => {
    const shown: string[] = [];
    for (const email of ['operator@demo.example', 'auditor@demo.example']) {
      const headers = await staff(email);
      const look = async (path: string): Promise<any> => {
        const { status, body } = await call('GET', path, undefined, headers);
        expect([path, status]).toEqual([path, 200]);
        shown.push(JSON.stringify(body));
        return body;
      };
      for (const { id, reference } of entered) {
        await look(`/v1/applications/${id}`);
        await look(`/v1/ops/applications/${reference}`);
      }
      for (const path of ['/v1/ops/overview', '/v1/ops/audit', '/ops/queues/api/queues']) await look(path);
      const { items } = await look('/v1/ops/dead-letters');
      const theirs = items.filter(({ key }: { key: string }) => key === entered[0]!.id);
      expect(theirs.length).toBeGreaterThanOrEqual(2);
      for (const { id } of theirs) await look(`/v1/ops/dead-letters/${id}`);
    }
    expect([seed, lookFor([...needles, ...tamperedNeedles])(shown.join('\n'))]).toEqual([seed, []]);
  });

  test('the look itself finds what is there: in every spelling', () => {
    for (const one of words.slice(0, 20)) {
      const inside = Buffer.from(`x=${one}&y`);
      const texts = [
        one,
        one.toUpperCase(),
        encodeURIComponent(one),
        String(new URLSearchParams({ one })),
        JSON.stringify({ one }),
        JSON.stringify(JSON.stringify({ one })),
        inside.toString('latin1'),
        Buffer.from(one.toUpperCase()).toString('latin1'),
        inside.toString('base64'),
        Buffer.from(`xy=${one}&y`).toString('base64url'),
        Buffer.from(`xyz=${one}&y`).toString('base64'),
        inside.toString('hex'),
      ];
      for (const text of texts) expect([text, lookFor(spellings(one))(text).length > 0]).toEqual([text, true]);
      expect(lookFor(spellings(one))(texts.map((text) => text.replaceAll(/[a-z]/gi, 'x')).join('\n'))).toEqual([]);
    }
  });
});
