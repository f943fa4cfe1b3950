import { type SendMailOptions, type Transporter, createTransport } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import { type Circuit, CircuitOpen, type Pace } from '@app/queue';
import type { Outcome } from '../messages/outcome.decider.js';
import { toHtml, toText } from '../wording/html.js';
import type { Channel, Outgoing } from './channel.js';

export interface MailOptions {
  readonly url: string;
  readonly from: string;
  /** Host of Message-IDs. */
  readonly host: string;
  readonly connections?: number;
}

interface SmtpError {
  readonly code?: string;
  readonly responseCode?: number;
  readonly command?: string;
  readonly syscall?: string;
  readonly message: string;
}

/** Thrown inside the circuit only: what counts against the provider, not against the message. */
class Unanswered extends Error {
  constructor(readonly outcome: Outcome) {
    super('unanswered');
  }
}

/** E-mail by SMTP; our message id is the Message-ID, so that a repeated one is recognised as the same. */
export class EmailChannel implements Channel {
  readonly #transport: Transporter;
  #idle: number;
  readonly #queue: (() => void)[] = [];

  constructor(
    private readonly options: MailOptions,
    private readonly circuit: Circuit,
  ) {
    this.#idle = options.connections ?? 10;
    this.#transport = createTransport({
      url: options.url,
      pool: true,
      maxConnections: this.#idle,
      maxMessages: 5_000,
      // Once: that covers a pooled connection which the server had closed before a byte of the message was sent.
      maxRequeues: 1,
      connectionTimeout: 5_000,
      greetingTimeout: 5_000,
      socketTimeout: 20_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  async send({ id, to, worded }: Outgoing, pace: Pace): Promise<Outcome> {
    const { email } = to;
    if (!email) return { is: 'refused', reason: 'no-contact' };
    // Built first and sent in one piece: streamed, a message of 3 kB costs a dozen system calls.
    const built = new MailComposer({
      from: this.options.from,
      to: { address: email, name: '' },
      subject: worded.subject,
      text: toText(worded),
      html: toHtml(worded),
      // Quoted-printable is made letter by letter, at a tenth of all that a message costs.
      textEncoding: 'base64',
      messageId: `<${id}@${this.options.host}>`,
      headers: {
        'X-Muster-Message': id,
        'Auto-Submitted': 'auto-generated',
        'Content-Language': worded.language,
      },
      disableFileAccess: true,
      disableUrlAccess: true,
    }).compile();
    const mail = { envelope: built.getEnvelope(), raw: await built.build() };
    return this.#connected(async () => {
      await pace();
      return this.#deliver(mail);
    });
  }

  /** Who waits for a connection waits here: in the pool their moment would pass, and with it the pace. */
  async #connected<T>(work: () => Promise<T>): Promise<T> {
    if (this.#idle > 0) this.#idle -= 1;
    else await new Promise<void>((free) => this.#queue.push(free));
    try {
      return await work();
    } finally {
      const next = this.#queue.shift();
      if (next) next();
      else this.#idle += 1;
    }
  }

  async #deliver(mail: SendMailOptions): Promise<Outcome> {
    try {
      return await this.circuit.run(async () => {
        try {
          await this.#transport.sendMail(mail);
          return { is: 'sent' } as const;
        } catch (error) {
          const outcome = outcomeOf(error as SmtpError);
          if (outcome.is === 'away' || outcome.is === 'uncertain') throw new Unanswered(outcome);
          return outcome;
        }
      });
    } catch (error) {
      if (error instanceof Unanswered) return error.outcome;
      if (error instanceof CircuitOpen) return { is: 'away', reason: 'circuit-open', retryInMs: error.retryInMs };
      throw error;
    }
  }

  close(): void {
    this.#transport.close();
  }
}

const outcomeOf = (error: SmtpError): Outcome => {
  const { responseCode = 0, code = '', command = '' } = error;
  if (code === 'EENVELOPE' && responseCode === 0) return { is: 'refused', reason: 'address-malformed' };
  if (responseCode === 421) return { is: 'away', reason: 'provider-busy' };
  if (responseCode >= 500) {
    return { is: 'refused', reason: command === 'RCPT TO' ? 'address-refused' : 'message-refused' };
  }
  if (responseCode >= 400) return { is: 'later', reason: 'temporary-failure' };
  const before =
    error.syscall === 'connect' ||
    ['EDNS', 'ETLS', 'EAUTH', 'ENOAUTH', 'EPROXY'].includes(code) ||
    /greeting|maximum number of retries|connection timeout/i.test(error.message);
  return before ? { is: 'away', reason: 'provider-away' } : { is: 'uncertain' };
};
