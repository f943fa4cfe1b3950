import type { Kind } from './templates.js';

export type Status =
  'created' | 'sending' | 'delivered' | 'permanent-failure' | 'temporary-failure' | 'accepted' | 'received';

/** One accepted request. Its status follows from its age, so that nothing has to be kept up to date. */
export interface Notification {
  readonly id: string;
  readonly type: Kind;
  readonly reference: string | null;
  /** Phone number or address; null for a letter. */
  readonly to: string | null;
  readonly lines: readonly string[];
  readonly subject: string | null;
  readonly body: string;
  readonly postage: string | null;
  readonly unsubscribe: string | null;
  readonly template: { readonly id: string; readonly name: string; readonly version: number };
  readonly createdAt: string;
}

export interface Pace {
  /** After this long it is with the operator. */
  readonly sendingMs: number;
  /** After this long the operator has answered. */
  readonly deliveredMs: number;
}

const TEMPORARY = new Set(['+447700900003', 'temp-fail@simulator.notify']);
const PERMANENT = new Set(['+447700900002', 'perm-fail@simulator.notify']);

/** The last status that this recipient leads to. */
export const endOf = ({ type, to }: Notification): Status => {
  if (type === 'letter') return 'received';
  if (to && TEMPORARY.has(to)) return 'temporary-failure';
  if (to && PERMANENT.has(to)) return 'permanent-failure';
  return 'delivered';
};

export const statusAt = (it: Notification, pace: Pace, now: number): Status => {
  const age = now - Date.parse(it.createdAt);
  if (it.type === 'letter') return age < pace.deliveredMs ? 'accepted' : 'received';
  if (age < pace.sendingMs) return 'created';
  if (age < pace.deliveredMs) return 'sending';
  return endOf(it);
};

/** A UK mobile in any usual spelling as +447…; foreign numbers by their plus. Null with Notify's words when it is not a number. */
export const mobileOf = (text: string): { number: string } | { wrong: string } => {
  const bare = text.replace(/[\s().-]/g, '');
  if (!/^\+?\d+$/.test(bare)) return { wrong: 'Must not contain letters or symbols' };
  const national = bare.replace(/^(\+44|0044|44|0)/, '');
  const foreign = /^(\+|00)(?!44)/.test(bare);
  if (foreign) return bare.length < 9 ? { wrong: 'Not enough digits' } : { number: bare.replace(/^00/, '+') };
  if (!national.startsWith('7')) return { wrong: 'Not a UK mobile number' };
  if (national.length < 10) return { wrong: 'Not enough digits' };
  if (national.length > 10) return { wrong: 'Too many digits' };
  return { number: `+44${national}` };
};

const at = (it: Notification, ms: number): string => new Date(Date.parse(it.createdAt) + ms).toISOString();

/** The shape of `GET /v2/notifications/{id}`. */
export const published = (it: Notification, pace: Pace, origin: string, now: number) => {
  const status = statusAt(it, pace, now);
  const done = status === 'delivered' || status.endsWith('failure') || status === 'received';
  const line = (n: number): string | null => it.lines[n - 1] ?? null;
  return {
    id: it.id,
    reference: it.reference,
    email_address: it.type === 'email' ? it.to : null,
    phone_number: it.type === 'sms' ? it.to : null,
    line_1: line(1),
    line_2: line(2),
    line_3: line(3),
    line_4: line(4),
    line_5: line(5),
    line_6: line(6),
    line_7: line(7),
    postage: it.postage,
    type: it.type,
    status,
    template: {
      id: it.template.id,
      version: it.template.version,
      uri: `${origin}/v2/template/${it.template.id}/version/${it.template.version}`,
    },
    body: it.body,
    subject: it.subject,
    created_at: it.createdAt,
    created_by_name: null,
    sent_at: status === 'created' || status === 'accepted' ? null : at(it, pace.sendingMs),
    completed_at: done ? at(it, pace.deliveredMs) : null,
    scheduled_for: null,
    one_click_unsubscribe: it.unsubscribe,
    is_cost_data_ready: true,
    cost_in_pounds: it.type === 'sms' ? 0.0237 : it.type === 'letter' ? 0.68 : 0,
    cost_details:
      it.type === 'sms'
        ? { billable_sms_fragments: fragments(it.body), international_rate_multiplier: 1, sms_rate: 0.0237 }
        : it.type === 'letter'
          ? { billable_sheets_of_paper: 1, postage: it.postage ?? 'second' }
          : {},
  };
};

/** Texts are billed in pieces: 160 characters, or 153 each when joined. */
export const fragments = (body: string): number => (body.length <= 160 ? 1 : Math.ceil(body.length / 153));
