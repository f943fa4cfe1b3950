import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Database, Transaction } from '@app/database';
import { MicroBatch } from '@app/http';
import { uuidv7 } from '@app/messaging';
import { Keyring, type Subject } from '@app/privacy';
import { hashOfToken, mintToken } from '../../apps/intake/src/links/token.js';
import { SubmissionRepository, type NewApplication } from '../../apps/intake/src/submit/submission.repository.js';
import { told, type Bench } from './bench.js';
import { databaseOf } from './messaging/house.js';
import { FORUM } from './messaging/submitted.js';
import { roleOf } from './messaging/work.js';
import type { Stack } from './stack.js';

const BATCH = 250;
const ROUNDS = 60;

class Undone extends Error {}

/** µs an application, in batches as intake makes them; nothing stays. The middle one of many rounds. */
const each = async (database: Database, work: (tx: Transaction) => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1)
    await database
      .transaction(async (tx) => {
        const began = performance.now();
        await work(tx);
        times.push(((performance.now() - began) * 1000) / BATCH);
        throw new Undone();
      })
      .catch((error: unknown) => {
        if (!(error instanceof Undone)) throw error;
      });
  return times.sort((a, b) => a - b)[Math.floor(times.length / 2)]!;
};

const people = (): Subject[] =>
  Array.from({ length: BATCH }, () => ({ forumId: FORUM, personId: uuidv7(), compartment: 'contact' }));

/** Data keys by person and compartment: made, wrapped, used twice, stored (S4). */
const keys = (keyring: Keyring) => async (tx: Transaction) => {
  const subjects = people();
  const forged = keyring.forge(subjects);
  for (const subject of subjects)
    for (const place of ['application.contact', 'application.person'])
      keyring.seal(forged, { subject, place, version: 1 }, { givenName: 'Ann', email: 'ann@example.org', token: 'x' });
  await keyring.store(tx, forged);
};

/** Two links each: a random token, of which the hash is stored (S7). */
const links = (submissions: SubmissionRepository) => (tx: Transaction) =>
  submissions.insertLinks(
    tx,
    people().flatMap(({ personId, forumId }) =>
      (['receipt', 'mailed'] as const).map((kind) => ({
        ...{ tokenHash: hashOfToken(mintToken()), applicationId: personId, forumId, kind, fullUntil: null },
      })),
    ),
  );

const rows = (): NewApplication[] =>
  people().map(
    ({ personId, forumId }) =>
      ({
        ...{
          id: personId,
          activationId: FORUM,
          forumId,
          idempotencyHash: randomBytes(32),
          bodyHash: '',
          enteredBy: null,
        },
        ...{ at: new Date(), dueAt: new Date(Date.now() + 86_400_000), actAt: new Date(Date.now() + 80_000_000) },
        ...{ mode: 'open', words: 'open', owner: { id: FORUM, name: 'Action Together, Oldham' }, outwardCode: 'OL1' },
        form: {
          ...{ channel: 'email', language: 'en', ageBand: '18-plus', roles: ['sandbags'], skills: ['driving'] },
          ...{ vehicle: true, remoteOnly: false, availability: { from: '2026-11-22', slots: [], maxDistanceKm: 10 } },
        } as unknown as NewApplication['form'],
        ...{
          reference: randomBytes(8).toString('hex'),
          likelyDuplicateOf: null,
          supportSealed: null,
          messages: 1,
          version: 2,
        },
        index: { email: randomBytes(32), phone: null, name: randomBytes(32) },
        ...{
          contactSealed: randomBytes(284).toString('base64url'),
          personSealed: randomBytes(284).toString('base64url'),
        },
      }) as NewApplication,
  );

/** The table with and without its rule that a forum sees its own, turn by turn, so that a drift of the machine is in both. */
const forumRule = async (stack: Stack, database: Database, submissions: SubmissionRepository): Promise<number> => {
  const set = (how: 'enable' | 'disable') =>
    stack.database.query(`alter table intake.application ${how} row level security`);
  const insert = (tx: Transaction) => submissions.insert(tx, rows());
  try {
    const differences: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await set('disable');
      const without = await each(database, insert);
      await set('enable');
      differences.push((await each(database, insert)) - without);
    }
    return differences.reduce((sum, one) => sum + one, 0) / differences.length;
  } finally {
    await set('enable');
  }
};

/** Answers found by caller, route, key and body instead of by their place in the batch (S8). */
const correlation = async (): Promise<number> => {
  const batch = new MicroBatch<{ hash: Buffer; body: string }, string>({
    ...{ maxItems: BATCH, maxInFlight: 2 },
    keyOf: ({ hash, body }) => `${hash.toString('hex')} ${body}`,
    run: (items) =>
      Promise.resolve(
        items.map(({ hash, body }) => ({ is: 'done', key: `${hash.toString('hex')} ${body}`, value: '' })),
      ),
  });
  const items = Array.from({ length: BATCH * ROUNDS }, (_, n) => ({
    hash: createHash('sha256').update(String(n)).digest(),
    body: createHash('sha256').update(`body ${n}`).digest('base64url'),
  }));
  const plain = async (item: { body: string }) => item.body;
  const time = async (one: (item: (typeof items)[number]) => Promise<unknown>): Promise<number> => {
    const began = performance.now();
    for (let at = 0; at < items.length; at += BATCH) await Promise.all(items.slice(at, at + BATCH).map(one));
    return ((performance.now() - began) * 1000) / items.length;
  };
  await time((item) => batch.add(item));
  const without = await time(plain);
  return (await time((item) => batch.add(item))) - without;
};

export const intakeCost: Bench = {
  name: 'intake-cost',
  says: 'what the rules S4, S7 and S8 cost an application at intake',
  async run(stack) {
    const role = roleOf(stack, 'intake');
    const database = await databaseOf(role);
    const keyring = Keyring.fromFolder(join(role.secrets, 'intake/keys'), ['contact']);
    const submissions = new SubmissionRepository();
    try {
      const whole = await each(database, (tx) => submissions.insert(tx, rows()));
      return {
        figures: [
          told('S4: keys, two values sealed', await each(database, keys(keyring)), 'µs'),
          told('S7: two links', await each(database, links(submissions)), 'µs'),
          told('S8: answers found by key', await correlation(), 'µs'),
          told('S8: row-level security', await forumRule(stack, database, submissions), 'µs'),
          told('beside it: the row itself', whole, 'µs'),
        ],
        faults: [],
        notes: [
          ['measured', `batches of ${BATCH} through the app's own statements, the middle of ${ROUNDS}, rolled back`],
        ],
      };
    } finally {
      await database.close();
    }
  },
};
