import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, importJWK, SignJWT, type CryptoKey, type JWK } from 'jose';
import { endOf, statusOf, type Session } from './session.js';

/** Trust-framework level of confidence that this provider reaches. */
export const LEVEL = 'medium';

/** Signs results, so that the client can prove later what it relied on. */
export class Results {
  private constructor(
    private readonly issuer: string,
    private readonly key: CryptoKey,
    private readonly kid: string,
    readonly jwks: { keys: JWK[] },
  ) {}

  static async in(folder: string, issuer: string): Promise<Results> {
    const jwk = await keyIn(folder);
    const { d: _, ...open } = jwk;
    return new Results(issuer, (await importJWK(jwk, 'ES256')) as CryptoKey, jwk.kid!, { keys: [open] });
  }

  async of(session: Session, now: number) {
    const status = statusOf(session, now);
    const end = endOf(session, now);
    const verified = end?.outcome.status === 'verified' ? end.outcome.verified : null;
    const reasonCode = end?.outcome.status === 'failed' ? end.outcome.reasonCode : null;
    const level = verified ? LEVEL : null;
    return {
      sessionId: session.id,
      reference: session.reference,
      status,
      verified,
      level,
      reasonCode,
      createdAt: new Date(session.createdAt).toISOString(),
      expiresAt: new Date(session.expiresAt).toISOString(),
      completedAt: end ? new Date(end.at).toISOString() : null,
      result: end
        ? await new SignJWT({ reference: session.reference, status, verified, level, reasonCode })
            .setProtectedHeader({ alg: 'ES256', typ: 'identity-result+jwt', kid: this.kid })
            .setIssuer(this.issuer)
            .setAudience('muster')
            .setSubject(session.id)
            .setIssuedAt(Math.floor(end.at / 1000))
            .setExpirationTime(Math.floor(now / 1000) + 3600)
            .sign(this.key)
        : null,
    };
  }
}

const keyIn = async (folder: string): Promise<JWK> => {
  const file = join(folder, 'identity-key.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as JWK;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = `identity-${randomBytes(6).toString('hex')}`;
  const jwk: JWK = { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid };
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(jwk), { mode: 0o600 });
  renameSync(`${file}.new`, file);
  return jwk;
};
