import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Body, Controller, Headers, HttpCode, Inject, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { z } from 'zod';
import { Access } from '@app/access';
import { CONFIG } from '@app/boot';
import { unauthorised } from '@app/http';
import type { NotificationConfig } from '../notification.settings.js';
import { TakeReceipt } from './take-receipt.command.js';

/** As GOV.UK Notify posts it; `reference` is our message id, null for what others sent through the same service. */
const Receipt = z.looseObject({
  id: z.string().max(64),
  reference: z.string().max(255).nullable(),
  status: z.string().max(40),
});
type Receipt = z.infer<typeof Receipt>;

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

@Controller('v1/messages/receipts')
export class ReceiptsHttp {
  readonly #token: Buffer;

  constructor(
    private readonly commands: CommandBus,
    @Inject(CONFIG) config: NotificationConfig,
  ) {
    this.#token = digest(`Bearer ${readFileSync(join(config.SECRETS_DIR, 'receipts-token'), 'utf8').trim()}`);
  }

  /** The provider has no key of ours, only a bearer token that we gave it: checked here, not by the guard. */
  @Post()
  @HttpCode(204)
  @Access({ public: true, ownBearer: true })
  async take(
    @Headers('authorization') bearer: string | undefined,
    @Body({ schema: Receipt }) receipt: Receipt,
  ): Promise<void> {
    if (!timingSafeEqual(digest(bearer ?? ''), this.#token)) throw unauthorised();
    if (!z.uuid().safeParse(receipt.reference).success) return;
    await this.commands.execute(new TakeReceipt(receipt.reference!, receipt.status));
  }
}
