import notifications from 'notifications-node-client';
import { type Circuit, CircuitOpen, type Pace } from '@app/queue';
import { HOUR, SECOND } from '@app/calendar';
import type { Contact } from '../messages/message.js';
import type { Outcome } from '../messages/outcome.decider.js';
import { toText } from '../wording/html.js';
import type { Channel, Outgoing } from './channel.js';

export interface NotifyOptions {
  readonly url: string;
  readonly apiKey: string;
  readonly textTemplate: string;
  readonly letterTemplate: string;
  /** ms; 15 s unless said otherwise. */
  readonly answerWithin?: number;
}

interface NotifyError {
  readonly code?: string;
  readonly response?: {
    readonly status: number;
    readonly data?: { readonly errors?: readonly { readonly error: string; readonly message: string }[] };
  };
}

class Unanswered extends Error {
  constructor(readonly outcome: Outcome) {
    super('unanswered');
  }
}

/** UK mobiles only: premium and foreign numbers cost money that a flood cannot pay (S13). */
const UK_MOBILE = /^\+447[0-9]{9}$/;
/** A provider that is silent for so long may have taken the message or not. */
const ANSWER_WITHIN = 15 * SECOND;
const HELD = new Set([
  'created',
  'sending',
  'pending',
  'sent',
  'delivered',
  'accepted',
  'received',
  'pending-virus-check',
]);

interface Answer {
  readonly data?: { readonly reference?: string };
}

type Client = InstanceType<typeof notifications.NotifyClient>;

/** Texts and letters by GOV.UK Notify's own client; the reference is our message id, by which a lost answer is found again. */
export class NotifyChannel implements Channel {
  readonly #client: Client;

  constructor(
    private readonly options: NotifyOptions,
    private readonly transport: 'sms' | 'letter',
    private readonly circuit: Circuit,
  ) {
    this.#client = new notifications.NotifyClient(options.url, options.apiKey);
    // The client waits for ever. Ended in time, a request is also not made by a process that was frozen before it could speak.
    const { apiClient } = this.#client;
    const ask = apiClient.restClient as (request: object) => Promise<unknown>;
    const within = options.answerWithin ?? ANSWER_WITHIN;
    apiClient.setClient((request: object) => ask({ ...request, signal: AbortSignal.timeout(within) }));
  }

  async send(message: Outgoing, pace: Pace): Promise<Outcome> {
    const refused = this.#unreachable(message.to);
    if (refused) return { is: 'refused', reason: refused };
    await pace();
    try {
      return await this.circuit.run(async () => {
        try {
          if (message.again) {
            const earlier = await this.#earlier(message.id);
            if (earlier) return earlier;
            await pace();
          }
          const answer = await (this.transport === 'sms' ? this.#text(message) : this.#letter(message));
          // Only an answer about this very message says that it was taken.
          if (answer.data?.reference !== message.id) throw new Unanswered({ is: 'uncertain' });
          return { is: 'sent' } as const;
        } catch (error) {
          if (error instanceof Unanswered) throw error;
          const outcome = outcomeOf(error as NotifyError);
          if (outcome.is === 'uncertain' || (outcome.is === 'away' && outcome.reason === 'provider-away')) {
            throw new Unanswered(outcome);
          }
          return outcome;
        }
      });
    } catch (error) {
      if (error instanceof Unanswered) return error.outcome;
      if (error instanceof CircuitOpen) return { is: 'away', reason: 'circuit-open', retryInMs: error.retryInMs };
      throw error;
    }
  }

  #unreachable(to: Contact): string | null {
    if (this.transport === 'letter') return to.address?.lines.length ? null : 'no-contact';
    if (!to.phone) return 'no-contact';
    return UK_MOBILE.test(to.phone) ? null : 'number-not-allowed';
  }

  /** What became of a try whose answer was lost; null: the provider never had it, or failed to deliver and may be asked again. */
  async #earlier(reference: string): Promise<Outcome | null> {
    const answer = await this.#client.getNotifications(undefined, undefined, reference);
    const found: readonly { status: string }[] = answer.data.notifications;
    const statuses = found.map(({ status }) => status);
    if (statuses.some((status) => HELD.has(status))) return { is: 'sent' };
    return statuses.includes('permanent-failure') ? { is: 'refused', reason: 'address-refused' } : null;
  }

  #text({ id, to, worded }: Outgoing): Promise<Answer> {
    return this.#client.sendSms(this.options.textTemplate, to.phone!, {
      personalisation: { body: worded.text },
      reference: id,
    });
  }

  #letter({ id, to, worded }: Outgoing): Promise<Answer> {
    const { lines, postcode } = to.address!;
    const name = [to.givenName, to.familyName].filter(Boolean).join(' ') || worded.subject;
    const address = [name, ...lines.slice(0, 5), ...(postcode ? [postcode] : [])];
    return this.#client.sendLetter(this.options.letterTemplate, {
      personalisation: {
        subject: worded.subject,
        body: toText(worded),
        ...Object.fromEntries(address.map((line, index) => [`address_line_${index + 1}`, line])),
      },
      reference: id,
    });
  }
}

const outcomeOf = ({ response, code }: NotifyError): Outcome => {
  if (!response) {
    const before = code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN';
    return before ? { is: 'away', reason: 'provider-away' } : { is: 'uncertain' };
  }
  const kind = response.data?.errors?.[0]?.error ?? '';
  // The day's allowance is spent: nothing goes until tomorrow, and it is nobody's illness.
  if (kind === 'TooManyRequestsError') return { is: 'away', reason: 'daily-limit', retryInMs: HOUR };
  if (response.status === 429) return { is: 'away', reason: 'provider-busy', retryInMs: 2 * SECOND };
  if (response.status >= 500) return { is: 'away', reason: 'provider-away' };
  if (response.status === 401 || response.status === 403) return { is: 'away', reason: 'provider-away' };
  return { is: 'refused', reason: 'message-refused' };
};
