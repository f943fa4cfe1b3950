import { createHash, randomUUID } from 'node:crypto';
import { canonical } from '@app/http';
import { importJWK, jwtVerify, SignJWT, type CryptoKey, type JWK } from 'jose';

const TYP = 'muster-operator+jwt';
const ISSUER = 'operations';
const LIFE_SECONDS = 30;
/** Longest life that a reader accepts, whatever the token says. */
const LONGEST_SECONDS = 60;

/** One call of operations to one app, on behalf of one signed-in person. */
export interface ServiceCall {
  readonly jti: string;
  readonly expiresAt: Date;
}

const printOf = (text: string): string => createHash('sha256').update(text).digest('base64url');

/** What a token is good for: one act, one body, one person's credential. */
export interface Bound {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly body: unknown;
  readonly staffToken: string;
}

/** Signs calls; only operations holds the private key (S12). */
export class ServiceTokenMinter {
  private constructor(private readonly key: CryptoKey | Uint8Array) {}

  static async with(jwk: JWK): Promise<ServiceTokenMinter> {
    return new ServiceTokenMinter(await importJWK(jwk, 'ES256'));
  }

  /** Good for this app and what it is bound to, once, for half a minute. */
  mint(app: string, bound: Bound): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ act: act(bound), body: bodyPrint(bound), for: printOf(bound.staffToken) })
      .setProtectedHeader({ alg: 'ES256', typ: TYP })
      .setIssuer(ISSUER)
      .setAudience(app)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + LIFE_SECONDS)
      .sign(this.key);
  }
}

const act = ({ method, path }: Bound): string => `${method} ${path}`;
const bodyPrint = ({ body }: Bound): string => printOf(canonical(body));

export class ServiceTokenReader {
  private constructor(
    private readonly app: string,
    private readonly key: CryptoKey | Uint8Array,
  ) {}

  static async with(jwk: JWK, app: string): Promise<ServiceTokenReader> {
    const { d: _, ...publicOnly } = jwk;
    return new ServiceTokenReader(app, await importJWK(publicOnly as JWK, 'ES256'));
  }

  /** Null when it is not a call for this app, this act and this person. Whether it came before is for the caller to ask. */
  async read(token: string, bound: Bound): Promise<ServiceCall | null> {
    try {
      const { payload } = await jwtVerify(token, this.key, {
        algorithms: ['ES256'],
        issuer: ISSUER,
        audience: this.app,
        typ: TYP,
        requiredClaims: ['jti', 'iat', 'exp', 'act', 'body', 'for'],
        maxTokenAge: LONGEST_SECONDS,
      });
      if (payload['act'] !== act(bound) || payload['body'] !== bodyPrint(bound)) return null;
      if (payload['for'] !== printOf(bound.staffToken)) return null;
      if (payload.exp! - payload.iat! > LONGEST_SECONDS) return null;
      if (!UUID.test(payload.jti!)) return null;
      return { jti: payload.jti!, expiresAt: new Date(payload.exp! * 1000) };
    } catch {
      return null;
    }
  }
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
