import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { CONFIG } from '@app/boot';
import type { Transport } from '@app/contracts';
import { Circuits } from '@app/queue';
import type { NotificationConfig } from '../notification.settings.js';
import type { Channel } from './channel.js';
import { EmailChannel } from './email.channel.js';
import { NotifyChannel, type NotifyOptions } from './notify.channel.js';

/** The ways out, one per transport. */
@Injectable()
export class Channels implements OnApplicationShutdown {
  readonly #email: EmailChannel;
  readonly #byTransport: Readonly<Record<Transport, Channel>>;

  constructor(@Inject(CONFIG) config: NotificationConfig, circuits: Circuits) {
    const notify: NotifyOptions = {
      url: config.NOTIFY_URL.replace(/\/$/, ''),
      apiKey: readFileSync(join(config.SECRETS_DIR, 'notify-api-key'), 'utf8').trim(),
      textTemplate: config.NOTIFY_TEXT_TEMPLATE,
      letterTemplate: config.NOTIFY_LETTER_TEMPLATE,
    };
    const host = new URL(config.MUSTER_ORIGIN).hostname;
    this.#email = new EmailChannel({ url: config.SMTP_URL, from: config.MAIL_FROM, host }, circuits.of('mail'));
    this.#byTransport = {
      email: this.#email,
      sms: new NotifyChannel(notify, 'sms', circuits.of('texts')),
      letter: new NotifyChannel(notify, 'letter', circuits.of('letters')),
    };
  }

  of(transport: Transport): Channel {
    return this.#byTransport[transport];
  }

  onApplicationShutdown(): void {
    this.#email.close();
  }
}
