import type { IncomingMessage, ServerResponse } from 'node:http';
import type Provider from 'oidc-provider';
import { serve, stylesheet, type Answer, type Served } from '../../wire/src/index.js';
import { choicePage, lostPage } from './pages.js';
import type { People } from './people.js';
import { AMR, CLIENT_ID, RESOURCE, RESOURCE_SERVER, SCOPE, sessionCookie } from './provider.js';

interface Options {
  readonly port: number;
  readonly host: string;
  readonly issuer: string;
  readonly provider: Provider;
  readonly people: People;
}

const forget = (request: IncomingMessage, cookie: string): void => {
  const kept = (request.headers.cookie ?? '').split(/; */).filter((pair) => !pair.startsWith(cookie));
  request.headers.cookie = kept.join('; ');
};

const oauth = (status: number, error: string): Answer => ({ status, body: { error } });

/** The provider under its prefix, the page where people choose themselves, and the door for `npm run token`. */
export const serveDirectory = ({ port, host, issuer, provider, people }: Options): Promise<Served> => {
  const { pathname, host: publicHost, protocol } = new URL(issuer);
  const prefix = pathname.replace(/\/$/, '');
  const speak = provider.callback();

  /** Whichever way a request came, the provider answers as its issuer. */
  const toProvider = (request: IncomingMessage, response: ServerResponse): void => {
    request.headers.host = publicHost;
    request.headers['x-forwarded-host'] = publicHost;
    request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
    const whole = request.url ?? '/';
    // A remembered session would hide the list of people or ask the last one to leave first.
    if (whole.startsWith(`${prefix}/auth`)) forget(request, sessionCookie(issuer));
    (request as IncomingMessage & { originalUrl?: string }).originalUrl = whole;
    request.url = whole.slice(prefix.length) || '/';
    void speak(request, response);
  };

  const choose = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const { uid, params } = await provider.interactionDetails(request, response);
      const answer = choicePage({
        people: people.all,
        action: `${prefix}/interaction/${uid}`,
        prefix,
        client: String(params.client_id),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    } catch {
      const answer = lostPage(prefix);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    }
  };

  const finish = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of request) {
      size += (chunk as Buffer).length;
      if (size > 10_000) return void response.writeHead(413).end();
      chunks.push(chunk as Buffer);
    }
    const sub = new URLSearchParams(Buffer.concat(chunks).toString('utf8')).get('sub') ?? '';
    if (!people.of(sub)) return choose(request, response);
    try {
      await provider.interactionFinished(
        request,
        response,
        { login: { accountId: sub, amr: AMR, remember: false } },
        { mergeWithLastSubmission: false },
      );
    } catch {
      const answer = lostPage(prefix);
      response.writeHead(answer.status, answer.headers).end(answer.body);
    }
  };

  const before = (request: IncomingMessage, response: ServerResponse): boolean => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (!path.startsWith(`${prefix}/`) || path === `${prefix}/assets/style.css`) return false;
    if (web?.faults.now.down) {
      request.socket.resetAndDestroy();
      return true;
    }
    web?.counter.hit(Date.now());
    const { latencyMs, mishap } = web?.faults.draw() ?? { latencyMs: 0, mishap: 'none' as const };
    response.on('finish', () => web?.counter.answer(response.statusCode));
    setTimeout(() => {
      if (mishap === 'hang') return;
      if (mishap === 'error') return void response.writeHead(500).end('{"error":"server_error"}');
      if (mishap === 'too-many') return void response.writeHead(429, { 'retry-after': '1' }).end();
      if (mishap === 'wrong-shape') return void response.writeHead(200).end('{}');
      if (mishap === 'accept-then-reset') return void request.socket.resetAndDestroy();
      if (path.startsWith(`${prefix}/interaction/`) && request.method === 'GET') return void choose(request, response);
      if (path.startsWith(`${prefix}/interaction/`) && request.method === 'POST') return void finish(request, response);
      toProvider(request, response);
    }, latencyMs);
    return true;
  };

  /** A token without a browser, on our own port only: the front never comes here, and sets a header that we refuse. */
  const devToken = async (body: Buffer, forwarded: boolean): Promise<Answer> => {
    if (forwarded) return oauth(404, 'not_found');
    let email: unknown;
    try {
      ({ email } = JSON.parse(body.toString('utf8')) as { email?: unknown });
    } catch {
      return oauth(400, 'invalid_request');
    }
    const person = typeof email === 'string' ? people.withEmail(email) : undefined;
    if (!person) return { status: 404, body: { error: 'unknown_person', people: people.all.map((it) => it.email) } };
    const client = await provider.Client.find(CLIENT_ID);
    const grant = new provider.Grant({ clientId: CLIENT_ID, accountId: person.sub });
    grant.addResourceScope(RESOURCE, SCOPE);
    const token = new provider.AccessToken({
      accountId: person.sub,
      client: client!,
      grantId: await grant.save(),
      gty: 'authorization_code',
      scope: SCOPE,
    } as ConstructorParameters<typeof provider.AccessToken>[0]);
    token.resourceServer = new provider.ResourceServer(RESOURCE, RESOURCE_SERVER);
    return {
      status: 200,
      body: { access_token: await token.save(), token_type: 'Bearer', expires_in: RESOURCE_SERVER.accessTokenTTL },
    };
  };

  let web: Served | undefined;
  const serving = serve({
    port,
    host,
    before,
    dialect: {
      error: () => oauth(500, 'server_error'),
      tooMany: () => oauth(429, 'slow_down'),
      wrongShape: () => ({ status: 200, body: {} }),
    },
    routes: [
      { method: 'GET', path: `${prefix}/assets/style.css`, answer: stylesheet },
      {
        method: 'POST',
        path: '/dev-token',
        answer: ({ body, headers }) => devToken(body, headers['x-forwarded-host'] !== undefined),
      },
    ],
  });
  return serving.then((it) => (web = it));
};
