import Provider, { type Configuration, type ResourceServer } from 'oidc-provider';
import type { Keys } from './keys.js';
import { Memory } from './memory.js';
import type { People, Person } from './people.js';

export const CLIENT_ID = 'muster';
/** Resource indicators are URIs; the audience in the token is the plain word that Muster pins. */
export const RESOURCE = 'urn:muster';
export const SCOPE = 'openid roles';
/** What this directory claims about how the person proved themselves: a security key, hence more than one factor. */
export const AMR = ['hwk', 'mfa'];

export const RESOURCE_SERVER: ResourceServer = {
  scope: SCOPE,
  audience: 'muster',
  accessTokenFormat: 'jwt',
  accessTokenTTL: 3600,
  jwt: { sign: { alg: 'ES256' } },
};

interface Options {
  readonly issuer: string;
  readonly origin: string;
  readonly people: People;
  readonly keys: Keys;
  readonly clientSecret: string | null;
}

/** Cookies ignore ports: two stacks on one machine must not read each other's. */
export const sessionCookie = (issuer: string): string => `sign-in-session-${new URL(issuer).port}`;

const claimsOf = (person: Person) => ({
  sub: person.sub,
  email: person.email,
  name: person.name,
  roles: person.roles,
  organisation: person.organisation,
});

/** An OpenID Connect provider that asks for no password: whoever can see the page can be anybody on it. */
export const staffDirectory = ({ issuer, origin, people, keys, clientSecret }: Options): Provider => {
  const memory = new Memory();
  const prefix = new URL(issuer).pathname.replace(/\/$/, '');
  const configuration: Configuration = {
    adapter: (model: string) => memory.adapter(model),
    clients: [
      {
        client_id: CLIENT_ID,
        ...(clientSecret
          ? { client_secret: clientSecret, token_endpoint_auth_method: 'client_secret_basic' }
          : { token_endpoint_auth_method: 'none' }),
        redirect_uris: [`${origin}/sign-in/callback`],
        post_logout_redirect_uris: [`${origin}/`, `${origin}/sign-in`],
        response_types: ['code'],
        grant_types: ['authorization_code'],
        id_token_signed_response_alg: 'ES256',
      },
    ],
    jwks: keys.jwks as Configuration['jwks'],
    cookies: {
      keys: keys.cookies,
      names: {
        session: sessionCookie(issuer),
        interaction: `sign-in-choice-${new URL(issuer).port}`,
        resume: `sign-in-resume-${new URL(issuer).port}`,
      },
      long: { path: `${prefix}/`, httpOnly: true, sameSite: 'lax', signed: true },
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    claims: {
      openid: ['sub', 'email', 'name', 'roles', 'organisation', 'amr'],
      roles: ['roles', 'organisation'],
      acr: null,
      amr: null,
      auth_time: null,
    },
    scopes: ['openid', 'roles'],
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    pkce: { required: () => true },
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: {
        enabled: true,
        // One click is enough to leave, too.
        logoutSource: (ctx, form) => {
          ctx.body = logoutPage(form, prefix);
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => RESOURCE,
        useGrantedResource: () => true,
        getResourceServerInfo: () => RESOURCE_SERVER,
      },
    },
    interactions: { url: (_ctx, interaction) => `${prefix}/interaction/${interaction.uid}` },
    findAccount: (_ctx, sub) => {
      const person = people.of(sub);
      return person && { accountId: sub, claims: () => claimsOf(person) };
    },
    extraTokenClaims: (_ctx, token) => {
      const person = 'accountId' in token && token.accountId ? people.of(token.accountId) : undefined;
      return person && { roles: person.roles, organisation: person.organisation, amr: AMR };
    },
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client!.clientId,
        accountId: ctx.oidc.session!.accountId!,
      });
      grant.addOIDCScope(SCOPE);
      grant.addResourceScope(RESOURCE, SCOPE);
      await grant.save();
      return grant;
    },
    ttl: { AccessToken: 3600, AuthorizationCode: 60, IdToken: 600, Interaction: 3600, Session: 8 * 3600, Grant: 3600 },
    renderError: (ctx, out) => {
      ctx.type = 'text';
      ctx.body = `Sign-in failed: ${out.error}${out.error_description ? ` (${out.error_description})` : ''}\n`;
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.proxy = true;
  return provider;
};

const logoutPage = (form: string, prefix: string): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sign out</title><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${prefix}/assets/style.css"></head>
<body><main id="main"><h1>Sign out of the local directory?</h1>
${form}<button type="submit" form="op.logoutForm" name="logout" value="yes">Sign out</button></main></body></html>`;
