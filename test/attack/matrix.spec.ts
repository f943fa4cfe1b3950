import 'reflect-metadata';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { beforeAll, describe, expect, jest, test } from '@jest/globals';
import { routesOf } from '@app/access';
import { APPS, controllersOf } from '../../tools/docs/apps.js';
import { apply, call, eventually, form, token, type Answer } from '../e2e/people.js';
import { everywhere, neighbour, partnerKey, tokenOf } from './neighbour.js';
import { sql, stack } from './stack.js';
import { ROLES, WHO, type Role } from './who.js';

jest.setTimeout(300_000);

/** Read from what the apps declare; boot refuses a route that declares nothing. Problem pages are mounted by boot. */
const declared = APPS.flatMap(([, module]) => routesOf(controllersOf(module))).map(({ method, path }) => ({
  method,
  path,
  name: `${method} ${path}`,
}));
type Route = (typeof declared)[number];

const UNKNOWN = '01930000-0000-7000-8000-0000000fffff';
/** Ids and tokens that were never given out. */
const unknown = (path: string): string =>
  path
    .replace(':token', randomBytes(16).toString('base64url'))
    .replace(':slug', 'nowhere-at-all')
    .replace(':reference', 'MU-0000-0000-0')
    .replace(':id', UNKNOWN)
    .replace(':activation', UNKNOWN)
    .replace(/:[a-z]+/, 'unknown')
    .replace('*', 'unknown');

/** Once more where a part was away for a moment: this is about who may enter, on a machine that may be busy. */
const ask = async (
  route: Route,
  path: string,
  headers: Record<string, string>,
  body: unknown = {},
): Promise<Answer> => {
  for (let tries = 1; ; tries++) {
    const answer = await call(route.method, path, route.method === 'GET' ? undefined : body, {
      'idempotency-key': randomUUID(),
      'if-match': '"1"',
      accept: '*/*',
      ...headers,
    });
    if (answer.status !== 503 || tries === 5) return answer;
    await wait(2_000);
  }
};

/** What the door says; whatever comes after it is `in`. */
const doorOf = ({ status, body }: Answer): string => {
  if (status === 401) return 'sign in';
  const [, type] = /\/problems\/(role-missing|scope-missing)$/.exec(body?.type ?? '') ?? [];
  return status === 403 && type ? type : 'in';
};

const atMost = async <T>(many: readonly T[], work: (one: T) => Promise<void>, lanes = 6): Promise<void> => {
  const left = [...many];
  const lane = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
};

describe('every route × every caller', () => {
  test('the table of who may enter names every route that there is, and no other', () => {
    expect(declared.map(({ name }) => name).sort()).toEqual(Object.keys(WHO).sort());
  });

  /** Expected from the table alone: what each caller meets at the door of a route. */
  const CALLERS: Readonly<Record<string, { bearer: () => Promise<string | null>; meets: (name: string) => string }>> = {
    'the public': {
      bearer: async () => null,
      meets: (name) => (open(name) ? 'in' : 'sign in'),
    },
    'a partner who may write': {
      bearer: async () => stack().partnerKey,
      meets: (name) => (WHO[name]!.has('partner') || OWN_BEARER.has(name) ? 'in' : 'scope-missing'),
    },
    'a partner whose key may do nothing': {
      bearer: async () => {
        const key = await partnerKey({ scopes: ['nothing:here'] });
        await everywhere({ authorization: `Bearer ${key}` }, 401);
        return key;
      },
      meets: (name) => (OWN_BEARER.has(name) ? 'in' : 'scope-missing'),
    },
    "another person's link shown as a credential": {
      bearer: async () => new URL((await apply(form())).body.statusUrl as string).pathname.split('/').pop()!,
      meets: (name) => (OWN_BEARER.has(name) ? 'in' : 'sign in'),
    },
    'somebody of the directory who is no member': {
      bearer: () => tokenOf(randomUUID(), ['operator', 'duty-officer', 'vetting-officer']),
      meets: (name) => (open(name) ? 'in' : 'role-missing'),
    },
    'a member whose role the directory does not know of': {
      bearer: () => tokenOf('01930000-0000-7000-8000-000000000409', ['superuser']),
      meets: (name) => (open(name) ? 'in' : 'role-missing'),
    },
    ...Object.fromEntries(
      Object.entries(ROLES).map(([role, email]) => [
        role,
        {
          bearer: () => token(email),
          meets: (name: string) => (open(name) || WHO[name]!.has(role as Role) ? 'in' : 'role-missing'),
        },
      ]),
    ),
  };
  const open = (name: string): boolean => WHO[name]!.has('public') || WHO[name]!.has('person');
  /** The bearer here is the provider's own, which the route itself looks at. */
  const OWN_BEARER = new Set(['POST /v1/messages/receipts']);

  test.each(Object.keys(CALLERS))('%s enters what the table says, and nothing else', async (caller) => {
    const { bearer, meets } = CALLERS[caller]!;
    const credential = await bearer();
    const wrong: string[] = [];
    await atMost(declared, async (route) => {
      const headers: Record<string, string> = credential === null ? {} : { authorization: `Bearer ${credential}` };
      const answer = await ask(route, unknown(route.path), headers);
      // The provider's own bearer is not any of ours.
      const seen = OWN_BEARER.has(route.name) && answer.status === 401 ? 'in' : doorOf(answer);
      if (seen !== meets(route.name)) wrong.push(`${route.name}: ${seen}, the table says ${meets(route.name)}`);
      if (answer.status >= 500) wrong.push(`${route.name}: ${answer.status}`);
    });
    expect(wrong).toEqual([]);
  });
});

/** Bodies that are right in form, so that the answer is about whose it is. */
const BODIES: Readonly<Record<string, object>> = {
  'PATCH /v1/plans/:id': { title: 'Floods, taken over' },
  'POST /v1/activations/:activation/transitions': { to: 'standing-down', reason: 'because I can' },
  'POST /forum/activations/:activation/move': { to: 'standing-down', reason: 'because I can' },
  'POST /v1/activations/:activation/log': { information: 'a', options: 'b', decision: 'because I can' },
  'POST /forum/activations/:activation/log': { information: 'a', options: 'b', decision: 'because I can' },
  'POST /v1/needs/:id/verify': { safeguarding: 'clear', regulatedActivity: false },
  'POST /forum/needs/:id/verify': { safeguarding: 'clear', regulatedActivity: 'no' },
  'POST /forum/needs/:id/cancel': { reason: 'unsafe' },
  'POST /v1/checks/:id/determination': { outcome: 'suitable', reasonCode: 'certificate-clear' },
  'POST /vetting/checks/:id/determination': { outcome: 'suitable', reasonCode: 'certificate-clear' },
  'POST /v1/ops/dead-letters/:id/edit': { data: {}, reason: 'because I can' },
  'POST /ops/dead-letters/:id/edit': { data: '{}', reason: 'because I can' },
  'POST /v1/ops/dead-letters/:id/discard': { reason: 'because I can' },
  'POST /ops/dead-letters/:id/discard': { reason: 'because I can' },
};

describe('the own forum and a foreign one', () => {
  let foreign: Record<string, string>;
  /** By route: ids of the demo forum that are really there. */
  let there: Record<string, string>;
  let secret: string[];

  beforeAll(async () => {
    foreign = { authorization: `Bearer ${(await neighbour()).token}` };
    const { body } = await apply(form({ roles: ['sandbags'] }));
    await eventually(
      () => call('GET', body.statusUrl),
      (seen) => seen.body.state === 'cleared',
    );
    const driver = await apply(form({ roles: ['deliver-shopping'] }));
    await eventually(
      () => sql('select 1 from vetting.checks where application_id = $1', [driver.body.id]),
      (rows) => rows.length > 0,
    );
    const letter = await plantLetter(body.id);
    const first = async (text: string): Promise<string> => (await sql<{ it: string }>(text))[0]!.it;
    const activation = await first(`select id as it from coordination.activation where slug = '${stack().activation}'`);
    const plan = await first('select id as it from coordination.plan order by created_at limit 1');
    const need = await first('select id as it from coordination.need order by id limit 1');
    const check = await first('select check_id as it from vetting.checks order by check_id limit 1');
    there = {
      '/v1/plans/:id': plan,
      '/forum/plans/:id': plan,
      '/v1/activations/:activation': activation,
      '/forum/activations/:activation': activation,
      '/v1/needs/:id': need,
      '/forum/needs/:id': need,
      '/v1/checks/:id': check,
      '/vetting/checks/:id': check,
      '/v1/applications/:id': body.id,
      '/v1/ops/applications/:reference': body.reference,
      '/v1/ops/dead-letters/:id': letter,
      '/ops/dead-letters/:id': letter,
    };
    secret = [activation, plan, need, check, body.id, body.reference, letter, stack().activation];
  });

  const known = (path: string): [prefix: string, id: string] | undefined =>
    Object.entries(there).find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`));
  /** What does not name the trace of the request. */
  const told = ({ status, body }: Answer): object => ({ status, body: { ...body, instance: null } });

  test('what belongs to the demo forum looks to a neighbour as if it had never been', async () => {
    const wrong: string[] = [];
    let looked = 0;
    for (const route of declared) {
      const found = known(route.path);
      if (!found) continue;
      const [prefix, id] = found;
      const [name] = /:\w+/.exec(prefix)!;
      const at = (which: string): string => unknown(route.path.replace(name, which));
      const never = name === ':reference' ? 'MU-0000-0000-0' : UNKNOWN;
      const body = BODIES[route.name] ?? {};
      const [real, none] = [await ask(route, at(id), foreign, body), await ask(route, at(never), foreign, body)];
      looked++;
      if (none.status !== 404) wrong.push(`${route.name}: an id that never was is answered ${none.status}`);
      if (JSON.stringify(told(real)).replaceAll(id, never) !== JSON.stringify(told(none)))
        wrong.push(`${route.name}: ${real.status} for a foreign id, ${none.status} for one that never was`);
    }
    expect(wrong).toEqual([]);
    expect(looked).toBeGreaterThan(30);
  });

  test('no list of a neighbour names anything of the demo forum', async () => {
    const wrong: string[] = [];
    for (const route of declared.filter(({ method, path }) => method === 'GET' && !path.includes(':'))) {
      if (WHO[route.name]!.has('public') || route.path.includes('*') || route.path === '/ops/queues') continue;
      const { status, body } = await ask(route, route.path, foreign);
      const text = JSON.stringify(body);
      if (status !== 200) wrong.push(`${route.name}: ${status}`);
      for (const one of secret) if (text.includes(one)) wrong.push(`${route.name} names ${one}`);
    }
    expect(wrong).toEqual([]);
  });

  test('a neighbour changes nothing by the words that name an activation', async () => {
    const send = (path: string, body: unknown): Promise<Answer> =>
      call('POST', path, body, { 'idempotency-key': randomUUID(), ...foreign });
    const mode = { activation: stack().activation, mode: 'capped', reason: 'because I can' };
    expect((await send('/v1/ops/intake-mode', mode)).body.invalidParams).toEqual([
      expect.objectContaining({ pointer: '/activation', code: 'unknown-activation' }),
    ]);
    const entered = await send('/v1/applications', form());
    expect([entered.status, entered.body.invalidParams]).toEqual([
      422,
      [expect.objectContaining({ pointer: '/activation', code: 'unknown-activation' })],
    ]);
    const day = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
    const need = { activation: stack().activation, role: 'sandbags', title: 'Taken', places: 3, postcode: 'OL1 1AA' };
    expect((await send('/v1/needs', { ...need, startsAt: day(48), endsAt: day(52) })).status).toBeGreaterThanOrEqual(
      404,
    );
    await send('/v1/ops/dead-letters/replay', {});
    const acts = await sql("select 1 from intake.letter_act where member_id = '01930000-0000-7000-8000-0000000a0003'");
    expect(acts).toEqual([]);
  });

  test('the own forum finds all of it', async () => {
    const by: Record<string, Role> = {
      vetting: 'vetting',
      ops: 'operator',
      checks: 'vetting',
      applications: 'auditor',
    };
    for (const [prefix, id] of Object.entries(there)) {
      const role = by[/^\/(?:v1\/)?([a-z]+)/.exec(prefix)![1]!] ?? 'duty';
      const headers = { authorization: `Bearer ${await token(ROLES[role])}` };
      const { status } = await call('GET', prefix.replace(/:\w+/, id), undefined, headers);
      expect([prefix, status]).toEqual([prefix, 200]);
    }
  });

  test('a hub sees the people of its own borough only, and of a need elsewhere neither place nor notes', async () => {
    const id = there['/v1/applications/:id']!;
    for (const [email, status] of [
      ['coordinator.oldham@demo.example', 200],
      ['coordinator.bolton@demo.example', 404],
    ] as const) {
      const headers = { authorization: `Bearer ${await token(email)}` };
      expect([email, (await call('GET', `/v1/applications/${id}`, undefined, headers)).status]).toEqual([
        email,
        status,
      ]);
    }
    const headers = { authorization: `Bearer ${await token('coordinator.bolton@demo.example')}` };
    const { body } = await call('GET', '/v1/needs?limit=200', undefined, headers);
    for (const need of body.items.filter((one: any) => !/Bolton/.test(one.organisation.name))) {
      const seen = await call('GET', `/v1/needs/${need.id}`, undefined, headers);
      expect(seen.body).toMatchObject({ title: null, postcode: null, notes: null });
    }
  });

  test("a link opens its own person's offers and no other's", async () => {
    const { body } = await apply(form({ roles: ['sandbags'] }));
    const own = new URL(body.statusUrl).pathname;
    const offers = await sql<{ id: string }>('select id from intake.offer where application_id <> $1 limit 3', [
      body.id,
    ]);
    for (const id of [UNKNOWN, ...offers.map(({ id }) => id)]) {
      expect((await call('GET', `${own}/offers/${id}`)).status).toBe(404);
      for (const answer of ['accept', 'decline', 'cancel'])
        expect((await call('POST', `${own}/offers/${id}/${answer}`, {})).status).toBe(404);
    }
  });
});

/** A letter of the demo forum, as intake would have parked it. */
const plantLetter = async (applicationId: string): Promise<string> => {
  const [letter] = await sql<{ id: string }>(
    `insert into intake.dead_letter (consumer, event_id, type, topic, partition, log_offset, key, forum_id, headers, body,
       state, reason, first_error, last_error)
     select 'intake.planted', gen_random_uuid(), 'vetting.check-sent.v1', 'vetting.application', 0, 0, id::text, forum_id, '{}', '{}',
       'parked', 'handler-failed', 'planted', 'planted' from intake.application where id = $1
     returning id`,
    [applicationId],
  );
  return letter!.id;
};
