import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CommandBus } from '@nestjs/cqrs';
import { ActivationOpened, ActivationTransitioned } from '@app/contracts';
import { received } from '@app/testing';
import { ChangeProfile } from '../application/change-profile.command.js';
import {
  ACTIVATION,
  form,
  FORUM,
  newId,
  newKey,
  opened,
  openHouse,
  PARTNER,
  type House,
} from '../house/house.fixture.js';
import { SubmitApplication } from '../submit/submit-application.command.js';
import { FollowActivations } from './follow-activations.handler.js';

jest.setTimeout(120_000);
let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(() => house?.close());

const SECOND = newId();
const apply = async (over: Record<string, unknown> = {}): Promise<string> =>
  (await house.get(CommandBus).execute(new SubmitApplication(newKey(), PARTNER, form(over), 'en'))).applicationId;
const indexes = async (ids: readonly string[]) =>
  house.db.sql<{ email: Buffer | null; phone: Buffer | null; name: Buffer | null; alike: string | null }>(
    `select email_index as email, phone_index as phone, name_index as name, likely_duplicate_of as alike from application
      where id = any($1::uuid[]) order by array_position($1::uuid[], id)`,
    [ids],
  );
const keys = (activationId: string) =>
  house.db.adminSql<{ purpose: string; there: boolean }>(
    'select purpose, wrapped is not null as there from keyring.blind_key where activation_id = $1 order by purpose',
    [activationId],
  );
const close = () =>
  house.db.deliver(house.get(FollowActivations), [
    received(
      ActivationTransitioned,
      { activationId: ACTIVATION, forumId: FORUM, from: 'recovery', to: 'closed', at: '2026-12-30T09:00:00.000Z' },
      { sequence: 9 },
    ),
  ]);

test('the same person in two activations has no equal bytes, and closing one destroys its keys and no others (S21)', async () => {
  await house.db.deliver(house.get(FollowActivations), [
    received(ActivationOpened, opened({ activationId: SECOND, slug: 'second-floods' })),
  ]);
  const ann = { email: 'ann@example.org', phone: '+447700900111', channel: 'email-and-sms' };
  const [first, twin] = [await apply(ann), await apply(ann)];
  const elsewhere = await apply({ ...ann, activation: 'second-floods' });
  const [one, two, other] = await indexes([first, twin, elsewhere]);
  expect([two!.email, two!.name, two!.alike]).toEqual([one!.email, one!.name, first]);
  const all = [one, other].flatMap((row) => [row!.email, row!.phone, row!.name]).map((bytes) => bytes!.toString('hex'));
  expect(new Set(all).size).toBe(6);

  await close();
  const gone = ['email', 'name', 'phone'].map((purpose) => ({ purpose, there: false }));
  expect(await keys(ACTIVATION)).toEqual(gone);
  expect((await keys(SECOND)).map(({ there }) => there)).toEqual([true, true, true]);
});

test('afterwards a person still changes their contact, which nobody can look up, and no key comes back', async () => {
  const [{ id, version }] = (await house.db.sql(
    'select id, version from application where activation_id = $1 order by id limit 1',
    [ACTIVATION],
  )) as [{ id: string; version: number }];
  await house.get(CommandBus).execute(new ChangeProfile(id, version, { email: 'new.ann@example.org' }));
  const [row] = await indexes([id]);
  expect([row!.email, row!.phone]).toEqual([null, null]);
  await close();
  await house.db.deliver(house.get(FollowActivations), [received(ActivationOpened, opened(), { sequence: 1 })]);
  expect((await keys(ACTIVATION)).map(({ there }) => there)).toEqual([false, false, false]);
});
