import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { MINUTE } from '@app/calendar';
import { ActivationTransitioned } from '@app/contracts';
import { Circuits, Queues } from '@app/queue';
import { eventually, received, testServices } from '@app/testing';
import { DbsFeeder } from '../dbs/dbs.feeder.js';
import { DbsProcessor } from '../dbs/dbs.processor.js';
import { DbsProvider, type DbsAnswer, type DbsQuestion } from '../dbs/dbs.provider.js';
import { IdentityFeeder } from '../identity/identity.feeder.js';
import { IdentityProcessor } from '../identity/identity.processor.js';
import { IdentityProvider, type IdentityAnswer, type IdentityRequest } from '../identity/identity.provider.js';
import { FollowActivations } from '../policy/follow-activations.handler.js';
import { vetting, type Vetting } from '../vetting.fixture.js';
import type { VettingConfig } from '../vetting.settings.js';
import { NoAnswer } from './ask-provider.js';
import { OverdueRepository } from './overdue.repository.js';
import { PurgeResults } from './purge-results.sweeper.js';
import { TellOfDelay } from './tell-of-delay.sweeper.js';

jest.setTimeout(60_000);

/** A provider of the tests' own: answers as told, by family name; `mood` breaks it for everybody. */
class Identity extends IdentityProvider {
  mood: null | (() => Promise<never>) = null;
  readonly begun: IdentityRequest[] = [];
  private readonly sessions = new Map<string, IdentityRequest>();
  async begin(request: IdentityRequest): Promise<IdentityAnswer> {
    if (this.mood) return this.mood();
    this.begun.push(request);
    this.sessions.set(request.reference, request);
    return { is: 'pending', session: request.reference, url: `https://id.example/${request.reference}` };
  }
  async look(session: string): Promise<IdentityAnswer> {
    if (this.mood) return this.mood();
    const { applicant } = this.sessions.get(session)!;
    if (applicant.familyName === 'Failing') return { is: 'failed', session, reason: 'document-refused' };
    if (applicant.familyName === 'Expiring') return { is: 'expired', session };
    const familyName = applicant.familyName === 'Mismatch' ? 'Other' : applicant.familyName;
    return { is: 'verified', session, person: { ...applicant, familyName }, level: 'medium' };
  }
}

class Register extends DbsProvider {
  mood: null | (() => Promise<never>) = null;
  asked = 0;
  async status(question: DbsQuestion): Promise<DbsAnswer> {
    if (this.mood) return this.mood();
    this.asked += 1;
    const statuses = { '1': 'BLANK_NO_NEW_INFO', '2': 'NON_BLANK_NO_NEW_INFO', '3': 'NEW_INFO' } as const;
    const status = new Map(Object.entries(statuses)).get(question.certificateNumber[2]!);
    if (!status) return { status: 'NO_MATCH_FOUND', forename: null, surname: null, printedOn: null };
    return { status, forename: 'ANN', surname: question.surname.toUpperCase(), printedOn: '2024-05-01' };
  }
}

let it: Vetting;
let identity: Identity;
let register: Register;
let queues: Queues;
let circuits: Circuits;
let redis: Redis;
const prefix = `vetting-${process.pid}`;
let ticking: NodeJS.Timeout;

beforeAll(async () => {
  it = await vetting({ poolSize: 10 });
  identity = new Identity();
  register = new Register();
  circuits = new Circuits();
  redis = new Redis(testServices().redis.url);
  const config = { IDENTITY_PER_SECOND: 400, DBS_PER_SECOND: 400 } as VettingConfig;
  queues = new Queues({
    redisUrl: testServices().redis.url,
    prefix,
    database: it.db.database,
    circuits,
    report: () => undefined,
  });
  queues.adopt([
    new IdentityFeeder(it.outward, it.clock),
    new IdentityProcessor(it.desk, identity, it.clock, circuits, config),
    new DbsFeeder(it.outward, it.clock),
    new DbsProcessor(it.desk, register, circuits, config),
  ]);
  await queues.start();
  // The fixed clock runs ten times as fast, so that back-off and looks take no real time.
  ticking = setInterval(() => it.clock.advance(500), 50);
});
afterAll(async () => {
  clearInterval(ticking);
  await queues.stop();
  redis.disconnect();
  await it.db.close();
});

const ann = { givenName: 'Ann', familyName: 'O’Brien', dateOfBirth: '1990-02-01', consent: true };
const certificate = (number: string, surname = "O'Brien", dateOfBirth = ann.dateOfBirth) => ({
  certificateNumber: number,
  surname,
  dateOfBirth,
  consent: true,
});
let serial = 0;
const fresh = (kind: 1 | 2 | 3 | 4): string => `00${kind}${String(100_000_000 + ++serial)}`;

const apply = async (roles: string[], answers: object): Promise<string> => {
  const event = it.submitted({ roles });
  await it.db.deliver(it.followIntake, [event, await it.answered(event.key, 'identity', answers)]);
  return event.key;
};
const until = (id: string, kind: string, state: string): Promise<number> =>
  eventually(`${kind} ${state}`, async () => (await it.check(id, kind))?.state === state, 20_000);
const withDbs = async (answers: object, who: object = ann): Promise<string> => {
  const id = await apply(['befriender'], who);
  await until(id, 'identity', 'determined');
  await it.db.deliver(it.followIntake, [await it.answered(id, 'dbs', answers)]);
  return id;
};

describe('an identity check', () => {
  test('is taken by the provider, whose page goes sealed to the person, and clears when it is theirs', async () => {
    const id = await apply(['driver'], ann);
    await until(id, 'identity', 'determined');
    expect(await it.said(id)).toEqual([
      'task-set identity first',
      'check-sent identity',
      'check-determined identity suitable',
      'application-cleared',
    ]);
    const sent = (await it.db.published()).find(({ key, type }) => key === id && type === 'vetting.check-sent.v1')!;
    const subject = { forumId: it.forumId, personId: id, compartment: 'checks' as const };
    const page = await it.db.database.read((tx) =>
      it.keyring.openOne<{ url: string }>(
        tx,
        { subject, place: 'check.provider-page', version: sent.data.providerPageVersion },
        sent.data.providerPage,
      ),
    );
    expect(page?.url).toBe(`https://id.example/${(await it.check(id, 'identity')).check_id}`);
  });

  test.each([
    ['another name', { ...ann, familyName: 'Mismatch' }, 'identity-mismatch'],
    ['a refused document', { ...ann, familyName: 'Failing' }, 'document-refused'],
  ])('with %s waits for an officer', async (_, who, reason) => {
    const id = await apply(['driver'], who);
    await until(id, 'identity', 'result-in');
    expect(await it.check(id, 'identity')).toMatchObject({ reason_code: reason, outcome: null });
    expect((await it.said(id)).at(-1)).toBe('application-referred identity');
  });

  test('that ran out of time is asked of the person again, under another reference', async () => {
    const id = await apply(['driver'], { ...ann, familyName: 'Expiring' });
    await eventually(
      'asked again',
      async () => (await it.said(id)).includes('task-set identity session-expired'),
      20_000,
    );
    await it.db.deliver(it.followIntake, [await it.answered(id, 'identity', ann)]);
    await until(id, 'identity', 'determined');
    expect((await it.said(id)).at(-1)).toBe('application-cleared');
  });
});

describe('the four answers of the Update Service', () => {
  test('blank without news clears', async () => {
    const id = await withDbs(certificate(fresh(1)));
    await until(id, 'dbs', 'determined');
    expect((await it.said(id)).slice(-2)).toEqual(['check-determined dbs suitable', 'application-cleared']);
  });

  test('content waits for an officer, with a supervised start meanwhile', async () => {
    const id = await withDbs(certificate(fresh(2)));
    await until(id, 'dbs', 'result-in');
    expect((await it.said(id)).slice(-3)).toEqual([
      'task-set dbs first',
      'application-conditionally-cleared',
      'application-referred dbs',
    ]);
  });

  test('new information asks for the new certificate', async () => {
    const id = await withDbs(certificate(fresh(3)));
    await eventually('asked', async () => (await it.said(id)).includes('task-set dbs certificate-replaced'), 20_000);
    expect((await it.db.published()).findLast(({ key }) => key === id)?.data.clearedRoles).toEqual([]);
  });

  test('no match asks again and never declines', async () => {
    const id = await withDbs(certificate(fresh(4)));
    await eventually('asked', async () => (await it.said(id)).includes('task-set dbs no-match'), 20_000);
  });
});

describe('a certificate of somebody else', () => {
  test('under another name or day of birth is not even asked about', async () => {
    const before = register.asked;
    for (const wrong of [certificate(fresh(1), 'Smith'), certificate(fresh(1), "O'Brien", '1990-01-02')]) {
      const id = await withDbs(wrong);
      await until(id, 'dbs', 'result-in');
      expect(await it.check(id, 'dbs')).toMatchObject({ reason_code: 'identity-mismatch' });
    }
    expect(register.asked).toBe(before);
  });

  test('shown by two people brings both to the worklist, also the one who was cleared', async () => {
    const number = fresh(1);
    const first = await withDbs(certificate(number));
    await until(first, 'dbs', 'determined');
    const second = await withDbs(certificate(number));
    await until(second, 'dbs', 'result-in');
    expect(await it.check(first, 'dbs')).toMatchObject({
      state: 'result-in',
      reason_code: 'certificate-shared',
      outcome: null,
    });
    expect((await it.said(first)).slice(-2)).toEqual(['application-referred dbs', 'application-conditionally-cleared']);
  });
});

describe('a provider that is away', () => {
  const moods: [string, () => Promise<never>][] = [
    ['429', () => Promise.reject(new NoAnswer('identity', 'status', 429))],
    ['500', () => Promise.reject(new NoAnswer('identity', 'status', 500))],
    ['a wrong shape', () => Promise.reject(new NoAnswer('identity', 'unreadable'))],
    ['silence', () => Promise.reject(new NoAnswer('identity', 'timeout'))],
  ];
  test.each(moods)('answering with %s clears nobody, opens the circuit, and catches up', async (_, mood) => {
    identity.mood = mood;
    const ids = await Promise.all(Array.from({ length: 12 }, () => apply(['driver'], ann)));
    await eventually('open', () => circuits.of('identity').state === 'open', 5_000);
    const cleared = (await it.db.published()).filter(({ key, type }) => ids.includes(key) && /cleared/.test(type));
    expect(cleared).toEqual([]);
    identity.mood = null;
    await Promise.all(ids.map((id) => until(id, 'identity', 'determined')));
    expect(circuits.of('identity').state).toBe('closed');
  });

  test('is said once to each person who waits on it', async () => {
    const sweeper = new TellOfDelay(it.db.transactions, new OverdueRepository(), it.cases, it.keeper, it.clock);
    identity.mood = moods[1]![1];
    const id = await apply(['driver'], ann);
    it.clock.advance(121_000);
    await sweeper.sweep();
    await sweeper.sweep();
    expect((await it.said(id)).filter((said) => said.startsWith('check-delayed'))).toEqual([
      'check-delayed identity provider-away',
    ]);
    identity.mood = null;
    await until(id, 'identity', 'determined');
  });
});

describe('a clock that ran ahead', () => {
  const minutesAhead = async (minutes: number, work: () => Promise<void>): Promise<void> => {
    it.clock.advance(minutes * MINUTE);
    await work();
    it.clock.advance(-minutes * MINUTE);
  };

  test.each([5, 10])('by %i minutes delays nobody who answered meanwhile', async (minutes) => {
    let id = '';
    await minutesAhead(minutes, async () => {
      id = await apply(['driver'], ann);
    });
    await until(id, 'identity', 'determined');
  });

  test('does not delay the next try either', async () => {
    identity.mood = () => Promise.reject(new NoAnswer('identity', 'status', 500));
    const id = await apply(['driver'], ann);
    await minutesAhead(10, async () => {
      await until(id, 'identity', 'provider-error');
    });
    identity.mood = null;
    await until(id, 'identity', 'determined');
  });
});

test('what Redis forgot is asked again from the rows, and under the same reference', async () => {
  circuits.of('identity').force('open');
  const ids = await Promise.all(Array.from({ length: 30 }, () => apply(['driver'], ann)));
  circuits.of('identity').force('closed');
  await redis.unlink(await redis.keys(`${prefix}:*`));
  await Promise.all(ids.map((id) => until(id, 'identity', 'determined')));
  const checks = await Promise.all(ids.map(async (id) => (await it.check(id, 'identity')).check_id as string));
  for (const reference of checks) {
    expect(identity.begun.filter((request) => request.reference === reference).length).toBeGreaterThanOrEqual(1);
  }
  circuits.of('identity').force(null);
});

test('an answer that the database refuses holds up nobody whose answer came with it', async () => {
  circuits.of('identity').force('open');
  try {
    const ids = [await apply(['befriender'], ann), await apply(['befriender'], ann)];
    const checkIds = await Promise.all(ids.map(async (id) => (await it.check(id, 'identity')).check_id as string));
    const [ill, well] = await it.db.database.read((tx) => it.outward.take(tx, checkIds));
    const learned = (code: string) => ({ is: 'needs-human', code, reason: 'identity-unproven', body: null }) as const;
    const landed = await Promise.allSettled([
      it.desk.land({ check: ill!, learned: learned('no text of a database: \0') }),
      it.desk.land({ check: well!, learned: learned('failed') }),
    ]);
    expect(landed.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect((await it.check(well!.applicationId, 'identity')).state).toBe('result-in');
  } finally {
    circuits.of('identity').force(null);
  }
});

test('a result is purged 180 days after the decision, and the decision stays', async () => {
  const id = await apply(['driver'], ann);
  await until(id, 'identity', 'determined');
  expect((await it.check(id, 'identity')).result).toMatch(/^s1\./);
  const sweeper = new PurgeResults(it.db.transactions, new OverdueRepository(), it.clock);
  it.clock.advance(181 * 86_400_000);
  while ((await sweeper.sweep()) > 0);
  expect(await it.check(id, 'identity')).toMatchObject({ result: null, answers: null, outcome: 'suitable' });
});

test('somebody erased in the middle is left alone', async () => {
  identity.mood = () => Promise.reject(new NoAnswer('identity', 'status', 503));
  const id = await apply(['driver'], ann);
  await it.db.adminSql('delete from keyring.data_key_checks where person_id = $1', [id]);
  identity.mood = null;
  const other = await apply(['driver'], ann);
  await until(other, 'identity', 'determined');
  expect(await it.said(id)).toEqual(['task-set identity first']);
});

test('once the activation has closed, nobody can tell whose a certificate is, so that a human looks', async () => {
  const { activationId, forumId } = it;
  const closing = { activationId, forumId, from: 'recovery', to: 'closed', at: it.clock.now().toISOString() } as const;
  await it.db.deliver(new FollowActivations(it.policies, it.blind, it.clock), [
    received(ActivationTransitioned, closing, { sequence: 9 }),
  ]);
  const id = await withDbs(certificate(fresh(1)));
  await until(id, 'dbs', 'result-in');
  const keys = await it.db.adminSql('select wrapped from keyring.blind_key where activation_id = $1', [activationId]);
  expect(keys).toEqual([{ wrapped: null }]);
});
