import { randomBytes } from 'node:crypto';
import { ActivationOpened, ApplicationSubmitted, TaskAnswered, type ActivationRole } from '@app/contracts';
import { uuidv7, type Received } from '@app/messaging';
import { BlindIndex, Keyring, RootKeys } from '@app/privacy';
import { FixedClock, received, testDatabase, type TestDatabase } from '@app/testing';
import { CertificateRepository } from './checks/certificate.repository.js';
import { CheckDesk } from './checks/check-desk.js';
import { OutwardRepository } from './checks/outward.repository.js';
import { CaseKeeper } from './clearance/case-keeper.js';
import { CaseRepository } from './clearance/case.repository.js';
import { FollowIntake } from './clearance/follow-intake.handler.js';
import { FollowActivations } from './policy/follow-activations.handler.js';
import { PolicyRepository } from './policy/policy.repository.js';

/** For specs: vetting's parts on a database of their own, and the events that reach them. */
export interface Vetting {
  readonly db: TestDatabase;
  readonly clock: FixedClock;
  readonly keyring: Keyring;
  readonly blind: BlindIndex;
  readonly cases: CaseRepository;
  readonly policies: PolicyRepository;
  readonly keeper: CaseKeeper;
  readonly outward: OutwardRepository;
  readonly desk: CheckDesk;
  readonly followIntake: FollowIntake;
  readonly activationId: string;
  readonly forumId: string;
  submitted(o?: {
    id?: string;
    roles?: string[];
    activationId?: string;
    ageBand?: '18-plus' | '16-17';
  }): Received<typeof ApplicationSubmitted>;
  answered(applicationId: string, task: 'identity' | 'dbs', answers: object): Promise<Received<typeof TaskAnswered>>;
  /** What was said of one person, or of all. */
  said(applicationId?: string): Promise<string[]>;
  check(applicationId: string, kind: string): Promise<any>;
}

const role = (code: string, tier: ActivationRole['tier'], supervisedOk = false): ActivationRole => ({
  code,
  title: { en: `Role ${code}`, cy: `Rol ${code}` },
  tier,
  checks:
    tier === 'high'
      ? ['declaration', 'identity', 'dbs']
      : tier === 'medium'
        ? ['declaration', 'identity']
        : ['declaration'],
  minimumAge: tier === 'low' ? 16 : 18,
  remote: false,
  supervisedOk,
  skills: [],
  margin: 1.5,
});

export const activationOpened = (activationId: string, forumId: string): Received<typeof ActivationOpened> =>
  received(ActivationOpened, {
    activationId,
    forumId,
    forumName: 'A forum',
    slug: 'a-flood',
    kind: 'actual',
    state: 'active',
    title: { en: 'A flood', cy: 'Llifogydd' },
    nation: 'england',
    openedAt: '2026-11-23T08:00:00Z',
    desk: { organisationId: uuidv7(), name: 'The desk' },
    owners: [],
    roles: [
      role('sandbags', 'low'),
      role('rest-centre', 'low', true),
      role('driver', 'medium'),
      role('befriender', 'high'),
    ],
  });

export async function vetting(
  o: { poolSize?: number; forumId?: string; roots?: readonly RootKeys[] } = {},
): Promise<Vetting> {
  const clock = new FixedClock(new Date('2026-11-23T10:00:00Z'));
  const migrations = new URL('../migrations/', import.meta.url);
  const poolSize = o.poolSize ?? 6;
  const db = await testDatabase({ schema: 'vetting', migrations, clock, poolSize });
  const roots = o.roots ?? [new RootKeys('checks', new Map([['k1', randomBytes(32)]]), 'k1')];
  const keyring = new Keyring(roots);
  const blind = BlindIndex.forCertificates(roots);
  const cases = new CaseRepository();
  const policies = new PolicyRepository();
  const keeper = new CaseKeeper(cases);
  const outward = new OutwardRepository();
  const desk = new CheckDesk(
    db.database,
    db.transactions,
    outward,
    cases,
    keeper,
    policies,
    new CertificateRepository(),
    keyring,
    blind,
    clock,
  );
  const [activationId, forumId] = [uuidv7(), o.forumId ?? uuidv7()];
  await db.deliver(new FollowActivations(policies, blind, clock), [activationOpened(activationId, forumId)]);
  const whose = (applicationId: string) => ({ applicationId, activationId, forumId });
  return {
    db,
    clock,
    keyring,
    blind,
    cases,
    policies,
    keeper,
    outward,
    desk,
    followIntake: new FollowIntake(cases, policies, keeper, clock),
    activationId,
    forumId,
    submitted: ({ id = uuidv7(), roles = [], activationId: of = activationId, ageBand = '18-plus' } = {}) =>
      received(ApplicationSubmitted, {
        ...whose(id),
        activationId: of,
        reference: 'MU-7K4D-93TQ-X',
        ownerId: uuidv7(),
        submittedAt: '2026-11-23T09:59:00Z',
        mode: 'open',
        channel: 'email',
        contact: `s1.${'x'.repeat(40)}`,
        contactVersion: 1,
        promiseDueAt: '2026-11-24T09:59:00Z',
        language: 'en',
        ageBand,
        roles,
        skills: ['first-aid'],
        vehicle: false,
        remoteOnly: false,
        outwardCode: 'OL1',
        slots: ['weekday-morning'],
        maxDistanceKm: 10,
        availableFrom: '2026-11-23',
        profileVersion: 1,
      }),
    answered: async (applicationId, task, answers) => {
      const subject = { forumId, personId: applicationId, compartment: 'checks' as const };
      const at = { subject, place: 'task.answers', version: 1 };
      const sealed = await db.database.transaction((tx) => keyring.sealOne(tx, at, answers));
      return received(TaskAnswered, {
        ...whose(applicationId),
        task,
        answers: sealed,
        answersVersion: 1,
        answeredAt: clock.now().toISOString(),
      });
    },
    said: async (applicationId) =>
      (await db.published())
        .filter(({ key }) => applicationId === undefined || key === applicationId)
        .map(({ type, data }) =>
          [type.split('.')[1], data.task ?? data.check, data.outcome, data.reason].filter(Boolean).join(' '),
        ),
    check: async (applicationId, kind) =>
      (await db.sql('select * from checks where application_id = $1 and kind = $2', [applicationId, kind]))[0],
  };
}
