import { randomBytes } from 'node:crypto';
import { describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { linkIn, mails } from './stack.js';

jest.setTimeout(480_000);

const RIGHT = 'OL1 1AA';
const html = { accept: 'text/html' };

/** A mail that went astray, and the receipt that its owner has. */
const astray = async (change: object = {}): Promise<{ link: string; receipt: string; reference: string }> => {
  const email = `astray.${randomBytes(6).toString('hex')}@example.org`;
  const { body } = await apply(form({ email, ...change }));
  const [mail] = await eventually(
    () => mails(email),
    (seen) => seen.length > 0,
    180_000,
  );
  return {
    link: linkIn(mail!.text),
    receipt: new URL(body.statusUrl as string).pathname,
    reference: body.reference,
  };
};
const byJson = (link: string, answer: unknown) => call('POST', `${link}/confirm`, { answer });
const byForm = (link: string, answer: string) =>
  call('POST', `${link}/confirm`, new URLSearchParams({ answer }).toString(), {
    ...html,
    'content-type': 'application/x-www-form-urlencoded',
  });
const said = ({ body }: { body: unknown }): string => (typeof body === 'string' ? body : JSON.stringify(body));

describe('S14 The question behind a link is guessed', () => {
  test('the sixth answer, even the right one, is refused in JSON, in the form, in events and for every act', async () => {
    const { link, receipt, reference } = await astray();
    const wrong = ['OL1 1AB', 'BL1 1AA', 'M1 1AA', 'SK1 1AA', 'WN1 1AA'];
    for (const [n, answer] of wrong.entries()) {
      const { status, body } = n % 2 ? await byForm(link, answer) : await byJson(link, answer);
      expect([answer, status]).toEqual([answer, 422]);
      expect(said({ body })).not.toContain(reference);
    }
    const sixth = [await byJson(link, RIGHT), await byForm(link, RIGHT), await byJson(link, RIGHT)];
    expect(sixth.map(({ status }) => status)).toEqual([403, 403, 403]);
    for (const path of ['', '/events', '/data', '/withdraw', '/receipt', '/tasks/identity'])
      for (const headers of [{}, html]) {
        const answer = await call('GET', link + path, undefined, headers);
        expect([path, [403, 406].includes(answer.status)]).toEqual([path, true]);
        expect(said(answer)).not.toContain(reference);
      }
    for (const act of ['/withdraw', '/pause', '/complaint', '/code', '/offers/x/accept'])
      expect([act, [403, 404].includes((await call('POST', link + act, {})).status)]).toEqual([act, true]);
    // Whoever holds the receipt is not locked out by a stranger's guesses.
    expect((await call('GET', receipt)).status).toBe(200);
  });

  test('twenty guesses at the same moment are counted one by one', async () => {
    const { link } = await astray();
    const guesses = Array.from({ length: 20 }, (_, n) => (n === 19 ? RIGHT : `OL1 1B${'ABDEFGHJLNPQRSTUWXY'[n]}`));
    const answers = await Promise.all(guesses.slice(0, 19).map((guess, n) => (n % 2 ? byJson : byForm)(link, guess)));
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(14);
    expect((await byJson(link, RIGHT)).status).toBe(403);
  });

  test('the server chooses the question: another answer to another question is a failure like any other', async () => {
    const { link, reference } = await astray({ familyName: 'Quayle' });
    const asked = await call('GET', link);
    expect([asked.status, asked.body.question]).toEqual([403, 'postcode']);
    for (const body of [
      { answer: 'Quayle' },
      { answer: 'Quayle', question: 'family-name' },
      { question: 'family-name', familyName: 'Quayle' },
      { answer: ['OL1 1AA'] },
      { answer: { $ne: '' } },
      { answer: '' },
      {},
      { answer: 'OL1' },
      { answer: 'OL1%' },
      { answer: reference },
    ]) {
      const refused = await call('POST', `${link}/confirm`, body);
      expect([body, [400, 403, 422].includes(refused.status)]).toEqual([body, true]);
    }
    expect((await call('GET', link)).status).toBe(403);
  });

  test('a family name, where there is no postcode, is guessed no more often', async () => {
    const { link } = await astray({ postcode: undefined, noPostcode: true, familyName: 'Quayle' });
    expect((await call('GET', link)).body.question).toBe('family-name');
    for (const guess of ['Smith', 'Jones', 'Taylor', 'Brown', 'Williams'])
      expect((await byJson(link, guess)).status).toBe(422);
    expect((await byJson(link, 'Quayle')).status).toBe(403);
  });

  test('right answers do not start the count anew, and five are the owner’s too', async () => {
    const { link, reference } = await astray();
    for (let n = 0; n < 4; n++) expect((await byJson(link, `BL1 1A${'ABDE'[n]}`)).status).toBe(422);
    expect((await byJson(link, 'ol1 1aa')).status).toBe(200);
    expect((await call('GET', link)).body.reference).toBe(reference);
  });

  test("a guardian's question is guessed no more often", async () => {
    const guardian = `guardian.${randomBytes(6).toString('hex')}@example.org`;
    await apply(
      form({
        ageBand: '16-17',
        roles: ['reception-centre'],
        givenName: 'Young',
        familyName: 'Quayle',
        guardian: { name: 'Grey Quayle', email: guardian },
      }),
    );
    const [mail] = await eventually(
      () => mails(guardian),
      (seen) => seen.length > 0,
      200_000,
    );
    const link = /\/s\/[\w-]+\/guardian/.exec(mail!.text)![0];
    const answer = (theirFamilyName: string) => call('POST', link, { answer: 'agreed', theirFamilyName });
    for (let n = 0; n < 5; n++) expect((await answer(`Wrong${'abcde'[n]}`)).status).toBe(422);
    expect((await answer('Quayle')).status).toBe(403);
  });
});
