import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { messageIdOf } from '@app/messaging';
import { atOnce, notificationRig, type Rig } from '../notification.fixture.js';

jest.setTimeout(60_000);

let rig: Rig;
beforeAll(async () => {
  rig = await notificationRig();
});
afterAll(() => rig.close());
beforeEach(async () => {
  await rig.reset();
  await rig.db.deliver(rig.coordination, [rig.open()]);
});

test('a message that was asked for is one row under its own id, however often it is asked for', async () => {
  const ann = rig.person();
  const asked = rig.requested(ann);
  const again = rig.requested(ann, { messageId: asked.data.messageId });
  await rig.db.deliver(rig.intake, [await rig.submitted(ann), asked]);
  await rig.db.deliver(rig.intake, [again, asked]);
  expect(await rig.rows()).toMatchObject([{ id: asked.data.messageId, transport: 'email', state: 'created' }]);
});

test('who chose both gets a text only for what is urgent, under an id that the first one makes', async () => {
  const ann = rig.person();
  const offer = rig.requested(ann, { kind: 'M8', urgency: 'P2', facts: {} });
  await rig.db.deliver(rig.intake, [await rig.submitted(ann, { channel: 'email-and-sms' }), rig.requested(ann), offer]);
  const rows = await rig.rows();
  expect(rows.map(({ transport }) => transport).sort()).toEqual(['email', 'email', 'sms']);
  expect(rows.find(({ transport }) => transport === 'sms')).toMatchObject({
    id: messageIdOf(offer.data.messageId, 'sms'),
    request_id: offer.data.messageId,
  });
});

test('within one batch the channel of the moment decides', async () => {
  const ann = rig.person();
  const phone = { phone: '+447700900123' };
  await rig.db.deliver(rig.intake, [
    await rig.submitted(ann),
    rig.requested(ann),
    await rig.contactGiven(ann, phone, { channel: 'sms', version: 2 }),
    rig.requested(ann, { kind: 'M6', urgency: 'P3', facts: {} }),
  ]);
  expect((await rig.rows()).map(({ transport }) => transport)).toEqual(['email', 'sms']);
});

test('an older contact that comes late changes nothing', async () => {
  const ann = rig.person();
  const second = await rig.contactGiven(ann, { phone: '+447700900123' }, { channel: 'sms', version: 3 });
  const late = await rig.contactGiven(ann, { email: 'old@example.org' }, { channel: 'email', version: 2 });
  await rig.db.deliver(rig.intake, [await rig.submitted(ann), second]);
  await rig.db.deliver(rig.intake, [late]);
  expect(await rig.db.sql('select channel, contact_version from recipient')).toEqual([
    { channel: 'sms', contact_version: 3 },
  ]);
});

test('a receipt on the screen is never sent', async () => {
  const ann = rig.person();
  await rig.db.deliver(rig.intake, [await rig.submitted(ann), rig.requested(ann, { kind: 'M1' })]);
  expect(await rig.rows()).toEqual([]);
});

test('withdrawal ends what waits, but for the word that confirms it; a job that comes late finds nothing', async () => {
  const ann = rig.person();
  const offer = rig.requested(ann, { kind: 'M8', urgency: 'P2', facts: {} });
  await rig.db.deliver(rig.intake, [await rig.submitted(ann), offer]);
  await rig.claim();
  const goodbye = rig.requested(ann, { kind: 'withdrawn', urgency: 'P3', promiseDueAt: null, facts: {} });
  await rig.db.deliver(rig.intake, [goodbye, rig.withdrawn(ann)]);
  expect((await rig.rows()).map(({ state, reason }) => [state, reason])).toEqual(
    expect.arrayContaining([
      ['cancelled', 'withdrawn'],
      ['created', null],
    ]),
  );
  await rig.sending().send(offer.data.messageId, rig.channel, atOnce);
  expect(rig.channel.given).toEqual([]);
});

test('erasure leaves no contact and no message that could still go', async () => {
  const ann = rig.person();
  await rig.db.deliver(rig.intake, [await rig.submitted(ann), rig.requested(ann)]);
  await rig.db.deliver(rig.intake, [rig.erased(ann)]);
  expect(await rig.db.sql('select * from recipient')).toEqual([]);
  expect(await rig.rows()).toMatchObject([{ state: 'cancelled', reason: 'erased' }]);
});

test('nothing is sent for an activation that nobody has told of yet, and everything once it was', async () => {
  await rig.db.adminSql('delete from notification.activation');
  const ann = rig.person();
  await rig.db.deliver(rig.intake, [await rig.submitted(ann), rig.requested(ann)]);
  expect(await rig.claim()).toEqual([]);
  await rig.db.deliver(rig.coordination, [rig.open()]);
  expect(await rig.claim()).toHaveLength(1);
});

test('the urgent go first, the oldest of them before the newer', async () => {
  const ann = rig.person();
  await rig.db.deliver(rig.intake, [await rig.submitted(ann)]);
  const asked = [];
  for (const urgency of ['P4', 'P3', 'P1', 'P3'] as const) {
    asked.push(rig.requested(ann, { urgency, kind: 'M6', facts: {} }));
    rig.clock.advance(1000);
  }
  await rig.db.deliver(rig.intake, asked);
  const order = await rig.db.database.transaction(async (tx) => {
    const first = await rig.messages.claim(tx, 'email', rig.clock.now(), { limit: 2, night: false });
    const second = await rig.messages.claim(tx, 'email', rig.clock.now(), { limit: 2, night: false });
    return [first, second].map((claimed) => claimed.map(({ id }) => id).sort());
  });
  const [p4, older, p1, newer] = asked.map(({ data }) => data.messageId);
  expect(order).toEqual([[older, p1].sort(), [newer, p4].sort()]);
});

test('at night texts wait for the morning, save answers to the person, safety and cancellations; mail never waits', async () => {
  const [ann, bob] = [rig.person(), rig.person()];
  await rig.db.deliver(rig.intake, [
    await rig.submitted(ann, { channel: 'sms' }),
    rig.requested(ann),
    rig.requested(ann, { kind: 'M6', urgency: 'P3', facts: {} }),
    rig.requested(ann, { kind: 'M12', urgency: 'P1', facts: { reason: 'need-cancelled' } }),
    await rig.submitted(bob),
    rig.requested(bob, { kind: 'M6', urgency: 'P3', facts: {} }),
  ]);
  expect(await rig.claim('sms', true)).toHaveLength(2);
  expect(await rig.claim('email', true)).toHaveLength(1);
  expect(await rig.claim('sms', false)).toHaveLength(1);
});

test('two feeders never claim the same row', async () => {
  const people = Array.from({ length: 40 }, () => rig.person());
  const events = await Promise.all(people.map(async (one) => [await rig.submitted(one), rig.requested(one)]));
  await rig.db.deliver(rig.intake, events.flat());
  const claims = await Promise.all([rig.claim(), rig.claim(), rig.claim()]);
  const ids = claims.flat().map(({ id }) => id);
  expect(ids).toHaveLength(40);
  expect(new Set(ids).size).toBe(40);
});
