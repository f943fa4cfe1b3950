import { Inject, Injectable } from '@nestjs/common';
import * as oidc from 'openid-client';
import { StaffRole } from '@app/access';
import { CONFIG } from '@app/boot';
import { unavailable } from '@app/http';
import type { CoordinationConfig } from '../coordination.settings.js';
import { ClientSecret } from './client-secret.js';

export interface Asked {
  readonly url: string;
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
}

export interface Identity {
  readonly issuer: string;
  readonly subject: string;
  /** What the directory claims; the membership decides which of them count. */
  readonly roles: readonly StaffRole[];
}

/** The staff directory, by OpenID Connect: authorization code with PKCE, state and nonce. */
@Injectable()
export class Directory {
  private known: Promise<oidc.Configuration> | null = null;

  constructor(
    @Inject(CONFIG) private readonly config: CoordinationConfig,
    private readonly secret: ClientSecret,
  ) {}

  async ask(): Promise<Asked> {
    const configuration = await this.configuration();
    const codeVerifier = oidc.randomPKCECodeVerifier();
    const state = oidc.randomState();
    const nonce = oidc.randomNonce();
    const url = oidc.buildAuthorizationUrl(configuration, {
      redirect_uri: this.callback,
      scope: 'openid',
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    });
    return { url: url.href, state, nonce, codeVerifier };
  }

  /** @throws when code, state, nonce, issuer, audience or signature is not what was asked for */
  async identify(callbackQuery: string, asked: Omit<Asked, 'url'>): Promise<Identity> {
    const tokens = await oidc.authorizationCodeGrant(
      await this.configuration(),
      new URL(`${this.callback}${callbackQuery}`),
      { pkceCodeVerifier: asked.codeVerifier, expectedState: asked.state, expectedNonce: asked.nonce },
    );
    const claims = tokens.claims();
    if (!claims) throw new Error('the directory gave no ID token');
    return {
      issuer: claims.iss,
      subject: claims.sub,
      roles: StaffRole.array().catch([]).parse(claims['roles']),
    };
  }

  private get callback(): string {
    return `${this.config.MUSTER_ORIGIN}/sign-in/callback`;
  }

  /** Found once; a directory that was away is asked again by the next person. */
  private configuration(): Promise<oidc.Configuration> {
    this.known ??= this.discover().catch((error: unknown) => {
      this.known = null;
      throw error;
    });
    return this.known.catch(() => {
      throw unavailable(5, 'sign-in-unavailable');
    });
  }

  private discover(): Promise<oidc.Configuration> {
    const issuer = new URL(this.config.OIDC_ISSUER);
    const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
    const plain = issuer.protocol === 'http:' && loopback && this.config.MUSTER_ENV === 'local';
    return oidc.discovery(issuer, this.config.OIDC_CLIENT_ID, undefined, oidc.ClientSecretBasic(this.secret.value), {
      timeout: 5,
      ...(plain ? { execute: [oidc.allowInsecureRequests] } : {}),
    });
  }
}
