import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access } from '@app/access';
import { notFound, Produces, unavailable } from '@app/http';
import { LOOKERS } from '../desk/desk.js';
import { StaffToken } from '../desk/staff-token.pipe.js';
import { OverviewQuery } from '../overview/overview.query.js';
import { ReadOnlyBoard } from './read-only-board.js';

/** bull-board: every job of every queue, for looking only. How the queues stand says `/ops/waiting`, without JavaScript. */
@Controller('ops/queues')
@Access(LOOKERS)
export class QueueBoardController {
  constructor(
    private readonly overview: OverviewQuery,
    private readonly board: ReadOnlyBoard,
  ) {}

  @Get(['', '*'])
  @Produces('text/html', 'application/json', 'text/css', 'text/javascript', 'image/svg+xml', 'image/png')
  async read(
    @Param('*') path: string | undefined,
    @StaffToken() token: string,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string | Buffer> {
    const at = path ?? '';
    // Only what shows jobs asks the apps for their queues: the page itself must come while one of them is away.
    const queues = at.startsWith('api/') ? (await this.overview.read(token)).queues : [];
    const answer = await this.board.answer(at, request.query as Record<string, unknown>, queues);
    if (answer === 'nothing-there') throw notFound();
    if (answer === 'redis-away') throw unavailable();
    reply.code(answer.status).type(answer.type);
    if (answer.immutable) reply.header('cache-control', 'private, max-age=31536000, immutable');
    // Its scripts take the addresses of their parts from <base>; nothing else of the policy is loosened, and all it
    // costs is the colour of one icon, which bull-board paints by a style in the page.
    const policy = reply.getHeader('content-security-policy');
    if (answer.type.startsWith('text/html') && typeof policy === 'string')
      reply.header('content-security-policy', policy.replace("base-uri 'none'", "base-uri 'self'"));
    return answer.body;
  }
}
