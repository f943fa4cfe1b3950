import { createHash, randomBytes } from 'node:crypto';
import { importJWK, jwtVerify, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import type { StaffRole } from './caller.js';
import { StaffRole as StaffRoles } from './caller.js';
import { Remembered } from './remembered.js';

const TYP = 'muster-session+jwt';
const AUDIENCE = 'muster';

/** What a session cookie says, once its signature is good. */
export interface Session {
  readonly sessionId: string;
  readonly memberId: string;
  readonly issuer: string;
  readonly subject: string;
  readonly roles: readonly StaffRole[];
  readonly csrf: string;
  readonly expiresAt: Date;
}

export interface SessionFacts {
  /** The directory and the person in it. */
  readonly issuer: string;
  readonly subject: string;
  readonly memberId: string;
  readonly sessionId: string;
  readonly roles: readonly StaffRole[];
  /** Kept when a session is renewed, so that open forms stay good. */
  readonly csrf?: string;
}

/** `__Host-…` where there is https; over local http neither prefix nor Secure, and the port, because cookies do not know ports. */
export function sessionCookieName(origin: string): string {
  const url = new URL(origin);
  return url.protocol === 'https:' ? '__Host-muster-session' : `muster-session-${url.port || '80'}`;
}

const attributes = (origin: string): string =>
  `Path=/; HttpOnly; SameSite=Lax${new URL(origin).protocol === 'https:' ? '; Secure' : ''}`;

/** Signs sessions; only coordination holds the private key (S6). */
export class SessionMinter {
  private constructor(
    private readonly origin: string,
    private readonly key: CryptoKey | Uint8Array,
    private readonly kid: string | undefined,
  ) {}

  static async with(jwk: JWK, origin: string): Promise<SessionMinter> {
    return new SessionMinter(origin, await importJWK(jwk, 'ES256'), jwk.kid);
  }

  async mint(facts: SessionFacts, ttlSeconds: number): Promise<{ cookie: string; token: string; csrf: string }> {
    const csrf = facts.csrf ?? randomBytes(16).toString('base64url');
    const now = Math.floor(Date.now() / 1000);
    const token = await new SignJWT({
      sid: facts.sessionId,
      dir: [facts.issuer, facts.subject],
      roles: facts.roles,
      csrf,
    })
      .setProtectedHeader({ alg: 'ES256', typ: TYP, ...(this.kid ? { kid: this.kid } : {}) })
      .setIssuer(this.origin)
      .setAudience(AUDIENCE)
      .setSubject(facts.memberId)
      .setIssuedAt(now)
      .setExpirationTime(now + ttlSeconds)
      .sign(this.key);
    return {
      cookie: `${sessionCookieName(this.origin)}=${token}; ${attributes(this.origin)}; Max-Age=${ttlSeconds}`,
      token,
      csrf,
    };
  }

  /** The `Set-Cookie` value that removes the session. */
  clear(): string {
    return `${sessionCookieName(this.origin)}=; ${attributes(this.origin)}; Max-Age=0`;
  }

  /** Signs the access list, so that nobody who answers on coordination's port can hand out keys. */
  signList(list: object): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ list })
      .setProtectedHeader({ alg: 'ES256', typ: 'muster-access-list+jwt' })
      .setIssuer(this.origin)
      .setIssuedAt(now)
      .setExpirationTime(now + 60)
      .sign(this.key);
  }
}

/** Checks sessions with the public key alone. */
export class SessionReader {
  private readonly known = new Remembered<Session>(2000);

  private constructor(
    private readonly origin: string,
    private readonly key: CryptoKey | Uint8Array,
  ) {}

  static async with(jwk: JWK, origin: string): Promise<SessionReader> {
    const { d: _, ...publicOnly } = jwk as JWK & { d?: string };
    return new SessionReader(origin, await importJWK(publicOnly, 'ES256'));
  }

  /** Null when it is not a session of ours, or over. */
  async read(token: string): Promise<Session | null> {
    if (token.length > 4000) return null;
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.known.get(id, Date.now());
    if (known) return known;
    let payload: JWTPayload;
    try {
      ({ payload } = await jwtVerify(token, this.key, {
        algorithms: ['ES256'],
        issuer: this.origin,
        audience: AUDIENCE,
        typ: TYP,
        requiredClaims: ['sub', 'sid', 'dir', 'exp', 'csrf'],
      }));
    } catch {
      return null;
    }
    const [issuer, subject] = payload['dir'] as [string, string];
    const session: Session = {
      sessionId: payload['sid'] as string,
      memberId: payload.sub!,
      issuer,
      subject,
      roles: StaffRoles.array().catch([]).parse(payload['roles']),
      csrf: payload['csrf'] as string,
      expiresAt: new Date(payload.exp! * 1000),
    };
    this.known.put(id, session, session.expiresAt.getTime());
    return session;
  }

  async readList(signed: string): Promise<unknown> {
    const { payload } = await jwtVerify(signed, this.key, {
      algorithms: ['ES256'],
      issuer: this.origin,
      typ: 'muster-access-list+jwt',
      requiredClaims: ['exp'],
    });
    return payload['list'];
  }
}
