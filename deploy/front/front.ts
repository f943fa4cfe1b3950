import { Agent, createServer, type IncomingMessage, request as ask, type Server, type ServerResponse } from 'node:http';
import { answeredHeaders, forwardedHeaders } from './headers.js';
import { normalise, router, type Routes } from './routing.js';

export interface FrontConfig {
  origin: string;
  /** What a Host header may say, port included. */
  hosts: string[];
  routes: Routes;
  /** App or other server → base URLs of its running instances. */
  targets: Record<string, string[]>;
  /** Counts up with each change. */
  number?: number;
}

/** Bodies up to here are taken in before the app is bothered, so that a slow sender costs it nothing and a retry is possible. */
const HELD_BODY = 96 * 1024;
const HEADERS_MS = 5_000;
const BODY_MS = 10_000;
const ANSWER_MS = 30_000;
/** An instance that answered nobody for so long is passed over; one request in so long then sees whether it is back. */
const SILENT_MS = 3_000;
const PASSED_OVER_MS = 5_000;
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

interface Instance {
  host: string;
  port: number;
  /** When it last answered anybody, and until when others are asked first; by the clock of this process. */
  heardAt: number;
  passedOverUntil: number;
}

interface Problem {
  type: string;
  title: string;
  status: number;
}

const PROBLEMS = {
  badRequest: {
    type: '/problems/bad-request',
    title: 'The address or the headers of this request are not well formed.',
    status: 400,
  },
  wrongHost: { type: '/problems/host-unknown', title: 'This server does not answer to that name.', status: 400 },
  notFound: { type: '/problems/not-found', title: 'There is nothing here.', status: 404 },
  slow: { type: '/problems/request-timeout', title: 'The request took too long to arrive.', status: 408 },
  away: {
    type: '/problems/unavailable',
    title: 'This part of the service is restarting. Try again in a moment.',
    status: 503,
  },
  late: {
    type: '/problems/unavailable',
    title: 'This part of the service does not answer. Try again in a moment.',
    status: 503,
  },
} satisfies Record<string, Problem>;

const say = (response: ServerResponse, problem: Problem, headers: Record<string, string> = {}): void => {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'Content-Type': 'application/problem+json',
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': 'no-store',
    ...headers,
  });
  response.end(body);
};

/** Node keeps the first of two and says nothing; another reader might take the second (RFC 9112 §3.2). */
const isSaidTwice = (raw: readonly string[], name: string): boolean => {
  let times = 0;
  for (let i = 0; i < raw.length; i += 2) if (raw[i]!.length === name.length && raw[i]!.toLowerCase() === name) times++;
  return times > 1;
};

/** One origin before all apps: nothing but routing, so that thousands of requests a second cost little. */
export class Front {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 512, maxFreeSockets: 256, scheduling: 'fifo' });
  private route: ReturnType<typeof router>;
  private hosts: Set<string>;
  private instances = new Map<string, Instance[]>();
  private turn = 0;
  readonly server: Server;

  constructor(config: FrontConfig) {
    this.route = router(config.routes);
    this.hosts = new Set(config.hosts);
    this.configure(config);
    this.server = createServer(
      {
        headersTimeout: HEADERS_MS,
        requestTimeout: 0,
        connectionsCheckingInterval: 1_000,
        keepAliveTimeout: 65_000,
        noDelay: true,
      },
      (request, response) => this.answer(request, response),
    );
    this.server.maxHeadersCount = 100;
  }

  configure(config: FrontConfig): void {
    this.route = router(config.routes);
    this.hosts = new Set(config.hosts.map((host) => host.toLowerCase()));
    this.instances = new Map(
      Object.entries(config.targets).map(([app, urls]) => [
        app,
        urls.map((url) => ({
          ...{ host: new URL(url).hostname, port: Number(new URL(url).port) },
          ...{ heardAt: 0, passedOverUntil: 0 },
        })),
      ]),
    );
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const { headers } = request;
    const host = headers.host ?? '';
    if (!this.hosts.has(host.toLowerCase()) || isSaidTwice(request.rawHeaders, 'host'))
      return say(response, PROBLEMS.wrongHost, { Connection: 'close' });
    const chunked = headers['transfer-encoding'] !== undefined;
    if (chunked && headers['content-length'] !== undefined)
      return say(response, PROBLEMS.badRequest, { Connection: 'close' });
    const target = normalise(request.url ?? '');
    if (target.is === 'refused') return say(response, PROBLEMS.badRequest);
    const routed = this.route(target.path);
    if (routed.is === 'closed') return say(response, PROBLEMS.notFound);
    const length = chunked ? null : Number(headers['content-length'] ?? 0);
    const exchange = new Exchange(
      request,
      response,
      host,
      target.path + target.query,
      this.agent,
      this.inTurn(routed.app),
    );
    if (length === 0) exchange.send(null);
    else exchange.takeIn(length);
  }

  /** All instances of the app, each time beginning with another; who has fallen silent comes last. */
  private inTurn(app: string): Instance[] {
    const all = this.instances.get(app) ?? [];
    if (all.length < 2) return all;
    const first = this.turn++ % all.length;
    const turned = [...all.slice(first), ...all.slice(0, first)];
    const now = performance.now();
    const isSilent = ({ passedOverUntil }: Instance) => passedOverUntil > now;
    const order = [...turned.filter((it) => !isSilent(it)), ...turned.filter(isSilent)];
    // Its time is over, and this request sees whether it is back; the next ones wait for what it finds.
    if (order[0]!.passedOverUntil > 0) order[0]!.passedOverUntil = now + PASSED_OVER_MS;
    return order;
  }

  close(): Promise<void> {
    this.agent.destroy();
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }
}

/** One request on its way to an app and back. */
class Exchange {
  private tried = 0;
  private again = 0;
  private bodyTimer: NodeJS.Timeout | undefined;
  private current: ReturnType<typeof ask> | null = null;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
    private readonly host: string,
    private readonly path: string,
    private readonly agent: Agent,
    private readonly instances: Instance[],
  ) {
    response.once('close', () => {
      clearTimeout(this.bodyTimer);
      // The reader went away: the app need not go on (an event stream above all).
      if (!response.writableFinished) this.current?.destroy();
    });
  }

  /** Holds a small body until it is whole; a large one (an import) is streamed. */
  takeIn(length: number | null): void {
    const { request, response } = this;
    this.bodyTimer = setTimeout(() => {
      this.current?.destroy();
      say(response, PROBLEMS.slow, { Connection: 'close' });
    }, BODY_MS);
    if (length !== null && length > HELD_BODY) return this.stream([], length);
    const chunks: Buffer[] = [];
    let size = 0;
    const onData = (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > HELD_BODY) {
        request.off('data', onData).off('end', onEnd);
        request.pause();
        this.stream(chunks, length);
      }
    };
    const onEnd = () => {
      clearTimeout(this.bodyTimer);
      this.send(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    };
    request
      .on('data', onData)
      .on('end', onEnd)
      .on('error', () => {});
  }

  private stream(first: Buffer[], length: number | null): void {
    const { request } = this;
    request.once('end', () => clearTimeout(this.bodyTimer));
    this.send(
      null,
      (upstream) => {
        for (const chunk of first) upstream.write(chunk);
        // From here on each pause of the sender is measured, not the whole: a file may be long.
        request.on('data', () => this.bodyTimer?.refresh());
        request.pipe(upstream);
      },
      length,
    );
  }

  send(
    body: Buffer | null,
    streaming?: (upstream: ReturnType<typeof ask>) => void,
    length: number | null = null,
  ): void {
    const { request, response } = this;
    const instance = this.instances[this.tried];
    if (!instance) return say(response, PROBLEMS.away, { 'Retry-After': '2' });
    const bodyLength = body
      ? body.length
      : streaming
        ? length
        : request.headers['content-length'] !== undefined
          ? 0
          : null;
    const upstream = ask({
      agent: this.agent,
      host: instance.host,
      port: instance.port,
      method: request.method,
      path: this.path,
      headers: forwardedHeaders(request, this.host, bodyLength) as never,
      setHost: false,
    });
    this.current = upstream;
    // Asked again only where twice is once.
    const repeatable = SAFE.has(request.method!) || request.headers['idempotency-key'] !== undefined;
    const patience =
      repeatable && !streaming && this.instances.length > this.tried + 1
        ? new Patience(instance, () => {
            clearTimeout(answerTimer);
            upstream.destroy();
            this.tried++;
            this.send(body);
          })
        : null;
    let late = false;
    const answerTimer = setTimeout(
      () => {
        late = true;
        patience?.end();
        upstream.destroy();
        say(response, PROBLEMS.late, { 'Retry-After': '5' });
      },
      streaming ? ANSWER_MS * 10 : ANSWER_MS,
    );
    upstream.on('response', (answer) => {
      clearTimeout(answerTimer);
      patience?.end();
      Object.assign(instance, { heardAt: performance.now(), passedOverUntil: 0 });
      response.writeHead(answer.statusCode!, answer.statusMessage, answeredHeaders(answer.rawHeaders));
      // An event stream's head must not wait for its first event.
      if (answer.headers['content-length'] === undefined) response.flushHeaders();
      answer.on('error', () => response.destroy());
      answer.on('aborted', () => response.destroy());
      answer.pipe(response);
    });
    upstream.on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(answerTimer);
      patience?.end();
      if (late || patience?.isOver || response.destroyed) return;
      if (response.headersSent) return void response.destroy();
      if (streaming && error.code !== 'ECONNREFUSED')
        return say(response, PROBLEMS.away, { 'Retry-After': '2', Connection: 'close' });
      if (error.code === 'ECONNREFUSED') {
        this.tried++;
        return this.send(body, streaming, length);
      }
      // A kept connection that the app closed as we wrote, or an app killed under us.
      if (repeatable && this.again++ < 2) {
        if (!upstream.reusedSocket && this.instances.length > this.tried + 1) this.tried++;
        return this.send(body);
      }
      say(response, PROBLEMS.away, { 'Retry-After': '2' });
    });
    if (!streaming) return void upstream.end(body ?? undefined);
    // Nothing of a stream is let go before somebody is there to take it: else it could not be offered to the next.
    upstream.once('socket', (socket) => {
      if (socket.connecting) socket.once('connect', () => streaming(upstream));
      else streaming(upstream);
    });
    upstream.flushHeaders();
  }
}

/** Lasts as long as the instance answers anybody: under a crowd each waits, of a frozen process nobody hears. */
class Patience {
  isOver = false;
  private timer: NodeJS.Timeout;

  constructor(
    private readonly instance: Instance,
    private readonly over: () => void,
    private readonly since = performance.now(),
  ) {
    this.timer = setTimeout(() => this.look(), SILENT_MS);
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const left = Math.max(this.since, this.instance.heardAt) + SILENT_MS - performance.now();
    if (left > 0) {
      this.timer = setTimeout(() => this.look(), left);
      return;
    }
    this.isOver = true;
    this.instance.passedOverUntil = performance.now() + PASSED_OVER_MS;
    this.over();
  }
}
