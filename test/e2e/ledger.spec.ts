import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { Pool } from 'pg';
import { LoadLedger } from '../../tools/surge/ledger.js';
import type { Person } from '../../tools/surge/people.js';
import { gather, judge, type Verdict } from '../../tools/surge/verdict.js';
import { stack } from './browser.js';
import { activation, apply, eventually, form } from './people.js';

jest.setTimeout(60_000);

/** The rehearsal's own ledger against the real databases and inbox: what is planted must be found, and nothing else. */
const database = new Pool({ connectionString: stack().postgres.url, max: 2 });
const folder = mkdtempSync(join(tmpdir(), 'muster-ledger-'));
let ledger: LoadLedger;
let firstSeq: bigint;
let activationId: string;
let told: Person;
const startedAt = new Date();

const one = async <T>(text: string, values: unknown[] = []): Promise<T> =>
  (await database.query<{ it: T }>(text, values)).rows[0]!.it;

beforeAll(async () => {
  activationId = await one('select id as it from intake.activation where slug = $1', [activation]);
});
afterAll(async () => {
  await database.end();
  rmSync(folder, { recursive: true, force: true });
});

const acknowledge = (key: string, { id, reference }: { id: string; reference: string }): void =>
  ledger.write({ is: 'acknowledged', key, n: 0, ms: 1, replayed: false, id, reference, statusUrl: null });

const SENT = `select count(*)::int as it from notification.message where application_id = $1 and state in ('sent', 'delivered')`;

/** An application whose receipt has gone out. */
const applied = async (email: string): Promise<{ id: string; reference: string }> => {
  const { status, body } = await apply(form({ email }));
  expect(status).toBe(202);
  await eventually(
    () => one<number>(SENT, [body.id]),
    (count) => count > 0,
  );
  return body;
};

/** Once every message of the run has gone out, which follows within seconds. */
const verdict = (faults: readonly string[]): Promise<Verdict> =>
  eventually(verdictNow, (seen) => seen.faults.join() === faults.join());

const verdictNow = async (): Promise<Verdict> =>
  judge(
    await gather({
      ...{
        database,
        ledger,
        activationId,
        origin: stack().origin,
        firstSeq,
        startedAt,
        logs: new Map(),
        seed: 'ledger',
        applicants: 1,
      },
      ...{ unsettled: 0, personOf: () => told, wrongs: { wronglyAccepted: 0, wronglyRefused: 0 } },
    }),
  );

beforeEach(async () => {
  ledger = new LoadLedger(join(folder, `${randomUUID()}.ndjson`), {});
  firstSeq = BigInt(await one<string>('select coalesce(max(seq), 0) as it from intake.journal'));
  const [key, email] = [randomUUID(), `planted.ledger.${randomUUID()}@example.org`];
  told = { key, email } as Person;
  acknowledge(key, await applied(email));
});

test('a run in which nothing went wrong has no fault', async () => {
  expect(await verdict([])).toMatchObject({ lost: 0, doubled: 0, late: 0 });
});

test('an acknowledged application that has no row is lost', async () => {
  acknowledge(randomUUID(), { id: randomUUID(), reference: 'MU-0000-0000-0' });
  expect(await verdict(['1 acknowledged applications have no row'])).toMatchObject({ lost: 1, doubled: 0 });
});

test('a key that made two applications has doubled one', async () => {
  acknowledge(told.key, await applied(`planted.ledger.${randomUUID()}@example.org`));
  expect(await verdict(['1 keys were answered with two ids'])).toMatchObject({ lost: 0, doubled: 1 });
});

test('an application that nobody was told of has doubled one', async () => {
  await applied(`planted.ledger.${randomUUID()}@example.org`);
  expect(await verdict(['1 applications exist that nobody was told of'])).toMatchObject({ lost: 0, doubled: 1 });
});

test('a person whose mail is said to be sent and never came has lost it', async () => {
  told = { ...told, email: `planted.ledger.${randomUUID()}@example.org` };
  expect(await verdict(['1 people who gave an address got no mail'])).toMatchObject({ lost: 1, doubled: 0 });
});
