import { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { securityHeaders } from '@app/access';
import { parseForm, parseStrictJson, Problem, problemOf, RouteTable } from '@app/http';
import { continueTrace, inTrace, type Trace } from '@app/telemetry';
import { serveAssets } from '@app/web';

export interface PublicOptions {
  readonly origin: string;
  readonly trustedProxies: readonly string[];
  /** Lower case, with the port where it is not the usual one; empty: every host. */
  readonly allowedHosts: { readonly size: number; has(host: string): boolean };
}

const BODY_LIMIT = 64 * 1024;

/** Fastify as the public meets it: limits, hosts, headers and bodies are settled before a route is asked. */
export function publicListener(o: PublicOptions, routes: RouteTable): FastifyAdapter {
  const adapter = new FastifyAdapter({
    logger: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: 10_000,
    keepAliveTimeout: 72_000,
    forceCloseConnections: 'idle',
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16 * 1024 },
    trustProxy: o.trustedProxies.length > 0 ? [...o.trustedProxies] : 'loopback',
    routerOptions: { maxParamLength: 300 },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: answerBrokenAddress,
  });
  const fastify = adapter.getInstance() as unknown as FastifyInstance;
  fastify.addHook('onRoute', (route) => routes.add(route.method, route.url));
  beforeEveryRequest(fastify, o);
  readBodies(fastify);
  serveAssets(fastify as never);
  return adapter;
}

type Traced = FastifyRequest & { trace?: Trace };

function beforeEveryRequest(fastify: FastifyInstance, o: PublicOptions): void {
  const headers = Object.entries(securityHeaders(o.origin));
  fastify.addHook('onRequest', (request: Traced, reply, done) => {
    // Body events come from the socket's own context, so the trace is entered again once the body is read.
    const trace = continueTrace(request.headers['traceparent'] as string | undefined);
    request.trace = trace;
    for (const [name, value] of headers) reply.header(name, value);
    reply.header('traceparent', trace.traceparent);
    const host = (request.headers.host ?? '').toLowerCase();
    if (o.allowedHosts.size > 0 && !o.allowedHosts.has(host)) {
      done(new Problem({ type: 'host-unknown', status: 400 }));
    } else done();
  });
  fastify.addHook('preValidation', (request: Traced, _reply, done) => inTrace(request.trace!, done));
}

const JSON_TYPE = /^application\/(?:[a-z0-9.+-]+\+)?json(?:\s*;|$)/i;

function readBodies(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (_request, body, done) => {
    const parsed = parseStrictJson(body as Buffer);
    if (parsed.is === 'json') done(null, parsed.value);
    else done(new Problem({ type: parsed.fault, status: 400 }));
  });
  fastify.addContentTypeParser(
    /^application\/x-www-form-urlencoded(?:\s*;|$)/i,
    { parseAs: 'buffer' },
    (_request, body, done) => {
      const parsed = parseForm(body as Buffer);
      if (parsed.is === 'form') done(null, parsed.value);
      else done(new Problem({ type: parsed.fault, status: 400 }));
    },
  );
}

const BROKEN: Readonly<Record<string, readonly [number, string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request-timeout'],
  HPE_HEADER_OVERFLOW: [431, 'headers-too-large'],
};

/** What no route is asked about: an address that cannot be read, or is too long. Fastify itself would repeat it, token and all. */
function answerBrokenAddress(error: Error, _request: unknown, reply: FastifyReply): void {
  const { type, status } = problemOf(error);
  void reply
    .status(status)
    .header('cache-control', 'no-store')
    .type('application/problem+json; charset=utf-8')
    .send(JSON.stringify({ type: `/problems/${type}`, title: type, status }));
}

/** What is not even HTTP gets the shortest answer that is. */
function answerBrokenRequest(error: NodeJS.ErrnoException, socket: import('node:net').Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, type] = BROKEN[error.code ?? ''] ?? [400, 'bad-request'];
  const body = JSON.stringify({ type: `/problems/${type}`, title: type, status });
  socket.end(
    `HTTP/1.1 ${status} ${type}\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
