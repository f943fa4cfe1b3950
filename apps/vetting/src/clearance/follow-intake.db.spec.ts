import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ApplicationErased, ApplicationWithdrawn, AvailabilityGiven, GuardianAgreed } from '@app/contracts';
import { uuidv7 } from '@app/messaging';
import { received } from '@app/testing';
import { activationOpened, vetting, type Vetting } from '../vetting.fixture.js';
import { FollowActivations } from '../policy/follow-activations.handler.js';
import { OpenWaitingCases } from './open-waiting-cases.sweeper.js';
import { TallyRepository } from './tally.repository.js';
import { TallyVetting } from './tally.sweeper.js';

let it: Vetting;
beforeAll(async () => {
  it = await vetting();
});
afterAll(() => it.db.close());

const gone = (event: typeof ApplicationWithdrawn | typeof ApplicationErased, applicationId: string) =>
  received(event, {
    applicationId,
    activationId: it.activationId,
    forumId: it.forumId,
    at: it.clock.now().toISOString(),
  });

test('the same application delivered three times is vetted once', async () => {
  const event = it.submitted({ roles: ['sandbags'] });
  await it.db.deliver(it.followIntake, [event, event]);
  await it.db.deliver(it.followIntake, [event]);
  expect(await it.said(event.key)).toEqual(['application-cleared']);
});

test('a thousand applications in one batch: each is cleared or asked, in one insert', async () => {
  const events = Array.from({ length: 1_000 }, (_, at) => it.submitted({ roles: at % 4 === 0 ? ['driver'] : [] }));
  await it.db.deliver(it.followIntake, events);
  const [row] = await it.db.sql(
    `select count(*) filter (where state = 'cleared')::int as cleared, count(*) filter (where state = 'awaiting-applicant')::int as asked
       from case_file where application_id = any($1::uuid[])`,
    [events.map(({ key }) => key)],
  );
  expect(row).toEqual({ cleared: 750, asked: 250 });
});

test('whoever withdraws in the same batch is stopped, and a late answer changes nothing', async () => {
  const event = it.submitted({ roles: ['driver'] });
  await it.db.deliver(it.followIntake, [event, gone(ApplicationWithdrawn, event.key)]);
  const late = await it.answered(event.key, 'identity', {});
  await it.db.deliver(it.followIntake, [late]);
  expect(await it.said(event.key)).toEqual(['task-set identity first']);
  expect((await it.check(event.key, 'identity')).state).toBe('cancelled');
});

test('an application that comes before its activation waits, and is vetted when the rules come', async () => {
  const activationId = uuidv7();
  const event = it.submitted({ activationId });
  await it.db.deliver(it.followIntake, [event]);
  const sweeper = new OpenWaitingCases(it.db.transactions, it.cases, it.policies, it.keeper, it.clock);
  expect(await sweeper.sweep()).toBe(0);
  expect(await it.said(event.key)).toEqual([]);
  await it.db.deliver(new FollowActivations(it.policies, it.blind, it.clock), [
    activationOpened(activationId, it.forumId),
  ]);
  expect(await sweeper.sweep()).toBe(1);
  expect(await it.said(event.key)).toEqual(['application-cleared']);
});

test('another wish for roles asks for what it needs and keeps what was cleared', async () => {
  const event = it.submitted({ roles: ['sandbags'] });
  await it.db.deliver(it.followIntake, [event]);
  const { applicationId, activationId, forumId } = event.data;
  const profile = {
    language: 'en' as const,
    ageBand: '18-plus' as const,
    skills: [],
    vehicle: true,
    remoteOnly: false,
    outwardCode: 'OL1',
    slots: [],
    maxDistanceKm: 5,
    availableFrom: '2026-11-23',
  };
  const wish = (roles: string[], profileVersion: number) =>
    received(AvailabilityGiven, { applicationId, activationId, forumId, ...profile, roles, profileVersion });
  await it.db.deliver(it.followIntake, [wish(['sandbags', 'driver'], 3), wish(['befriender'], 2)]);
  expect(await it.said(event.key)).toEqual([
    'application-cleared',
    'task-set identity first',
    'application-conditionally-cleared',
  ]);
  const last = (await it.db.published()).at(-1)!;
  expect(last.data).toMatchObject({ clearedRoles: ['sandbags'], profileVersion: 3, vehicle: true });
});

test('a person of 16 or 17 is cleared when their guardian has said yes, however often that is heard', async () => {
  const event = it.submitted({ roles: ['sandbags'], ageBand: '16-17' });
  await it.db.deliver(it.followIntake, [event]);
  expect(await it.said(event.key)).toEqual([]);
  const { applicationId, activationId, forumId } = event.data;
  const yes = () =>
    received(GuardianAgreed, { applicationId, activationId, forumId, at: it.clock.now().toISOString() });
  await it.db.deliver(it.followIntake, [yes(), yes()]);
  expect(await it.said(event.key)).toEqual(['application-cleared']);
});

test('erasure forgets the profile and what was sealed, and leaves the bare course', async () => {
  const event = it.submitted({ roles: ['driver'] });
  await it.db.deliver(it.followIntake, [event, await it.answered(event.key, 'identity', { secret: true })]);
  await it.db.deliver(it.followIntake, [gone(ApplicationErased, event.key)]);
  const [file] = await it.db.sql('select state, profile from case_file where application_id = $1', [event.key]);
  expect(file).toEqual({ state: 'stopped', profile: null });
  expect(await it.check(event.key, 'identity')).toMatchObject({ state: 'cancelled', answers: null });
});

test('the counts are absolute, add up, and are said only when they move', async () => {
  const sweeper = new TallyVetting(it.db.transactions, new TallyRepository(), it.clock);
  await sweeper.sweep();
  const tallies = (await it.db.published()).filter(({ type }) => type === 'vetting.activation-tallied.v1');
  const own = tallies.find(({ key }) => key === it.activationId)!;
  const [row] = await it.db.sql(
    `select count(*) filter (where state in ('cleared', 'cleared-conditional'))::int as cleared,
            count(*) filter (where state = 'awaiting-applicant')::int as "awaitingApplicant"
       from case_file where activation_id = $1`,
    [it.activationId],
  );
  expect(own.data).toMatchObject(row as object);
  await sweeper.sweep();
  expect((await it.db.published()).filter(({ type }) => type === 'vetting.activation-tallied.v1')).toHaveLength(
    tallies.length,
  );
});
