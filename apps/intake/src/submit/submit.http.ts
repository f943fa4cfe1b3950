import { Body, Controller, HttpCode, Inject, Post, Req, Res } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Access, Who, type Caller } from '@app/access';
import { CONFIG } from '@app/boot';
import { languageOf, readIdempotencyKey } from '@app/http';
import { Catalogues } from '@app/language';
import type { IntakeConfig } from '../intake.settings.js';
import { receiptBody, type ReceiptBody } from './receipt.js';
import { PublicShare } from './public-share.js';
import { SubmitApplication } from './submit-application.command.js';

/** Keys of the public stand beside no account, so they must be beyond guessing (S18). */
const PUBLIC_KEY_LENGTH = 22;

@Controller()
export class SubmitHttp {
  constructor(
    private readonly commands: CommandBus,
    private readonly catalogues: Catalogues,
    private readonly share: PublicShare,
    @Inject(CONFIG) private readonly config: IntakeConfig,
  ) {}

  @Post('/v1/applications')
  @HttpCode(202)
  @Access({ public: true, partner: 'applications:write', staff: ['call-handler', 'hub-coordinator'] })
  async submit(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Who() who: Caller,
    @Body() body: unknown,
  ): Promise<ReceiptBody> {
    if (who.is === 'public') reply.headers(this.share.take(who.address));
    const key = readIdempotencyKey(request, who.is === 'public' ? PUBLIC_KEY_LENGTH : 1);
    const receipt = await this.commands.execute(new SubmitApplication(key, who, body, languageOf(request)));
    const withLink = mayHaveLink(who);
    reply.header(
      'location',
      withLink ? `${this.config.MUSTER_ORIGIN}/s/${receipt.token}` : `/v1/applications/${receipt.applicationId}`,
    );
    if (receipt.replayed) reply.header('idempotency-replayed', 'true');
    return receiptBody(receipt, { catalogues: this.catalogues, origin: this.config.MUSTER_ORIGIN, withLink });
  }
}

/** The applicant themself, or a partner that was trusted with links (S25). */
const mayHaveLink = (who: Caller): boolean =>
  who.is === 'public' || (who.is === 'partner' && who.scopes.includes('applications:link'));
