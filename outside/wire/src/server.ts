import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Counter } from './counter.js';
import { FaultSwitch, parseFaults, type Mishap } from './faults.js';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Parts of the path that the route's pattern names. */
  readonly params: Record<string, string>;
  readonly body: Buffer;
  readonly raw: IncomingMessage;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON. */
  readonly body?: string | Buffer | object;
  /** For an answer that is too long to hold: called with the response, ends it. */
  readonly stream?: (response: ServerResponse) => Promise<void>;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  /** `/v2/notifications/:id`; a segment with a colon takes any text but a slash. */
  readonly path: string;
  /** Faults and the counter concern what the provider is for, not its inbox pages. */
  readonly provider?: boolean;
  readonly answer: (request: Request) => Promise<Answer> | Answer;
}

/** How this provider words its own failures. */
export interface Dialect {
  readonly error: () => Answer;
  readonly tooMany: () => Answer;
  readonly wrongShape: () => Answer;
}

export interface Served {
  readonly port: number;
  readonly url: string;
  readonly faults: FaultSwitch;
  readonly counter: Counter;
  close(): Promise<void>;
}

interface Options {
  readonly port: number;
  readonly host: string;
  readonly routes: readonly Route[];
  readonly dialect: Dialect;
  readonly maxBody?: number;
  /** Added to `GET /stats`. */
  readonly stats?: () => object;
  /** Called first; true when it answered by itself (an embedded server). */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

export const matcher = (pattern: string): ((path: string) => Record<string, string> | null) => {
  const wanted = pattern.split('/');
  return (path) => {
    const given = path.split('/');
    if (given.length !== wanted.length) return null;
    const params: Record<string, string> = {};
    for (const [i, part] of wanted.entries()) {
      if (part.startsWith(':')) params[part.slice(1)] = given[i]!;
      else if (part !== given[i]) return null;
    }
    return params;
  };
};

class TooLarge extends Error {}

const bodyOf = async (request: IncomingMessage, max: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size > max) throw new TooLarge();
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
};

const send = async (response: ServerResponse, answer: Answer): Promise<void> => {
  const { body } = answer;
  const json = typeof body === 'object' && !Buffer.isBuffer(body);
  response.writeHead(answer.status, {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(json ? { 'content-type': 'application/json; charset=utf-8' } : {}),
    ...answer.headers,
  });
  if (answer.stream) return answer.stream(response);
  response.end(json ? JSON.stringify(body) : body);
};

const text = (status: number, body: string): Answer => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${body}\n`,
});

export const serve = async (options: Options): Promise<Served> => {
  const faults = new FaultSwitch();
  const counter = new Counter();
  const routes = options.routes.map((route) => ({ ...route, match: matcher(route.path) }));

  const own = (request: IncomingMessage, path: string, body: Buffer): Answer | null => {
    if (path === '/health') return text(200, 'ok');
    // The front sets this header: what drills use is not for browsers behind it.
    if (request.headers['x-forwarded-host'] !== undefined) return null;
    if (path === '/stats' && request.method === 'GET')
      return { status: 200, body: { ...counter.now, ...options.stats?.() } };
    if (path === '/stats/reset' && request.method === 'POST') {
      counter.reset();
      return { status: 200, body: counter.now };
    }
    if (path === '/faults' && request.method === 'GET') return { status: 200, body: faults.now };
    if (path === '/faults' && request.method === 'POST') {
      try {
        faults.set(parseFaults(JSON.parse(body.toString() || '{}')));
      } catch (error) {
        return { status: 400, body: { detail: (error as Error).message } };
      }
      return { status: 200, body: faults.now };
    }
    return null;
  };

  const provide = async (route: Route, request: Request, response: ServerResponse): Promise<void> => {
    counter.hit(Date.now());
    const { latencyMs, mishap } = faults.draw();
    if (latencyMs > 0) await wait(latencyMs);
    if (mishap === 'down') {
      counter.answer('reset');
      request.raw.socket.resetAndDestroy();
      return;
    }
    if (mishap === 'hang') {
      counter.answer('hang');
      return;
    }
    const answer = inPlaceOf(mishap, options.dialect) ?? (await route.answer(request));
    if (mishap === 'accept-then-reset') {
      counter.answer('reset');
      request.raw.socket.resetAndDestroy();
      return;
    }
    counter.answer(answer.status);
    await send(response, answer);
  };

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://outside');
    const body = await bodyOf(request, options.maxBody ?? 1_000_000);
    const mine = own(request, url.pathname, body);
    if (mine) return send(response, mine);
    const onPath = routes.flatMap((route) => {
      const params = route.match(url.pathname);
      return params ? [{ route, params }] : [];
    });
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const found = onPath.find(({ route }) => route.method === method);
    if (!found) {
      const allow = [...new Set(onPath.map(({ route }) => route.method))].join(', ');
      return send(
        response,
        allow ? { ...text(405, 'method not allowed'), headers: { allow } } : text(404, 'not found'),
      );
    }
    const asked: Request = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      params: found.params,
      body,
      raw: request,
    };
    if (found.route.provider) return provide(found.route, asked, response);
    return send(response, await found.route.answer(asked));
  };

  const server = createServer((request, response) => {
    if (options.before?.(request, response)) return;
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) return void response.destroy();
      if (error instanceof TooLarge) return void send(response, text(413, 'too large'));
      process.stderr.write(`${request.method} failed: ${(error as Error).stack ?? String(error)}\n`);
      void send(response, options.dialect.error());
    });
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((ready, failed) => {
    server.once('error', failed);
    server.listen(options.port, options.host, ready);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://${options.host}:${port}`,
    faults,
    counter,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
};

const inPlaceOf = (mishap: Mishap, dialect: Dialect): Answer | null => {
  if (mishap === 'error') return dialect.error();
  if (mishap === 'too-many') return dialect.tooMany();
  if (mishap === 'wrong-shape') return dialect.wrongShape();
  return null;
};

/** Ends the process on SIGTERM or SIGINT, after the parts were closed in turn. */
export const untilStopped = (...parts: readonly (() => Promise<unknown>)[]): void => {
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), 5_000).unref();
    for (const close of parts) await close();
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop());
  process.on('SIGINT', () => void stop());
};
