import { createHash } from 'node:crypto';
import { FairShare, forbidden, notFound, unauthorised, unavailable } from '@app/http';
import type { AccessRule } from './access.js';
import type { AccessList } from './access-list.js';
import type { BearerReader } from './bearer.js';
import type { Caller, Partner, Staff, StaffRole } from './caller.js';
import { refuseForgery } from './csrf.js';
import { sessionCookieName, type SessionReader } from './session.js';
import { cookieIn } from './staff-token.js';

export interface Knock {
  readonly method: string;
  readonly ip: string;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body?: unknown;
  readonly params?: unknown;
}

export interface Entry {
  readonly caller: Caller;
  /** The session's token for forms; empty without a session. */
  readonly csrf: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Decides who is at the door and whether the route's rule lets them in; the same for every route of every app. */
export class Door {
  private readonly cookieName: string;
  private readonly shares = new Map<number, FairShare>();

  constructor(
    private readonly origin: string,
    private readonly list: AccessList,
    private readonly sessions: SessionReader,
    private readonly bearers: BearerReader,
  ) {
    this.cookieName = sessionCookieName(origin);
  }

  async enter(rule: AccessRule, knock: Knock): Promise<Entry> {
    if (rule.public && rule.ownBearer) return { caller: { is: 'public', address: knock.ip }, csrf: '' };
    const authorization = knock.headers['authorization'];
    if (typeof authorization === 'string') return this.withCredential(rule, knock, authorization);
    const cookie = this.cookieOf(knock);
    // A session counts on public routes as well, because pages show who is signed in; a dead one is nobody there.
    const signedIn = cookie === null ? null : await this.staffOfSession(cookie);
    if (rule.staff && signedIn?.is === 'staff' && allows(rule.staff, signedIn.staff)) {
      refuseForgery(knock, signedIn.csrf, this.origin);
      return { caller: signedIn.staff, csrf: signedIn.csrf };
    }
    const csrf = signedIn?.is === 'staff' ? signedIn.csrf : '';
    if (rule.person) return { caller: personOf(knock), csrf };
    if (rule.public) return { caller: { is: 'public', address: knock.ip }, csrf };
    if (signedIn?.is === 'staff') throw forbidden('role-missing');
    throw unauthorised(signedIn?.is === 'ended' ? 'session-ended' : 'unauthorised');
  }

  /** Forums that are not the business of this member. */
  forumsBeside(staff: Staff): readonly string[] {
    return this.list.forumsBeside(staff.forumId);
  }

  /** A staff member by access token or session token, whatever the route; null when it is neither. */
  async staffOf(token: string): Promise<Staff | null> {
    const bySession = await this.staffOfSession(token);
    if (bySession.is !== 'nobody') return bySession.is === 'staff' ? bySession.staff : null;
    const claims = await this.bearers.read(token);
    return claims ? this.member(claims.issuer, claims.subject, claims.roles, null) : null;
  }

  private async withCredential(rule: AccessRule, knock: Knock, authorization: string): Promise<Entry> {
    const [, token] = /^Bearer ([\x21-\x7e]{1,8000})$/i.exec(authorization) ?? [];
    if (token === undefined) throw unauthorised('credential-invalid');
    if (token.startsWith('mk_')) return this.withKey(rule, token);
    const claims = await this.bearers.read(token);
    if (!claims) throw unauthorised('credential-invalid');
    const staff = this.member(claims.issuer, claims.subject, claims.roles, null);
    if (rule.staff && staff && allows(rule.staff, staff)) return { caller: staff, csrf: '' };
    if (rule.person) return { caller: personOf(knock), csrf: '' };
    if (rule.public) return { caller: { is: 'public', address: knock.ip }, csrf: '' };
    throw forbidden('role-missing');
  }

  private withKey(rule: AccessRule, token: string): Entry {
    if (!this.list.lastHeard) throw unavailable(2);
    const key = this.list.keyOf(createHash('sha256').update(token).digest('hex'));
    if (!key) throw unauthorised('credential-invalid');
    if (!rule.partner || !key.scopes.includes(rule.partner)) throw forbidden('scope-missing');
    const { keyHash: _, ...facts } = key;
    const partner: Partner = { is: 'partner', ...facts };
    return { caller: partner, csrf: '', headers: this.shareOf(key.perMinute).take(key.keyId, Date.now()) };
  }

  private shareOf(perMinute: number): FairShare {
    let share = this.shares.get(perMinute);
    // A minute's quota may be spent within ten seconds.
    if (!share) this.shares.set(perMinute, (share = new FairShare({ burst: Math.max(1, perMinute / 6), perMinute })));
    return share;
  }

  private cookieOf(knock: Knock): string | null {
    const header = knock.headers['cookie'];
    return typeof header === 'string' ? cookieIn(header, this.cookieName) : null;
  }

  private async staffOfSession(
    token: string,
  ): Promise<{ is: 'staff'; staff: Staff; csrf: string } | { is: 'ended' } | { is: 'nobody' }> {
    const session = await this.sessions.read(token);
    if (!session) return { is: 'nobody' };
    if (!this.list.lastHeard) throw unavailable(2);
    if (this.list.hasEnded(session.sessionId)) return { is: 'ended' };
    const staff = this.member(session.issuer, session.subject, session.roles, session.sessionId, session.memberId);
    return staff ? { is: 'staff', staff, csrf: session.csrf } : { is: 'ended' };
  }

  /** Effective roles are what the directory claims and the membership grants, both (S6). */
  private member(
    issuer: string,
    subject: string,
    claimed: readonly StaffRole[],
    sessionId: string | null,
    memberId?: string,
  ): Staff | null {
    if (!this.list.lastHeard) throw unavailable(2);
    const memberships = this.list.membershipsOf(issuer, subject);
    const membership = memberId ? memberships.find((one) => one.memberId === memberId) : memberships[0];
    if (!membership) return null;
    return {
      is: 'staff',
      memberId: membership.memberId,
      subject: `${issuer}|${subject}`,
      forumId: membership.forumId,
      organisationId: membership.organisationId,
      roles: membership.roles.filter((role) => claimed.includes(role)),
      sessionId,
    };
  }
}

const allows = (roles: readonly StaffRole[], staff: Staff): boolean => roles.some((role) => staff.roles.includes(role));

function personOf(knock: Knock): Caller {
  const token = (knock.params as Record<string, unknown> | undefined)?.['token'];
  if (typeof token !== 'string' || !/^[A-Za-z0-9_-]{20,64}$/.test(token)) throw notFound();
  return { is: 'person', token, address: knock.ip };
}
