import { createHash } from 'node:crypto';
import {
  createRemoteJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { unavailable } from '@app/http';
import { StaffRole } from './caller.js';
import { Remembered } from './remembered.js';

export interface Claims {
  readonly issuer: string;
  readonly subject: string;
  readonly roles: readonly StaffRole[];
}

export interface BearerOptions {
  readonly issuer: string;
  readonly clients: readonly string[];
  /** Where the issuer's configuration is read; its standard place when absent. */
  readonly keys?: JWTVerifyGetKey;
}

const ALGORITHMS = ['ES256', 'RS256', 'PS256'];

/** Access tokens of the staff directory: issuer, audience, algorithm, `typ` and client are pinned (S6). */
export class BearerReader {
  private keys: JWTVerifyGetKey | null;
  private asked: { readonly at: number; readonly answer: Promise<JWTVerifyGetKey> } | null = null;
  private readonly known = new Remembered<Claims>(2000);

  constructor(private readonly options: BearerOptions) {
    this.keys = options.keys ?? null;
  }

  /** Null when the token is not good here. */
  async read(token: string): Promise<Claims | null> {
    if (token.length > 8000) return null;
    const id = createHash('sha256').update(token).digest('base64');
    const known = this.known.get(id, Date.now());
    if (known) return known;
    // What is no access token of this issuer costs the issuer nothing.
    if (!this.looksLikeOurs(token)) return null;
    const payload = await this.verify(token);
    if (!payload || typeof payload.sub !== 'string') return null;
    if (!this.options.clients.includes(String(payload['client_id']))) return null;
    const claims: Claims = {
      issuer: payload.iss!,
      subject: payload.sub,
      roles: rolesOf(payload['roles']),
    };
    this.known.put(id, claims, payload.exp! * 1000);
    return claims;
  }

  private looksLikeOurs(token: string): boolean {
    try {
      const { typ, alg } = decodeProtectedHeader(token);
      return typ === 'at+jwt' && ALGORITHMS.includes(alg ?? '') && decodeJwt(token).iss === this.options.issuer;
    } catch {
      return false;
    }
  }

  private async verify(token: string): Promise<JWTPayload | null> {
    try {
      const { payload } = await jwtVerify(token, await this.issuerKeys(), {
        algorithms: ALGORITHMS,
        issuer: this.options.issuer,
        audience: 'muster',
        typ: 'at+jwt',
        requiredClaims: ['sub', 'exp', 'client_id'],
        clockTolerance: 5,
      });
      return payload;
    } catch (error) {
      if (error instanceof errors.JWKSTimeout || error instanceof IssuerAway) throw unavailable(5);
      return null;
    }
  }

  /** Key sets are kept; an unknown key id asks again at most every 30 s, so made-up ids cost the issuer nothing. */
  private async issuerKeys(): Promise<JWTVerifyGetKey> {
    if (this.keys) return this.keys;
    // Whoever comes while the issuer is asked waits for the same answer; a bad one stands for a second.
    if (!this.asked || Date.now() - this.asked.at >= 1000) this.asked = { at: Date.now(), answer: this.askIssuer() };
    return (this.keys = await this.asked.answer);
  }

  private async askIssuer(): Promise<JWTVerifyGetKey> {
    const at = `${this.options.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    let configuration: { issuer?: string; jwks_uri?: string };
    try {
      const response = await fetch(at, { signal: AbortSignal.timeout(3000), redirect: 'error' });
      configuration = (await response.json()) as typeof configuration;
    } catch {
      throw new IssuerAway();
    }
    if (configuration.issuer !== this.options.issuer || !configuration.jwks_uri) throw new IssuerAway();
    return createRemoteJWKSet(new URL(configuration.jwks_uri), {
      cooldownDuration: 30_000,
      cacheMaxAge: 600_000,
      timeoutDuration: 3000,
    });
  }
}

class IssuerAway extends Error {}

/** Roles that we do not know grant nothing. */
function rolesOf(claim: unknown): StaffRole[] {
  if (!Array.isArray(claim)) return [];
  return claim.flatMap((role) => {
    const parsed = StaffRole.safeParse(role);
    return parsed.success ? [parsed.data] : [];
  });
}
