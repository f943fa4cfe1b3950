import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { importJWK, SignJWT, type JWK } from 'jose';
import { call, eventually } from '../e2e/people.js';
import { home, sql, stack } from './stack.js';

/** A token of the local directory for anybody, signed with its own key: what a directory's administrator could make. */
export async function tokenOf(subject: string, roles: readonly string[]): Promise<string> {
  const file = join(home, 'outside/sign-in/sign-in-keys.json');
  const { jwks } = JSON.parse(readFileSync(file, 'utf8')) as { jwks: { keys: (JWK & { kid: string })[] } };
  const key = jwks.keys.find(({ alg }) => alg === 'ES256')!;
  return new SignJWT({ roles, client_id: 'muster' })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid })
    .setIssuer(stack().signIn.issuer)
    .setSubject(subject)
    .setAudience('muster')
    .setIssuedAt()
    .setJti(randomBytes(12).toString('hex'))
    .setExpirationTime('10m')
    .sign(await importJWK(key, 'ES256'));
}

const NEIGHBOUR = {
  forum: '01930000-0000-7000-8000-0000000a0001',
  organisation: '01930000-0000-7000-8000-0000000a0002',
  member: '01930000-0000-7000-8000-0000000a0003',
  subject: '01930000-0000-7000-8000-0000000a0004',
};
const ALL = [
  'duty-officer',
  'approver',
  'hub-coordinator',
  'vetting-officer',
  'call-handler',
  'referrer',
  'operator',
  'auditor',
];

/** Waits until every app knows the credential; what it does not know it refuses with that status. */
export async function everywhere(headers: Record<string, string>, refused: 401 | 403): Promise<void> {
  for (const path of ['/v1/plans', '/v1/applications/x', '/v1/checks', '/v1/offers', '/v1/messages', '/v1/ops/audit'])
    await eventually(
      () => call('GET', path, undefined, headers),
      ({ status }) => status !== refused,
    );
}

/** Another forum of the same installation, with one member who has every role; resolves when the apps know of it. */
export async function neighbour(): Promise<{ forumId: string; organisationId: string; token: string }> {
  await sql(
    `insert into coordination.forum (id, slug, name, nation, controller, controller_contact)
     values ($1, 'next-door', 'Next Door Forum', 'england', 'Next Door Council', 'data@example.org') on conflict do nothing`,
    [NEIGHBOUR.forum],
  );
  await sql(
    `insert into coordination.organisation (id, forum_id, kind, name)
     values ($1, $2, 'category-1', 'Next Door Council') on conflict do nothing`,
    [NEIGHBOUR.organisation, NEIGHBOUR.forum],
  );
  await sql(
    `insert into coordination.member (id, forum_id, organisation_id, issuer, subject, display_name, roles)
     values ($1, $2, $3, $4, $5, 'Neighbour', $6) on conflict (id) do update set issuer = excluded.issuer`,
    [NEIGHBOUR.member, NEIGHBOUR.forum, NEIGHBOUR.organisation, stack().signIn.issuer, NEIGHBOUR.subject, ALL],
  );
  const token = await tokenOf(NEIGHBOUR.subject, ALL);
  const headers = { authorization: `Bearer ${token}` };
  await everywhere(headers, 403);
  return { forumId: NEIGHBOUR.forum, organisationId: NEIGHBOUR.organisation, token };
}

export interface Key {
  readonly scopes: readonly string[];
  readonly forumId?: string;
  readonly organisationId?: string;
  readonly activationIds?: readonly string[] | null;
  readonly perMinute?: number;
}

/** A partner's key of the demo forum, or of another; resolves when intake knows it. */
export async function partnerKey(of: Key): Promise<string> {
  const key = `mk_${randomBytes(18).toString('base64url')}`;
  await sql(
    `insert into coordination.partner_key (id, forum_id, organisation_id, name, key_hash, scopes, activation_ids, per_minute)
     select gen_random_uuid(), coalesce($1, forum_id), coalesce($2, organisation_id), 'Attacker', $3, $4, $5, $6
       from coordination.partner_key where name = 'Demo partner'`,
    [
      of.forumId ?? null,
      of.organisationId ?? null,
      createHash('sha256').update(key).digest(),
      of.scopes,
      of.activationIds ?? null,
      of.perMinute ?? 100_000,
    ],
  );
  const headers = { authorization: `Bearer ${key}` };
  await eventually(
    () => call('GET', '/v1/drafts/AAAAAAAAAAAAAAAAAAAAAA', undefined, headers),
    ({ status }) => status !== 401,
  );
  return key;
}
