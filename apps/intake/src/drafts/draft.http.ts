import { createHmac } from 'node:crypto';
import { Body, Controller, Get, HttpCode, Param, Post, Put, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, Who, type Caller } from '@app/access';
import { IdempotencySecret, notFound, readIdempotencyKey, unprocessable } from '@app/http';
import { PublicShare } from '../submit/public-share.js';
import { DraftQuery } from './draft.query.js';
import { MintDraft, SaveDraft, type SavedDraft } from './save-draft.command.js';

const MOST_MEMBERS = 60;

/** Forms that are not finished, sealed by a key that only their token gives (S19). */
@Controller('/v1/drafts')
@Access({ public: true, partner: 'applications:write' })
export class DraftHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly drafts: DraftQuery,
    private readonly share: PublicShare,
    private readonly secret: IdempotencySecret,
  ) {}

  /** The token comes from caller and key, so that a repeated request gets the same draft and neither is stored. */
  @Post()
  @HttpCode(201)
  async mint(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Who() who: Caller,
    @Body() body: unknown,
  ): Promise<SavedDraft> {
    reply.headers(this.share.take(request.ip));
    const key = readIdempotencyKey(request, 22);
    const token = createHmac('sha256', this.secret.key)
      .update(`draft ${who.is === 'partner' ? `partner ${who.keyId}` : 'public'} ${key}`)
      .digest()
      .subarray(0, 16)
      .toString('base64url');
    const draft = await this.commands.execute(new MintDraft(token, formOf(body ?? {})));
    if (draft.replayed) reply.header('idempotency-replayed', 'true');
    reply.header('location', `/v1/drafts/${token}`);
    const { replayed: _, ...saved } = draft;
    return saved;
  }

  @Put(':token')
  async save(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('token') token: string,
    @Body() body: unknown,
  ): Promise<SavedDraft> {
    reply.headers(this.share.take(request.ip));
    return this.commands.execute(new SaveDraft(token, formOf(body)));
  }

  @Get(':token')
  async read(@Param('token') token: string): Promise<SavedDraft> {
    const draft = await this.drafts.of(token);
    if (!draft) throw notFound();
    return { token, ...draft };
  }
}

const formOf = (body: unknown): object => {
  if (typeof body !== 'object' || body === null || Array.isArray(body) || Object.keys(body).length > MOST_MEMBERS) {
    throw unprocessable([{ pointer: '', code: 'wrong-type', message: '' }]);
  }
  return body;
};
