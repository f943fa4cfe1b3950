import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { apply, call, eventually, form } from '../e2e/people.js';
import { files, queues, tables, topics } from './said.js';
import { crowd, drill, kafka, mails, settings, sql, staff } from './stack.js';

jest.setTimeout(600_000);

/** The whole form wipes every topic; `npm test` leaves that out, and test/erasure.db.spec.ts does it without a broker. */
const WIPES = crowd(1, 0) === 1;

describe('S17 Replay brings erased people back', () => {
  const person = form({
    givenName: 'Zyxerased',
    email: `zyxerased.${Date.now().toString(36)}@example.org`,
    phone: '+447700900456',
    postcode: 'OL3 5ZX',
    ageBand: '16-17',
    guardian: { name: 'Zyxguardian', email: `zyxguardian.${Date.now().toString(36)}@example.org` },
    support: 'Zyxramp at the door',
    alreadyVolunteersWith: 'Zyxrotary',
    roles: ['reception-centre'],
  });
  /** What the person said in words; what is coded could be anybody's. */
  const words = [
    'Zyxerased',
    String(person.familyName),
    String(person.email),
    'Zyxguardian',
    'Zyxramp',
    'Zyxrotary',
    'OL3 5ZX',
  ];
  /** Of erased people these remain, on purpose, without anything that says who it was (S17: what survives). */
  const KNOWN_AFTER = [
    // That there was an application, when, and what became of its promises: the forum's own account.
    ...['intake.application', 'intake.timeline', 'intake.promise_outcome', 'intake.person_link', 'intake.disclosure'],
    // Ids in facts about nobody, and the erasure itself, which must be told again after a rebuild.
    ...['intake.journal', 'vetting.journal', 'matching.journal', 'notification.journal', 'keyring.erased'],
    ...['vetting.disclosure', 'vetting.determination', 'notification.message', 'notification.attempt'],
    // Emptied rows, which know an old event of an erased person when it comes again.
    ...['vetting.case_file', 'matching.member'],
  ];
  let id: string;

  beforeAll(async () => {
    const { status, body } = await apply(person);
    expect(status).toBe(202);
    id = body.id;
    const path = new URL(body.statusUrl).pathname;
    await eventually(
      () => mails(String(person.email)),
      (seen) => seen.length > 0,
      60_000,
    );
    await eventually(
      () => sql('select 1 from vetting.case_file where application_id = $1', [id]),
      (rows) => rows.length > 0,
      60_000,
    );
    await call('POST', `${path}/complaint`, { says: 'Zyxcomplaint: nobody rang.' });
    expect((await call('DELETE', path)).status).toBe(204);
    await eventually(keysAndRows, (left) => left.length === 0, 60_000);
  });

  const keysAndRows = async (): Promise<string[]> => {
    const keys = await sql('select compartment from keyring.data_key where person_id = $1', [id]);
    const said = (await tables()).holding([...words, 'Zyxcomplaint']);
    const rows = await sql<{ it: string }>(
      // The row stays, so that whoever was erased is known when an old event comes again; what it told is gone.
      `select 'vetting.case_file' as it from vetting.case_file where application_id = $1 and profile is not null and profile <> '{}'
       union all select 'matching.member' from matching.member
        where application_id = $1 and (profile is not null or latitude is not null or cleared_roles <> '[]')
       union all select 'notification.recipient' from notification.recipient where application_id = $1`,
      [id],
    );
    return [...keys.map(({ compartment }) => `key ${compartment}`), ...said, ...rows.map(({ it }) => it)];
  };

  test('no key of theirs is left, and no table says a word of them', async () => {
    expect(await keysAndRows()).toEqual([]);
  });

  test('where their id remains, it is in the forum’s own account and nowhere else', async () => {
    const places = (await tables()).holding([id]).map((one) => one.split(':')[0]!);
    expect([...new Set(places)].filter((table) => !KNOWN_AFTER.includes(table))).toEqual([]);
    const [row] = await sql('select * from intake.application where id = $1', [id]);
    const emptied = [
      'channel',
      'language',
      'age_band',
      'outward_code',
      'contact_sealed',
      'person_sealed',
      'support_sealed',
    ];
    for (const column of [...emptied, 'email_index', 'phone_index', 'name_index'])
      expect([column, row![column]]).toEqual([column, null]);
    expect([row!['roles'], row!['skills'], row!['slots']]).toEqual([[], [], []]);
  });

  test('no topic, queue or log says a word of them', async () => {
    const spoken = [...words, 'Zyxcomplaint'];
    expect((await topics()).holding(spoken)).toEqual([]);
    expect((await queues()).holding([...spoken, id])).toEqual([]);
    expect((await files('logs')).holding(spoken)).toEqual([]);
  });

  if (WIPES)
    test('with every topic wiped and built anew from the journals, nothing of them comes back', async () => {
      const admin = kafka({ username: 'admin', password: settings.kafka['admin']! }).admin();
      await admin.connect();
      try {
        const all = (await admin.listTopics()).filter((name) => /^[a-z]+\.[a-z-]+$/.test(name));
        expect(all.length).toBeGreaterThan(6);
        await admin.deleteTopics({ topics: all, timeout: 30_000 });
        // What they hold is read again whole, as after a loss: who reads must not remember where it stood.
        await drill('restart', 'intake');
        await eventually(
          async () => {
            const there = await admin.listTopics();
            const offsets = there.includes('intake.application')
              ? await admin.fetchTopicOffsets('intake.application').catch(() => [])
              : [];
            return offsets.reduce((sum, { high }) => sum + Number(high), 0);
          },
          (sum) => sum > 0,
          180_000,
        );
      } finally {
        await admin.disconnect();
      }
      const headers = await staff('operator@demo.example');
      await eventually(
        () => call('GET', '/v1/ops/overview', undefined, headers),
        ({ body }) =>
          body.journals?.every(({ unsent }: { unsent: number }) => unsent === 0) &&
          body.consumers?.every(({ lag }: { lag: number }) => lag === 0),
        180_000,
      );
      const said = await topics();
      // The journal was told again, the erasure with it.
      expect(said.holding([id]).length).toBeGreaterThan(0);
      expect(said.holding([...words, 'Zyxcomplaint'])).toEqual([]);
      expect(await keysAndRows()).toEqual([]);
    });
});
