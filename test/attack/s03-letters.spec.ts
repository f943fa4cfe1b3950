import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { call, eventually } from '../e2e/people.js';
import { event, kafkaUser, produce, sql, staff } from './stack.js';

jest.setTimeout(480_000);

/** What ends or opens something for a person, and who takes it; each is broken on purpose, so that all of them park it. */
const TAKEN_BY: Readonly<Record<string, readonly string[]>> = {
  'vetting.application-cleared.v1': ['intake', 'matching'],
  'vetting.application-conditionally-cleared.v1': ['intake', 'matching'],
  'vetting.application-declined.v1': ['intake', 'matching'],
  'intake.application-withdrawn.v1': ['vetting', 'matching', 'notification'],
  'intake.application-erased.v1': ['vetting', 'matching', 'notification'],
};
const PROTECTED = Object.keys(TAKEN_BY);
interface Letter {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly consumer: string;
}
/** New ones each time: what an earlier run left open would hold up what comes after it. */
const PERSONS = new Map(PROTECTED.map((type) => [type, randomUUID()]));
const personOf = (type: string): string => PERSONS.get(type)!;
let letters: Letter[] = [];
let operator: { authorization: string };

const example = (type: string): any =>
  JSON.parse(readFileSync(new URL(`../compat/${type}.json`, import.meta.url), 'utf8')).examples[0];
const act = (letter: Letter, what: string, body: object, by = operator) =>
  call('POST', `/v1/ops/dead-letters/${letter.id}/${what}`, { reason: 'An attack', ...body }, by);
const stateOf = async ({ id }: Letter): Promise<string> =>
  (await call('GET', `/v1/ops/dead-letters/${id}`, undefined, operator)).body.state;

beforeAll(async () => {
  operator = await staff('operator@demo.example');
  const since = new Date();
  for (const type of PROTECTED) {
    const topic = `${type.split('.', 1)[0]}.application`;
    await produce(
      kafkaUser(type.split('.', 1)[0]!),
      topic,
      event(type, personOf(type), { ...example(type), applicationId: personOf(type), forumId: 'planted' }),
    );
  }
  letters = await eventually(
    () =>
      sql<Letter>(
        ['intake', 'matching', 'vetting', 'notification']
          .map(
            (app) =>
              `select id, type, key, consumer from ${app}.dead_letter
                where key = any ($1) and parked_at >= $2 and state = 'parked'`,
          )
          .join(' union all '),
        [PROTECTED.map(personOf), since],
      ),
    (seen) =>
      PROTECTED.every((type) => seen.filter((letter) => letter.type === type).length === TAKEN_BY[type]!.length),
    200_000,
  );
});

afterAll(async () => {
  const people = await Promise.all(
    ['operator', 'vetting.second', 'coordinator.bolton'].map((it) => staff(`${it}@demo.example`)),
  );
  for (const letter of letters) for (const by of people) await act(letter, 'discard', {}, by);
  expect(await Promise.all(letters.map(stateOf))).toEqual(letters.map(() => 'discarded'));
});

describe('S3 One operator edits a parked clearance or discards a hold', () => {
  test('no operator can raise the tier of a parked clearance, nor change any other protected fact', async () => {
    for (const letter of letters) {
      const refused = await act(letter, 'edit', { data: { ...example(letter.type), tier: 'high' } });
      expect([letter.type, refused.status]).toEqual([letter.type, 403]);
      expect(refused.body.type).toMatch(/letter-immutable$/);
    }
  });

  test('each refused edit stands in the audit with who tried it', async () => {
    for (const letter of letters) {
      const { body } = await call('GET', `/v1/ops/dead-letters/${letter.id}`, undefined, operator);
      const tried = body.acts.filter((one: any) => one.act === 'edit');
      expect([letter.type, tried.length > 0, tried.every((one: any) => one.memberId)]).toEqual([
        letter.type,
        true,
        true,
      ]);
    }
  });

  test('one person cannot discard it, however often they ask, and neither can a second operator', async () => {
    const letter = letters.find(({ type }) => type === 'vetting.application-cleared.v1')!;
    const first = await act(letter, 'discard', {});
    expect([first.status, first.body.outcome]).toEqual([200, 'second-person-needed']);
    expect((await act(letter, 'discard', {})).status).toBe(403);
    for (const email of ['duty', 'approver', 'coordinator.oldham', 'auditor', 'calls'])
      expect((await act(letter, 'discard', {}, await staff(`${email}@demo.example`))).status).toBe(403);
    expect(await stateOf(letter)).not.toBe('discarded');
  });

  test('the owning role alone cannot do both halves either', async () => {
    const letter = letters.find(({ type }) => type === 'vetting.application-declined.v1')!;
    const vetting = await staff('vetting@demo.example');
    expect((await act(letter, 'discard', {}, vetting)).body.outcome).toBe('second-person-needed');
    const again = await act(letter, 'discard', {}, vetting);
    expect([again.status, again.body.type]).toEqual([403, expect.stringMatching(/second-person-needed$/)]);
    expect(await stateOf(letter)).not.toBe('discarded');
  });

  test('what is not protected keeps its id, forum, type and key when it is edited', async () => {
    const refused = await act(letters[0]!, 'edit', { data: {}, id: 'x', type: 'x', key: 'x', forumId: 'x' });
    expect(refused.status).toBeGreaterThanOrEqual(400);
    const [kept] = await sql<Letter>(
      `select id, type, key, consumer from ${letters[0]!.consumer.split('.', 1)[0]}.dead_letter where id = $1`,
      [letters[0]!.id],
    );
    expect(kept).toEqual(letters[0]);
  });
});
