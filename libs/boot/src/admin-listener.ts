import { fastify, type FastifyInstance } from 'fastify';
import { Problem, problemOf } from '@app/http';
import type { Log, Metrics } from '@app/telemetry';

export interface HealthReport {
  /** Null when well, else a kebab-case reason. */
  readonly dead: string | null;
  readonly ready: boolean;
  /** What this app leans on: `up`, `down`. */
  readonly dependencies: Readonly<Record<string, 'up' | 'down'>>;
}

/** The second listener: probes, metrics and the operator port; never on the public origin (S9). */
export function adminListener(o: { health(): Promise<HealthReport>; metrics: Metrics; log: Log }): FastifyInstance {
  const server = fastify({
    logger: false,
    bodyLimit: 64 * 1024,
    requestTimeout: 10_000,
    forceCloseConnections: true,
    http: { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 },
  });
  server.get('/livez', async (_request, reply) => {
    const { dead } = await o.health();
    return reply.status(dead === null ? 200 : 503).send({ status: dead === null ? 'ok' : 'dead', why: dead });
  });
  server.get('/readyz', async (_request, reply) => {
    const { ready, dependencies } = await o.health();
    return reply.status(ready ? 200 : 503).send({ status: ready ? 'ready' : 'not-ready', dependencies });
  });
  server.get('/metrics', async (_request, reply) => reply.type(o.metrics.contentType).send(await o.metrics.text()));
  server.setNotFoundHandler((_request, reply) => answer(reply, new Problem({ type: 'not-found', status: 404 })));
  server.setErrorHandler((error, _request, reply) => {
    const problem = problemOf(error);
    if (problem.status >= 500) o.log.error('operator-request-failed', { err: error as Error });
    return answer(reply, problem);
  });
  return server;
}

const answer = (reply: import('fastify').FastifyReply, problem: Problem) =>
  reply
    .status(problem.status)
    .headers({ ...problem.headers, 'cache-control': 'no-store' })
    .type('application/problem+json')
    .send(
      JSON.stringify({
        ...problem.extra,
        type: `/problems/${problem.type}`,
        title: problem.type,
        status: problem.status,
        ...(problem.invalidParams ? { invalidParams: problem.invalidParams } : {}),
      }),
    );
