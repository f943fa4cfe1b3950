import { Catch, HttpException, Injectable, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Catalogues } from '@app/language';
import { currentTrace, Log } from '@app/telemetry';
import { languageOf } from './language-of.js';
import { Problem } from './problem.js';
import { problemBody, type ProblemBody } from './problem-body.js';
import { problemOf } from './problem-of.js';
import { prefersHtml } from './produces.js';
import { RouteTable } from './route-table.js';

/** The page of a problem; without one a browser gets JSON as well. */
export abstract class ProblemPage {
  /** A whole page, or null when JSON is good enough. */
  abstract render(problem: ProblemBody, request: FastifyRequest): string | null;
}

@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly words: Catalogues,
    private readonly routes: RouteTable,
    private readonly log: Log,
    private readonly page: ProblemPage,
    private readonly app: string,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.send(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  send(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = this.precise(problemOf(error), error, request);
    if (problem.status >= 500) {
      this.log.error('request-failed', { err: error, route: request.routeOptions?.url, problem: problem.type });
    }
    if (reply.sent || reply.raw.headersSent) {
      reply.raw.destroy();
      return;
    }
    if (problem.status === 401 && request.method === 'GET' && prefersHtml(request.headers.accept)) {
      // Somebody who opens a page is asked to sign in, and comes back to it.
      void reply
        .header('cache-control', 'no-store')
        .redirect(`/sign-in?returnTo=${encodeURIComponent(request.url)}`, 303);
      return;
    }
    const body = problemBody(problem, this.words, languageOf(request), {
      app: this.app,
      traceId: currentTrace()?.traceId,
    });
    for (const [name, value] of Object.entries(problem.headers)) reply.header(name, value);
    reply.header('cache-control', 'no-store').status(problem.status);
    const html = prefersHtml(request.headers.accept) ? this.page.render(body, request) : null;
    if (html !== null) void reply.type('text/html; charset=utf-8').send(html);
    else void reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(body));
  }

  /** An address that exists for other methods is 405; Nest only knows that it found no route. */
  private precise(problem: Problem, error: unknown, request: FastifyRequest): Problem {
    if (problem.status !== 404 || !(error instanceof HttpException)) return problem;
    const allowed = this.routes.methodsOf(request.url).filter((method) => method !== request.method);
    if (allowed.length === 0) return problem;
    return new Problem({ type: 'method-not-allowed', status: 405, headers: { allow: allowed.join(', ') } });
  }
}
