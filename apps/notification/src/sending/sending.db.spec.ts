import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DAY, MINUTE, SECOND } from '@app/calendar';
import { atOnce, notificationRig, type Person, type Rig } from '../notification.fixture.js';
import { toText } from '../wording/html.js';

jest.setTimeout(60_000);

let rig: Rig;
beforeAll(async () => {
  rig = await notificationRig();
});
afterAll(() => rig.close());
beforeEach(() => rig.reset());

type Asked = Parameters<Rig['requested']>[1];
const owe = async (person: Person, asked: Asked = {}, o: Parameters<Rig['submitted']>[1] = {}): Promise<string> => {
  await rig.db.deliver(rig.coordination, [rig.open()]);
  const request = rig.requested(person, asked);
  await rig.db.deliver(rig.intake, [await rig.submitted(person, o), request]);
  return request.data.messageId;
};
const onlyMail = { contact: { email: 'ann@example.org', token: 't' } };
const sendAll = async (transport: 'email' | 'sms' | 'letter' = 'email', sending = rig.sending()): Promise<void> => {
  const jobs = await rig.claim(transport);
  await Promise.all(jobs.map(({ id }) => sending.send(id, rig.channel, atOnce)));
};

describe('a message', () => {
  test('goes at once although it was asked for by a clock that runs ahead', async () => {
    const now = rig.clock.now();
    rig.clock.set(new Date(now.getTime() + 10 * MINUTE));
    await owe(rig.person());
    rig.clock.set(now);
    expect(await rig.claim()).toHaveLength(1);
  });

  test('goes to the contact that was sealed, in the language of the person, with the promise in it', async () => {
    const ann = rig.person();
    const id = await owe(ann, {}, { language: 'cy' });
    await sendAll();
    const [given] = rig.channel.given;
    expect(given).toMatchObject({ id, to: { email: 'ann@example.org' }, again: false });
    expect(given!.worded.language).toBe('cy');
    const text = toText(given!.worded);
    expect(text).toContain('dydd Iau 26 Tachwedd am 2yp');
    expect(text).toContain('https://muster.example/s/token-of-ann');
    expect(text).not.toContain('Ann');
    expect(await rig.rows()).toMatchObject([{ state: 'sent', template: 'M2.open@2026-11.1', attempts: 1 }]);
    expect(await rig.published()).toMatchObject([
      { type: 'notification.message-sent.v1', messageId: id, transport: 'email', sentAt: '2026-11-23T12:00:00.000Z' },
    ]);
  });

  test('calls people by name only where they have shown that the contact is theirs', async () => {
    const contact = { givenName: 'Ann', email: 'ann@example.org', token: 't', confirmed: true };
    await owe(rig.person(), {}, { contact });
    await sendAll();
    expect(toText(rig.channel.given[0]!.worded)).toContain('Hello Ann,');
  });

  test('goes once, however many jobs ask for it at the same time', async () => {
    const id = await owe(rig.person());
    await rig.claim();
    const [one, other] = [rig.sending(), rig.sending()];
    await Promise.all([one, other, one, other].map((sending) => sending.send(id, rig.channel, atOnce)));
    await one.send(id, rig.channel, atOnce);
    expect(rig.channel.given).toHaveLength(1);
    expect(await rig.published()).toHaveLength(1);
  });

  test('of an exercise reaches the capture and no transport, and its link is kept out', async () => {
    await owe(rig.person());
    await rig.db.adminSql(`update notification.activation set kind = 'exercise'`);
    await sendAll();
    expect(rig.channel.given).toEqual([]);
    const [captured] = await rig.db.sql('select subject, body from captured');
    expect(captured.body).not.toContain('token-of-ann');
    expect(captured.body).toContain('Thank you. We have your form');
    expect(await rig.rows()).toMatchObject([{ state: 'sent' }]);
    expect(await rig.published()).toMatchObject([{ type: 'notification.message-sent.v1' }]);
  });

  test('with a code says it at any hour, and nowhere else than in the message', async () => {
    rig.clock.set(new Date('2026-11-23T23:00:00Z'));
    const ann = rig.person();
    await rig.db.deliver(rig.coordination, [rig.open()]);
    await rig.db.deliver(rig.intake, [await rig.submitted(ann, { channel: 'sms' }), await rig.code(ann)]);
    const [job] = await rig.claim('sms', true);
    await rig.sending().send(job!.id, rig.channel, atOnce);
    const { worded } = rig.channel.given[0]!;
    for (const said of [worded.text, toText(worded)]) {
      expect(said).toContain('314159');
      expect(said).not.toContain('token-of-ann');
    }
    expect(JSON.stringify([await rig.rows(), await rig.published()])).not.toContain('314159');
  });

  test('with a code that ran out on the way goes nowhere, nor by a way that nobody confirmed', async () => {
    const ann = rig.person();
    await rig.db.deliver(rig.coordination, [rig.open()]);
    await rig.db.deliver(rig.intake, [await rig.submitted(ann), await rig.code(ann), await rig.code(ann)]);
    const [first, second] = await rig.claim();
    rig.channel.answer = () => ({ is: 'refused', reason: 'no-such-address' });
    await rig.sending().send(first!.id, rig.channel, atOnce);
    rig.clock.advance(10 * MINUTE);
    await rig.sending().send(second!.id, rig.channel, atOnce);
    expect(rig.channel.given).toHaveLength(1);
    expect((await rig.rows()).map(({ transport, reason }) => [transport, reason]).sort()).toEqual([
      ['email', 'expired'],
      ['email', 'no-such-address'],
    ]);
  });

  test('with a code leaves neither link nor code where an exercise can be looked at', async () => {
    const ann = rig.person();
    await rig.db.deliver(rig.coordination, [rig.open('exercise')]);
    await rig.db.deliver(rig.intake, [await rig.submitted(ann), await rig.code(ann)]);
    await sendAll();
    const [{ body }] = (await rig.db.sql('select body from captured')) as [{ body: string }];
    expect(body).toContain('Your code is ….');
  });

  test('about a new contact goes to the old one, without a way in', async () => {
    const ann = rig.person();
    await rig.db.deliver(rig.coordination, [rig.open()]);
    await rig.db.deliver(rig.intake, [
      await rig.submitted(ann),
      await rig.farewell(ann, 'email', { email: 'ann@example.org' }),
      await rig.contactGiven(ann, { phone: '+447700900456', token: 'new' }, { channel: 'sms', version: 2 }),
    ]);
    await sendAll();
    const [given] = rig.channel.given;
    expect(given!.to).toEqual({ email: 'ann@example.org' });
    expect(toText(given!.worded)).not.toMatch(/\/s\/|456/);
  });

  test('to a guardian goes to them alone, with a page of their own', async () => {
    const ann = rig.person();
    await rig.db.deliver(rig.coordination, [rig.open()]);
    const contact = { email: 'pat@example.org', token: 'token-of-pat' };
    const asked = await rig.farewell(ann, 'email', contact);
    const guardian = { ...asked, data: { ...asked.data, kind: 'guardian' as const } };
    await rig.db.deliver(rig.intake, [await rig.submitted(ann, { channel: 'email-and-sms' }), guardian]);
    await sendAll();
    expect(rig.channel.given).toHaveLength(1);
    const [{ to, worded }] = rig.channel.given as [(typeof rig.channel.given)[number]];
    expect(to).toEqual(contact);
    expect(toText(worded)).toContain('https://muster.example/s/token-of-pat/guardian');
    expect(toText(worded)).not.toMatch(/token-of-ann|Ann/);
  });

  test('to somebody erased meanwhile goes nowhere and says so', async () => {
    const ann = rig.person();
    await owe(ann);
    const jobs = await rig.claim();
    await rig.db.adminSql('delete from keyring.data_key where person_id = $1', [ann.applicationId]);
    await rig.sending().send(jobs[0]!.id, rig.channel, atOnce);
    expect(rig.channel.given).toEqual([]);
    expect(await rig.rows()).toMatchObject([{ state: 'failed', reason: 'no-contact' }]);
  });
});

describe('a provider', () => {
  test('that refuses an address ends it there, and the other way is tried', async () => {
    const id = await owe(rig.person(), { kind: 'M6', urgency: 'P3', facts: {} });
    rig.channel.answer = ({ worded }) =>
      rig.channel.given.length === 1
        ? { is: 'refused', reason: 'address-refused' }
        : { is: worded ? 'sent' : 'uncertain' };
    await sendAll();
    expect(await rig.published()).toMatchObject([
      { type: 'notification.message-failed.v1', messageId: id, transport: 'email', reason: 'address-refused' },
    ]);
    await sendAll('sms');
    expect(await rig.published()).toMatchObject([
      {},
      { type: 'notification.message-sent.v1', messageId: id, transport: 'sms' },
    ]);
  });

  test('that refuses both ways is not asked for ever', async () => {
    await owe(rig.person(), { kind: 'M6', urgency: 'P3', facts: {} });
    rig.channel.answer = () => ({ is: 'refused', reason: 'address-refused' });
    await sendAll('email');
    await sendAll('sms');
    await sendAll('letter');
    await sendAll('email');
    expect((await rig.rows()).map(({ transport, state }) => [transport, state])).toEqual([
      ['email', 'failed'],
      ['sms', 'failed'],
    ]);
  });

  test('that says later is asked later, with growing pauses, and not for ever', async () => {
    await owe(rig.person(), {}, onlyMail);
    rig.channel.answer = () => ({ is: 'later', reason: 'temporary-failure' });
    const pauses: number[] = [];
    for (let round = 0; round < 7; round += 1) {
      await sendAll();
      const [row] = await rig.rows();
      if (row!.state === 'failed') break;
      pauses.push(row!.next_try_at!.getTime() - rig.clock.now().getTime());
      expect(await rig.claim()).toEqual([]);
      rig.clock.set(row!.next_try_at!);
    }
    expect(pauses).toEqual([...pauses].sort((a, b) => a - b));
    expect(pauses).toHaveLength(6);
    expect(await rig.rows()).toMatchObject([{ state: 'failed', reason: 'temporary-failure', attempts: 7 }]);
  });

  test('that failed by a clock that ran ahead is asked again when the clock is right', async () => {
    const now = rig.clock.now();
    await owe(rig.person());
    rig.channel.answer = () => {
      rig.clock.set(new Date(now.getTime() + 10 * MINUTE));
      return { is: 'away', reason: 'provider-away' };
    };
    await sendAll();
    expect(await rig.claim()).toEqual([]);
    rig.clock.set(now);
    expect(await rig.claim()).toHaveLength(1);
  });

  test('that is away for two hours costs no try and loses nothing', async () => {
    await owe(rig.person());
    rig.channel.answer = () => ({ is: 'away', reason: 'provider-away' });
    for (let minute = 0; minute < 120; minute += 8) {
      await sendAll();
      rig.clock.advance(8 * MINUTE);
    }
    rig.channel.answer = () => ({ is: 'sent' });
    await sendAll();
    expect(await rig.rows()).toMatchObject([{ state: 'sent', attempts: 1 }]);
    expect(await rig.published()).toHaveLength(1);
  });

  test('that was away for three days is too late', async () => {
    await owe(rig.person(), {}, onlyMail);
    rig.channel.answer = () => ({ is: 'away', reason: 'provider-away' });
    rig.clock.advance(3 * DAY + MINUTE);
    await sendAll();
    expect(await rig.rows()).toMatchObject([{ state: 'failed', reason: 'provider-away' }]);
  });
});

describe('whatever dies on the way', () => {
  test('a database that is away for a moment, before and after the provider, costs neither a second mail nor a minute', async () => {
    const id = await owe(rig.person());
    await rig.claim();
    const sending = rig.sending();
    const { database } = rig.db.transactions;
    const work = database.transaction.bind(database);
    let failures = 2;
    const away = () => Promise.reject(Object.assign(new Error('away'), { code: '25P03' }));
    database.transaction = (...given) => (failures-- > 0 ? away() : work(...given));
    rig.channel.answer = () => {
      failures = 2;
      return { is: 'sent' };
    };
    await sending.send(id, rig.channel, atOnce);
    database.transaction = work;
    expect(rig.channel.given).toHaveLength(1);
    expect(await rig.rows()).toMatchObject([{ state: 'sent', attempts: 1 }]);
    expect(await rig.published()).toHaveLength(1);
  });

  test('that lets a message wait so long that it may be taken for lost gets it from another job, once', async () => {
    const id = await owe(rig.person());
    await rig.claim();
    await rig.sending().send(id, rig.channel, () => {
      rig.clock.advance(21 * SECOND);
      return Promise.resolve();
    });
    expect(rig.channel.given).toEqual([]);
    expect(await rig.rows()).toMatchObject([{ state: 'created', attempts: 0 }]);
    await sendAll();
    expect(rig.channel.given).toHaveLength(1);
  });

  test('an answer that the database refuses leaves those written down that came with it', async () => {
    const [ill, well] = [await owe(rig.person()), await owe(rig.person())];
    rig.channel.answer = ({ id }) => (id === ill ? { is: 'refused', reason: 'no text: \0' } : { is: 'sent' });
    const sending = rig.sending();
    const jobs = await rig.claim();
    const ends = await Promise.allSettled(jobs.map(({ id }) => sending.send(id, rig.channel, atOnce)));
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const states = new Map((await rig.rows()).map((row) => [row.id, row.state]));
    expect([states.get(ill), states.get(well)]).toEqual(['sending', 'sent']);
  });

  test('a mail whose fate nobody knows is sent once more with the same id, and then called unknown', async () => {
    const id = await owe(rig.person());
    rig.channel.answer = () => ({ is: 'uncertain' });
    await sendAll();
    expect(await rig.rows()).toMatchObject([{ state: 'sending' }]);
    expect(await rig.recover.sweep()).toBe(0);
    expect(await rig.rows()).toMatchObject([{ state: 'sending' }]);
    rig.clock.advance(46 * SECOND);
    await rig.recover.sweep();
    await sendAll();
    expect(rig.channel.given.map((one) => [one.id, one.again])).toEqual([
      [id, false],
      [id, true],
    ]);
    rig.clock.advance(MINUTE + SECOND);
    await rig.recover.sweep();
    await rig.recover.sweep();
    expect(await rig.rows()).toMatchObject([{ state: 'unknown', reason: 'outcome-unknown' }]);
    expect(await rig.published()).toMatchObject([
      { type: 'notification.message-failed.v1', reason: 'outcome-unknown' },
    ]);
  });

  test('a text is looked up again and again: the provider can be asked', async () => {
    await owe(rig.person(), {}, { channel: 'sms' });
    rig.channel.answer = () => ({ is: 'uncertain' });
    for (let round = 0; round < 3; round += 1) {
      await sendAll('sms');
      rig.clock.advance(2 * MINUTE);
      await rig.recover.sweep();
    }
    rig.channel.answer = () => ({ is: 'sent' });
    await sendAll('sms');
    expect(rig.channel.given.map(({ again }) => again)).toEqual([false, true, true, true]);
    expect(await rig.rows()).toMatchObject([{ state: 'sent' }]);
  });

  test('a job that Redis forgot is claimed again', async () => {
    await owe(rig.person());
    await rig.claim();
    expect(await rig.claim()).toEqual([]);
    rig.clock.advance(19 * SECOND);
    await rig.recover.sweep();
    expect(await rig.claim()).toEqual([]);
    rig.clock.advance(2 * SECOND);
    await rig.recover.sweep();
    await sendAll();
    expect(await rig.rows()).toMatchObject([{ state: 'sent' }]);
  });
});

describe('receipts', () => {
  const receive = (messageId: string, status: string) => rig.receipts.execute({ messageId, status } as never);

  test('say once that a text arrived, however often they come', async () => {
    const id = await owe(rig.person(), {}, { channel: 'sms' });
    await sendAll('sms');
    for (const status of ['sending', 'delivered', 'delivered', 'permanent-failure']) await receive(id, status);
    expect(await rig.rows()).toMatchObject([{ state: 'delivered' }]);
    expect((await rig.published()).map(({ type }) => type)).toEqual([
      'notification.message-sent.v1',
      'notification.message-delivered.v1',
    ]);
  });

  test('may come before we have written that the message went', async () => {
    const id = await owe(rig.person(), {}, { channel: 'sms' });
    rig.channel.answer = async () => {
      await receive(id, 'delivered');
      return { is: 'sent' };
    };
    await sendAll('sms');
    expect(await rig.rows()).toMatchObject([{ state: 'delivered' }]);
    expect((await rig.published()).map(({ type }) => type)).toEqual([
      'notification.message-sent.v1',
      'notification.message-delivered.v1',
    ]);
  });

  test('of a number that does not exist end the message', async () => {
    const id = await owe(rig.person(), {}, { channel: 'sms', contact: { phone: '+447700900123', token: 't' } });
    await sendAll('sms');
    await receive(id, 'permanent-failure');
    expect(await rig.rows()).toMatchObject([{ state: 'failed', reason: 'address-refused' }]);
    expect(await rig.published()).toMatchObject([
      {},
      { type: 'notification.message-failed.v1', reason: 'address-refused' },
    ]);
  });

  test('of such a number lead to the other way, once', async () => {
    const id = await owe(rig.person(), { kind: 'M6', urgency: 'P3', facts: {} }, { channel: 'sms' });
    await sendAll('sms');
    await receive(id, 'permanent-failure');
    await receive(id, 'permanent-failure');
    await sendAll('email');
    expect(rig.channel.given.map(({ worded, to }) => [worded.template, to.email])).toHaveLength(2);
    expect((await rig.rows()).map(({ transport, state }) => [transport, state])).toEqual([
      ['email', 'sent'],
      ['sms', 'failed'],
    ]);
  });

  test('of what we never sent change nothing', async () => {
    await receive('0199aaaa-0000-7000-8000-000000000000', 'delivered');
    expect(await rig.published()).toEqual([]);
  });
});

test('the tally adds up and is told only when it changed', async () => {
  const [ann, bob, eve] = [rig.person(), rig.person(), rig.person()];
  const id = await owe(ann, {}, { channel: 'sms' });
  await owe(bob);
  await owe(eve);
  rig.channel.answer = ({ to }) =>
    to.phone && rig.channel.given.length === 1 ? { is: 'sent' } : { is: 'refused', reason: 'message-refused' };
  await rig.publishTally.sweep();
  await rig.publishTally.sweep();
  await sendAll('sms');
  await rig.receipts.execute({ messageId: id, status: 'delivered' } as never);
  await rig.db.deliver(rig.intake, [rig.withdrawn(eve)]);
  await sendAll('email');
  await rig.publishTally.sweep();
  const tallies = (await rig.published()).filter(({ type }) => type === 'notification.activation-tallied.v1');
  expect(tallies).toMatchObject([
    { queued: 3, sent: 0, delivered: 0, failed: 0 },
    // Bob's mail was refused, and waits as a text.
    { queued: 1, sent: 1, delivered: 1, failed: 1 },
  ]);
});
