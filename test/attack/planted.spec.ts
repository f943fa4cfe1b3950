import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { apply, call, eventually, form, partnerKey } from '../e2e/people.js';
import { files, queues, spellings, tables, topics } from './said.js';
import { crowd, event, kafkaUser, mails, produce, sql, stack, staff } from './stack.js';

jest.setTimeout(300_000);

/** S16, I7, the property of them all: whatever somebody types into whatever field, it is sealed wherever it comes to rest. */
describe('Nothing that was typed into a form is said in the clear', () => {
  const RUNS = crowd(25, 6);
  const seed = Number(process.env['MUSTER_SEED'] ?? Date.now() % 1_000_000);

  /** Words nobody else uses, so that finding them is finding this person; some with letters that spell differently. */
  const word = fc
    .tuple(fc.constantFrom('Zyx', 'Qzx', 'Żyx', "Zy'x", 'Ŵyx'), fc.stringMatching(/^[a-z]{9}$/))
    .map((parts) => parts.join(''));
  const line = fc.array(word, { minLength: 2, maxLength: 3 }).map((words) => words.join(' '));
  const inward = fc.stringMatching(/^[0-9][ABD-HJLNP-UW-Z]{2}$/);
  const person = fc.record({
    givenName: word,
    familyName: word,
    email: fc.stringMatching(/^zyx[a-z0-9]{10}$/).map((name) => `${name}@example.org`),
    phone: fc.integer({ min: 0, max: 999 }).map((n) => `+447700900${String(n).padStart(3, '0')}`),
    postcode: inward.map((text) => `OL1 ${text}`),
    support: line,
    alreadyVolunteersWith: line,
    address: fc.record({ lines: fc.tuple(line, line), postcode: inward.map((text) => `OL4 ${text}`) }),
    guardian: fc.record({
      name: word,
      email: fc.stringMatching(/^zyxg[a-z]{9}$/).map((name) => `${name}@example.org`),
    }),
    onBehalf: fc.record({
      name: word,
      email: fc.stringMatching(/^zyxb[a-z]{9}$/).map((name) => `${name}@example.org`),
    }),
    complaint: line,
    surname: word,
    dateOfBirth: fc.constantFrom('1971-03-09', '1988-11-23', '1995-07-31'),
  });
  type Typed = typeof person extends fc.Arbitrary<infer T> ? T : never;
  /** Test numbers and postcodes repeat over people; they are looked for as a whole, not in parts. */
  const wordsOf = (typed: Typed): string[] => [
    typed.givenName,
    typed.familyName,
    typed.email,
    typed.postcode,
    ...typed.support.split(' '),
    ...typed.alreadyVolunteersWith.split(' '),
    ...typed.address.lines.flatMap((text) => text.split(' ')),
    typed.guardian.name,
    typed.guardian.email,
    typed.onBehalf.name,
    typed.onBehalf.email,
    ...typed.complaint.split(' '),
    typed.surname,
  ];

  const said: string[] = [];
  const answers: string[] = [];
  const entered: { id: string; path: string; email: string }[] = [];

  beforeAll(async () => {
    const operator = await staff('operator@demo.example');
    for (const typed of fc.sample(person, { numRuns: RUNS, seed })) {
      said.push(...wordsOf(typed));
      const { complaint, surname, dateOfBirth, ...rest } = typed;
      const body = form({ ...rest, ageBand: '16-17', channel: 'email-and-sms', roles: ['reception-centre'] });
      const receipt = await apply(body);
      expect([seed, receipt.status, receipt.body.invalidParams]).toEqual([seed, 202, undefined]);
      const path = new URL(receipt.body.statusUrl).pathname;
      entered.push({ id: receipt.body.id, path, email: typed.email });
      answers.push(JSON.stringify([receipt.body, [...receipt.headers]]));
      // Every other door that takes words, also when it refuses them: an error must not repeat what it was given.
      const wrong = {
        ...body,
        ageBand: 'none',
        postcode: `${typed.postcode}X`,
        availability: { slots: [typed.surname] },
      };
      const tries = [
        await apply(wrong),
        await apply(JSON.stringify(body).slice(0, -1)),
        await apply({ ...body, [typed.surname]: typed.complaint, roles: [typed.surname], skills: [typed.complaint] }),
        await apply(body, { 'idempotency-key': typed.familyName.replace(/[^a-z]/gi, 'x').repeat(30) }),
        await call('POST', '/v1/drafts', body, { 'idempotency-key': randomUUID() }),
        await call('POST', `${path}/tasks/dbs`, {
          certificateNumber: typed.surname,
          surname,
          dateOfBirth,
          consent: true,
        }),
        await call('POST', `${path}/tasks/identity`, { dateOfBirth: surname, consent: true }),
        await call('PATCH', path, { email: `${typed.surname} at home`, phone: typed.complaint }, { 'if-match': '"1"' }),
        await call('POST', `${path}/confirm`, { answer: typed.postcode }),
        await call('GET', `${path}?q=${encodeURIComponent(typed.complaint)}`),
        await call('GET', `/v1/ops/applications/${encodeURIComponent(typed.surname)}`, undefined, operator),
        await call('GET', `/v1/ops/dead-letters?type=${encodeURIComponent(typed.surname)}`, undefined, operator),
        await call('GET', `/${encodeURIComponent(typed.familyName)}/help`),
      ];
      // What was told to the person themself is theirs: their own page and what the draft gives back.
      for (const [at, { status, body: told }] of tries.entries())
        if (status >= 400 && at !== 4 && at !== 9) answers.push(JSON.stringify(told));
      expect((await call('POST', `${path}/complaint`, { says: complaint })).status).toBe(202);
    }
    for (const { email } of entered)
      await eventually(
        () => mails(email),
        (seen) => seen.length > 0,
        120_000,
      );
    // An event that was tampered with, by somebody who writes to a topic: what it says may not be repeated in a reason.
    const { id } = entered[0]!;
    const [{ forum_id: forumId }] = (await sql('select forum_id from intake.application where id = $1', [id])) as any;
    const tampered = { applicationId: id, outwardCode: said[0], skills: [said[1]] };
    await produce(
      kafkaUser('intake'),
      'intake.application',
      event('intake.availability-given.v1', id, tampered, { ce_forumid: forumId }),
    );
    await eventually(
      () => sql("select 1 from matching.dead_letter where key = $1 and reason = 'wrong-schema'", [id]),
      (rows) => rows.length > 0,
      60_000,
    );
  });

  /** Every word in every spelling. */
  const needles = (): string[] => [...new Set(said.flatMap(spellings))];

  test('not in a topic: key, header or value', async () => {
    const { messages, holding } = await topics();
    expect(messages).toBeGreaterThan(RUNS * 3);
    // The one message that we put there ourselves is the only one that says a word.
    const planted = new Set([said[0]!, said[1]!].flatMap(spellings));
    const found = holding(needles()).filter((one) => !planted.has(one.slice(one.indexOf(': ') + 2)));
    expect([seed, found]).toEqual([seed, []]);
  });

  test('not in a table: row, journal, job, timeline or reason of a dead letter', async () => {
    const all = await tables();
    const [letter] = await sql(
      'select first_error, last_error, reason from matching.dead_letter where key = $1 order by seq desc limit 1',
      [entered[0]!.id],
    );
    expect(JSON.stringify(letter)).not.toContain(said[0]);
    const found = all.holding(needles()).filter((one) => !/^(vetting|matching|notification)\.dead_letter: /.test(one));
    expect([seed, found]).toEqual([seed, []]);
    expect(all.messages).toBeGreaterThan(RUNS * 5);
  });

  test('not in Redis: queue, job, limit or lock', async () => {
    const { holding } = await queues();
    expect([seed, holding(needles())]).toEqual([seed, []]);
  });

  test('not in a log, nor in any file of the servers', async () => {
    expect([seed, (await files('logs')).holding(needles())]).toEqual([seed, []]);
    const planted = new Set([said[0]!, said[1]!].flatMap(spellings));
    // Inflated pages of the database are searched as they lie: sealed values are noise there.
    const { messages, holding } = await files('postgres', 'redis', 'kafka');
    expect(messages).toBeGreaterThan(100);
    const found = holding(needles()).filter((one) => !planted.has(one.slice(one.indexOf(': ') + 2)));
    expect([seed, found]).toEqual([seed, []]);
  });

  test('not in a trace or a metric', async () => {
    for (const [app, instances] of Object.entries(stack().apps))
      for (const { adminUrl } of instances) {
        const text = await (await fetch(`${adminUrl}/metrics`)).text();
        expect([app, needles().filter((needle) => text.includes(needle))]).toEqual([app, []]);
      }
  });

  test('not in an answer that is a refusal', () => {
    const text = answers.join('\n');
    expect([seed, needles().filter((needle) => text.includes(needle))]).toEqual([seed, []]);
    expect(text).not.toContain(partnerKey);
  });

  test('what operators and auditors are shown says nothing of it either', async () => {
    const shown: string[] = [];
    for (const email of ['operator@demo.example', 'auditor@demo.example']) {
      const headers = await staff(email);
      for (const { id } of entered.slice(0, 3)) {
        const { body } = await call('GET', `/v1/applications/${id}`, undefined, headers);
        shown.push(JSON.stringify(body));
      }
      for (const path of ['/v1/ops/dead-letters', '/v1/ops/overview', '/v1/ops/audit', '/ops/queues/api/queues'])
        shown.push(JSON.stringify((await call('GET', path, undefined, headers)).body));
    }
    const letters = await call('GET', '/v1/ops/dead-letters', undefined, await staff('operator@demo.example'));
    for (const { id } of letters.body.items.slice(0, 10)) {
      const { body } = await call('GET', `/v1/ops/dead-letters/${id}`, undefined, await staff('operator@demo.example'));
      shown.push(JSON.stringify(body));
    }
    const text = shown.join('\n');
    expect([seed, needles().filter((needle) => text.includes(needle))]).toEqual([seed, []]);
  });

  test('the look itself finds what is there: in every spelling', () => {
    for (const word of said.slice(0, 20)) {
      const inside = Buffer.from(`x=${word}&y`);
      const texts = [
        word,
        word.toUpperCase(),
        encodeURIComponent(word),
        JSON.stringify({ word }),
        inside.toString('base64'),
        Buffer.from(`xy=${word}&y`).toString('base64url'),
        Buffer.from(`xyz=${word}&y`).toString('base64'),
        inside.toString('hex'),
      ];
      for (const text of texts)
        expect([text, spellings(word).some((spelt) => text.includes(spelt))]).toEqual([text, true]);
    }
  });
});
