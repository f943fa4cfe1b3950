import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { linkIn, mails, sql } from './stack.js';

jest.setTimeout(480_000);

interface Applicant {
  readonly id: string;
  readonly reference: string;
  readonly email: string;
  /** What the receipt shows, and what the mail brought. */
  readonly receipt: string;
  readonly mailed: string;
}
const applicant = async (): Promise<Applicant> => {
  const email = `forwarded.${randomBytes(6).toString('hex')}@example.org`;
  const { body } = await apply(form({ email, familyName: 'Zyxwvut', support: 'step-free access' }));
  const [mail] = await eventually(
    () => mails(email),
    (seen) => seen.length > 0,
    180_000,
  );
  const receipt = new URL(body.statusUrl as string).pathname;
  return { id: body.id, reference: body.reference, email, receipt, mailed: linkIn(mail!.text) };
};

let victim: Applicant;
beforeAll(async () => {
  victim = await applicant();
});

const html = { accept: 'text/html' };
/** A form as a browser posts it. */
const post = (path: string, fields: Record<string, string>) =>
  call('POST', path, new URLSearchParams(fields).toString(), {
    ...html,
    'content-type': 'application/x-www-form-urlencoded',
  });
const etag = async (path: string): Promise<string> => (await call('GET', path)).headers.get('etag')!;
const facts = /Zyxwvut|zyxwvut|forwarded\.|OL1 1AA|step-free|\+447700900123/;

/** All that a mailed link must not do; each must change nothing and show nothing. */
const beyond = async (path: string): Promise<void> => {
  const seen = { 'if-match': await etag(path) };
  const tried = [
    await call('GET', `${path}/data`),
    await call('DELETE', path),
    await call('PATCH', path, { email: 'thief@example.org' }, seen),
    await call('PATCH', path, { phone: '+447700900555' }, seen),
    await call('PATCH', path, { address: { lines: ['1 Thief Street'], postcode: 'OL1 1AA' } }, seen),
    await call('PATCH', path, { language: 'cy', email: 'thief@example.org' }, seen),
    await call('GET', `${path}/erase`, undefined, html),
    await post(`${path}/erase`, {}),
    await post(`${path}/erase`, { _method: 'DELETE' }),
    await call('POST', path, undefined, { 'x-http-method-override': 'DELETE' }),
  ];
  expect(tried.slice(0, 9).map(({ status }) => status)).toEqual(Array.from({ length: 9 }, () => 403));
  expect([404, 405]).toContain(tried[9]!.status);
  for (const { body } of tried) expect(typeof body === 'string' ? body : JSON.stringify(body)).not.toMatch(facts);
};

describe('S7 A forwarded mail yields everything about a person', () => {
  test('before its one question is answered it shows nothing of the person and does nothing', async () => {
    for (const part of ['', '/data', '/events', '/receipt', '/tasks/identity', '/withdraw', '/code', '/erase'])
      for (const headers of [{}, html]) {
        const { status, body } = await call('GET', victim.mailed + part, undefined, headers);
        if (part !== '' || !('accept' in headers)) expect([part, [403, 406].includes(status)]).toEqual([part, true]);
        const shown = typeof body === 'string' ? body : JSON.stringify(body);
        expect(shown).not.toMatch(facts);
        expect(shown).not.toContain(victim.reference);
      }
    for (const part of ['/withdraw', '/pause', '/complaint', '/code', '/erase'])
      expect([part, (await call('POST', victim.mailed + part, {})).status]).toEqual([part, 403]);
    expect((await call('GET', victim.receipt)).body.state).not.toBe('withdrawn');
  });

  test('answered, it may view and pause, but neither download, nor move the contact, nor erase', async () => {
    expect((await call('POST', `${victim.mailed}/confirm`, { answer: 'OL1 1AA' })).status).toBeLessThan(400);
    expect((await call('GET', victim.mailed)).body.reference).toBe(victim.reference);
    await beyond(victim.mailed);
    expect((await call('POST', `${victim.mailed}/pause`, {})).status).toBe(200);
    expect((await call('POST', `${victim.mailed}/resume`, {})).status).toBe(200);
    const { body } = await call('GET', `${victim.receipt}/data`);
    expect(body.application).toMatchObject({ email: victim.email, familyName: 'Zyxwvut' });
  });

  test('not even its page or its events carry the contact or the postcode', async () => {
    const page = await call('GET', victim.mailed, undefined, html);
    expect([page.status, facts.test(page.body)]).toEqual([200, false]);
    expect(JSON.stringify((await call('GET', victim.mailed)).body)).not.toMatch(facts);
  });

  test('a guessed code opens nothing, and guessing ends; the code goes to the confirmed contact alone', async () => {
    expect((await call('POST', `${victim.mailed}/code`, {})).status).toBe(202);
    const mail = await eventually(
      async () => (await mails(victim.email)).find(({ text }) => /\b\d{6}\b|\b\d{3} \d{3}\b/.test(text)),
      (seen) => seen !== undefined,
      180_000,
    );
    const [code] = /\b\d{6}\b|\b\d{3} \d{3}\b/.exec(mail!.text)!;
    const wrong = code!.replace(' ', '') === '000000' ? '000001' : '000000';
    const tries = await Promise.all(
      Array.from({ length: 12 }, () => call('POST', `${victim.mailed}/code/confirm`, { code: wrong })),
    );
    expect(tries.filter(({ status }) => status < 400)).toEqual([]);
    const right = await call('POST', `${victim.mailed}/code/confirm`, { code });
    expect(right.status).toBeGreaterThanOrEqual(400);
    await beyond(victim.mailed);
  });

  test("another person's code, link or offer gives no right over this one", async () => {
    const other = await applicant();
    const [mine, theirs] = [victim.receipt, other.receipt].map((path) => path.slice('/s/'.length));
    expect(mine).not.toBe(theirs);
    for (const [table, column] of [
      ['person_link', 'token_hash'],
      ['step_up', 'token_hash'],
    ]) {
      const kept = await sql(`select ${column} as it from intake.${table} where application_id = $1`, [victim.id]);
      for (const { it } of kept) expect(it.toString('utf8')).not.toContain(mine!);
    }
    expect((await call('GET', `/s/${mine!.slice(0, -1)}${mine!.endsWith('A') ? 'B' : 'A'}`)).status).toBe(404);
    expect((await call('GET', `/s/${mine!.toLowerCase()}`)).status).toBe(404);
    expect((await call('POST', `${other.receipt}/offers/${victim.id}/accept`, {})).status).toBeGreaterThanOrEqual(404);
  });

  test('after its day even the link of the receipt needs a code', async () => {
    const { receipt, id } = await applicant();
    expect((await call('GET', `${receipt}/data`)).status).toBe(200);
    const [until] = await sql<{ left: string }>(
      `select extract(epoch from full_until - now()) as left from intake.person_link where application_id = $1 and kind = 'receipt'`,
      [id],
    );
    expect(Number(until!.left)).toBeLessThanOrEqual(24 * 3600);
    await sql(`update intake.person_link set full_until = now() - interval '1 second' where application_id = $1`, [id]);
    await beyond(receipt);
  });
});
