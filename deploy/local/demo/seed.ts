import { createHash } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { Client } from 'pg';
import { rowsOf } from '../../../tools/import/csv.js';
import { importPostcodes } from '../../../tools/import/postcodes.js';
import type { Stack } from '../../../tools/stack-file.js';
import { Desk } from './desk.js';
import { demoNeeds } from './needs.js';
import { FORUM, HUBS, memberId, ORGANISATIONS, DESK, organisationOf, PARTNER_KEY_ID } from './organisations.js';
import { ACTIVATION, EXERCISE, PLAN, ROLES } from './plan.js';
import { demoFile } from './root.js';

export interface DemoPerson {
  readonly sub: string;
  readonly email: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly organisation: string;
}

export const demoPeople = (): DemoPerson[] => JSON.parse(readFileSync(demoFile('people.json'), 'utf8')) as DemoPerson[];

/** Fills a stack with the demo forum. Safe to run at every start: what is there stays, needs that have passed are raised anew. */
export async function seed({ stack, say = () => {} }: { stack: Stack; say?: (line: string) => void }): Promise<void> {
  const client = new Client({ connectionString: stack.postgres.url, application_name: 'demo' });
  await client.connect();
  try {
    const known = await client.query('select 1 from geography.outward_code limit 1');
    if (known.rowCount === 0) {
      const count = await importPostcodes(client, createReadStream(demoFile('geography.csv'), { encoding: 'utf8' }));
      say(`${count} outward codes`);
    }
    await layForum(client, stack);
    const duty = await Desk.of(stack, 'duty@demo.example');
    const approver = await Desk.of(stack, 'approver@demo.example');
    await layRoles(client, duty);
    const planId = await layPlan(client, duty, approver);
    await switchOn(client, duty, approver, planId);
    const raised = await raiseNeeds(client, stack, duty);
    await keyIsKnown(stack);
    say(`${FORUM.name}: ${stack.activation} is active${raised > 0 ? `, ${raised} needs raised` : ''}`);
  } finally {
    await client.end();
  }
}

const PATIENCE_MS = 20_000;

/** Whoever is told that the stack is ready may use the partner's key at once: each intake has heard of it. */
const keyIsKnown = async (stack: Stack): Promise<void> => {
  const until = Date.now() + PATIENCE_MS;
  for (const { url } of stack.apps['intake'] ?? [])
    for (;;) {
      const { status } = await fetch(new URL('/v1/applications', url), {
        method: 'POST',
        headers: { authorization: `Bearer ${stack.partnerKey}`, 'content-type': 'application/json' },
        body: '{}',
        signal: AbortSignal.timeout(5_000),
      });
      if (![401, 503].includes(status)) break;
      if (Date.now() > until) throw new Error(`intake does not know the partner's key (${status})`);
      await new Promise((later) => setTimeout(later, 200));
    }
};

/** The quiet tables, which have no public door yet: forum, organisations, places, people, the partner's key. */
export const layForum = async (client: Client, stack: Stack): Promise<void> => {
  const column = <T, K extends keyof T>(rows: readonly T[], name: K): T[K][] => rows.map((row) => row[name]);
  await client.query('begin');
  try {
    await client.query(
      `insert into coordination.forum (id, slug, name, nation, controller, controller_contact) values ($1, $2, $3, $4, $5, $6)
       on conflict (id) do nothing`,
      [FORUM.id, FORUM.slug, FORUM.name, FORUM.nation, FORUM.controller, FORUM.controllerContact],
    );
    await client.query(
      `insert into coordination.organisation (id, forum_id, kind, name)
       select id, $1, kind, name from unnest($2::uuid[], $3::text[], $4::text[]) as it (id, kind, name) on conflict (id) do nothing`,
      [FORUM.id, column(ORGANISATIONS, 'id'), column(ORGANISATIONS, 'kind'), column(ORGANISATIONS, 'name')],
    );
    await client.query(
      'update coordination.forum set desk_organisation_id = $2 where id = $1 and desk_organisation_id is null',
      [FORUM.id, DESK.id],
    );
    await client.query(
      `insert into coordination.hub (id, forum_id, organisation_id, name, outward_code)
       select id, $1, organisation_id, name, outward_code
       from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[]) as it (id, organisation_id, name, outward_code) on conflict (id) do nothing`,
      [FORUM.id, column(HUBS, 'id'), column(HUBS, 'organisationId'), column(HUBS, 'name'), column(HUBS, 'outwardCode')],
    );
    const owned = await ownedCodes();
    await client.query(
      `insert into coordination.catchment (forum_id, outward_code, organisation_id, district)
       select $1, outward_code, organisation_id, district
       from unnest($2::text[], $3::uuid[], $4::text[]) as it (outward_code, organisation_id, district)
       on conflict (forum_id, outward_code) do nothing`,
      [FORUM.id, column(owned, 'outwardCode'), column(owned, 'organisationId'), column(owned, 'district')],
    );
    for (const [i, person] of demoPeople().entries()) {
      // The issuer carries the port, which may be another one today.
      await client.query(
        `insert into coordination.member (id, forum_id, organisation_id, issuer, subject, display_name, roles)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (id) do update set issuer = excluded.issuer`,
        [memberId(i), FORUM.id, person.organisation, stack.signIn.issuer, person.sub, person.name, person.roles],
      );
    }
    await client.query(
      `insert into coordination.partner_key (id, forum_id, organisation_id, name, key_hash, scopes, activation_ids, per_minute)
       values ($1, $2, $3, 'Demo partner', $4, $5, null, 100000000)
       on conflict (id) do update set key_hash = excluded.key_hash`,
      [
        PARTNER_KEY_ID,
        FORUM.id,
        DESK.id,
        createHash('sha256').update(stack.partnerKey).digest(),
        ['applications:write', 'applications:link'],
      ],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
};

/** Outward codes that a borough owns, bordering ones with it, from the geography file. */
export const ownedCodes = async (): Promise<{ outwardCode: string; organisationId: string; district: string }[]> => {
  const owned: { outwardCode: string; organisationId: string; district: string }[] = [];
  let header = true;
  for await (const { fields } of rowsOf(createReadStream(demoFile('geography.csv'), { encoding: 'utf8' }))) {
    const [outwardCode, , , district, , owner] = fields as [string, string, string, string, string, string];
    if (!header && owner) owned.push({ outwardCode, organisationId: organisationOf(owner).id, district });
    header = false;
  }
  return owned;
};

const layRoles = async (client: Client, duty: Desk): Promise<void> => {
  const { rows } = await client.query<{ code: string }>(
    'select code from coordination.role_template where forum_id = $1',
    [FORUM.id],
  );
  const there = new Set(rows.map(({ code }) => code));
  for (const role of ROLES)
    if (!there.has(role.code)) await duty.post('/v1/roles', `demo-role-template-${role.code}`, role);
};

/** Written by the duty officer, approved by somebody else; picks up wherever an interrupted start left it. */
const layPlan = async (client: Client, duty: Desk, approver: Desk): Promise<string> => {
  const find = async () =>
    (
      await client.query<{ id: string; state: string; version: number }>(
        'select id, state, version from coordination.plan where forum_id = $1 and title = $2 order by created_at limit 1',
        [FORUM.id, PLAN.title],
      )
    ).rows[0];
  if (!(await find())) await duty.post('/v1/plans', 'demo-flood-plan-creation', PLAN);
  const plan = (await find())!;
  if (plan.state === 'draft')
    await duty.post(`/v1/plans/${plan.id}/submit`, `demo-plan-submit-${plan.version}-of-plan`);
  if (plan.state === 'draft' || plan.state === 'in-review') {
    const { etag } = await approver.get(`/v1/plans/${plan.id}`);
    const seen: Record<string, string> = etag ? { 'if-match': etag } : {};
    await approver.post(`/v1/plans/${plan.id}/approve`, `demo-plan-approve-${plan.version}-of-plan`, undefined, seen);
  }
  return plan.id;
};

const switchOn = async (client: Client, duty: Desk, approver: Desk, planId: string): Promise<void> => {
  const find = async (slug: string) =>
    (
      await client.query<{ id: string; approved_by: string | null; state: string }>(
        'select id, approved_by, state from coordination.activation where slug = $1',
        [slug],
      )
    ).rows[0];
  for (const wanted of [ACTIVATION, EXERCISE]) {
    if (!(await find(wanted.slug)))
      await duty.post('/v1/activations', `demo-activation-${wanted.slug}`, { planId, ...wanted });
    const there = (await find(wanted.slug))!;
    if (wanted.slug === ACTIVATION.slug && there.approved_by === null)
      await approver.post(`/v1/activations/${there.id}/approve`, `demo-approval-of-${wanted.slug}`);
  }
};

/** Raised by a referrer, verified by the duty officer; only when nothing lies ahead any more. */
const raiseNeeds = async (client: Client, stack: Stack, duty: Desk): Promise<number> => {
  const { rows } = await client.query<{
    id: string;
    role_code: string;
    places: number;
    outward_code: string | null;
    state: string;
  }>(
    `select need.id, role_code, places, outward_code, need.state from coordination.need
     join coordination.activation on activation.id = need.activation_id
     where activation.slug = $1 and starts_at > now()`,
    [ACTIVATION.slug],
  );
  const complete = rows.length > 0 && rows.every(({ state }) => state !== 'drafted');
  const now = new Date();
  const wanted = demoNeeds(now);
  if (complete && rows.length >= wanted.length / 2) return 0;
  const referrer = await Desk.of(stack, 'referrer@demo.example');
  const day = now.toISOString().slice(0, 10);
  let raised = 0;
  for (const [n, need] of wanted.entries()) {
    const outward = need.postcode?.split(' ')[0] ?? null;
    let there = rows.find(
      (row) => row.role_code === need.role && row.places === need.places && row.outward_code === outward,
    );
    if (!there) {
      const key = `demo-need-${day}-${String(n).padStart(2, '0')}`;
      const { body } = await referrer.post('/v1/needs', key, { activation: ACTIVATION.slug, ...need });
      there = { id: body.id, role_code: need.role, places: need.places, outward_code: outward, state: 'drafted' };
      raised += 1;
    }
    if (there.state === 'drafted')
      await duty.post(`/v1/needs/${there.id}/verify`, `demo-need-verification-${there.id}`, {
        safeguarding: 'clear',
        regulatedActivity: need.role === 'home-visits',
      });
  }
  return raised;
};
