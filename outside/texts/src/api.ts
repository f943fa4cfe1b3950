import { randomUUID } from 'node:crypto';
import type { Answer, Request, Route } from '../../wire/src/index.js';
import { refusalOf, type ApiKey } from './key.js';
import type { Limits } from './limits.js';
import { mobileOf, published, statusAt, type Notification, type Pace } from './notification.js';
import type { Outbox } from './outbox.js';
import { filled, missing, type Kind, type Personalisation, type Template } from './templates.js';

/** GOV.UK Notify's error shape. */
export const failure = (status: number, error: string, message: string): Answer => ({
  status,
  body: { status_code: status, errors: [{ error, message }] },
});

const KINDS: readonly string[] = ['sms', 'email', 'letter'];
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@.]+$/;
const FRAGMENTS_OF_918 = 918;
const PAGE = 250;

interface Options {
  readonly key: ApiKey;
  readonly limits: Limits;
  readonly perMinute: number;
  readonly perDay: number;
  readonly templates: ReadonlyMap<string, Template>;
  readonly outbox: Outbox;
  readonly pace: Pace;
  readonly origin: string;
  readonly accepted: (notification: Notification) => void;
}

type Fields = Record<string, unknown>;

class Refused extends Error {
  constructor(readonly answer: Answer) {
    super('refused');
  }
}
const validation = (message: string): Refused => new Refused(failure(400, 'ValidationError', message));
const bad = (message: string): Refused => new Refused(failure(400, 'BadRequestError', message));

const fieldsOf = (body: Buffer): Fields => {
  try {
    const fields: unknown = JSON.parse(body.toString('utf8'));
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) return fields as Fields;
  } catch {
    // said below
  }
  throw bad('Invalid JSON supplied in POST data');
};

const textOf = (fields: Fields, name: string): string => {
  const value = fields[name];
  if (value === undefined) throw validation(`${name} is a required property`);
  if (typeof value !== 'string') throw validation(`${name} ${JSON.stringify(value)} is not of type string`);
  return value;
};

const referenceOf = (fields: Fields): string | null => {
  const { reference } = fields;
  if (reference === undefined || reference === null) return null;
  if (typeof reference !== 'string') throw validation('reference is not of type string');
  if (reference.length > 1000) throw validation('reference is too long');
  return reference;
};

export const notifyRoutes = (o: Options): Route[] => {
  const guarded =
    (work: (request: Request) => Promise<Answer> | Answer) =>
    async (request: Request): Promise<Answer> => {
      const refusal = await refusalOf(request.headers.authorization, o.key, new Date());
      if (refusal) return failure(refusal.status, 'AuthError', refusal.message);
      try {
        return await work(request);
      } catch (error) {
        if (error instanceof Refused) return error.answer;
        throw error;
      }
    };

  const templateOf = (fields: Fields, type: Kind): Template => {
    const id = textOf(fields, 'template_id');
    if (!UUID.test(id)) throw validation('template_id is not a valid UUID');
    const template = o.templates.get(id.toLowerCase());
    if (!template) throw bad('Template not found');
    if (template.type !== type) throw bad(`${template.type} template is not suitable for ${type} notification`);
    return template;
  };

  const personalisationOf = (fields: Fields, template: Template): Personalisation => {
    const { personalisation = {} } = fields;
    if (typeof personalisation !== 'object' || personalisation === null || Array.isArray(personalisation))
      throw validation('personalisation is not of type object');
    const absent = missing(template, personalisation as Personalisation);
    if (absent.length > 0) throw bad(`Missing personalisation: ${absent.join(', ')}`);
    return personalisation as Personalisation;
  };

  const send = async (type: Kind, request: Request): Promise<Answer> => {
    const now = Date.now();
    if (o.limits.tooFast(now))
      return failure(
        429,
        'RateLimitError',
        `Exceeded rate limit for key type LIVE of ${o.perMinute} requests per 60 seconds`,
      );
    const fields = fieldsOf(request.body);
    const reference = referenceOf(fields);
    const made = type === 'letter' ? letter(fields) : message(type, fields);
    if (o.limits.tooMany(now))
      return failure(429, 'TooManyRequestsError', `Exceeded send limits (${o.perDay}) for today`);
    const notification: Notification = {
      ...made,
      id: randomUUID(),
      type,
      reference,
      createdAt: new Date(now).toISOString(),
    };
    await o.outbox.add(notification);
    o.accepted(notification);
    return { status: 201, body: receiptOf(notification, fields) };
  };

  const message = (type: 'sms' | 'email', fields: Fields) => {
    const to = type === 'sms' ? phone(fields) : address(fields);
    const template = templateOf(fields, type);
    const personalisation = personalisationOf(fields, template);
    const body = filled(template.body, personalisation);
    if (type === 'sms' && body.length > FRAGMENTS_OF_918)
      throw bad(`Content for template has a character count greater than the limit of ${FRAGMENTS_OF_918}`);
    return {
      to,
      lines: [],
      subject: template.subject === undefined ? null : filled(template.subject, personalisation),
      body,
      postage: null,
      unsubscribe: typeof fields.one_click_unsubscribe_url === 'string' ? fields.one_click_unsubscribe_url : null,
      template: { id: template.id, name: template.name, version: template.version },
    };
  };

  const letter = (fields: Fields) => {
    if (typeof fields.content === 'string') return precompiled(fields);
    const template = templateOf(fields, 'letter');
    const given = (fields.personalisation ?? {}) as Fields;
    const lines = [1, 2, 3, 4, 5, 6, 7].flatMap((n) => {
      const line = given[`address_line_${n}`] ?? (n === 7 ? given.postcode : undefined);
      return typeof line === 'string' && line.trim() ? [line.trim()] : [];
    });
    if (lines.length < 3) throw validation('Address must be at least 3 lines');
    if (!/^[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}$/i.test(lines.at(-1)!))
      throw validation('Last line of address must be a real UK postcode or another country');
    const personalisation = personalisationOf(fields, template);
    return {
      to: null,
      lines,
      subject: template.subject === undefined ? null : filled(template.subject, personalisation),
      body: filled(template.body, personalisation),
      postage: 'second',
      unsubscribe: null,
      template: { id: template.id, name: template.name, version: template.version },
    };
  };

  const precompiled = (fields: Fields) => {
    if (referenceOf(fields) === null) throw validation('reference is a required property');
    const postage = textOf({ postage: 'second', ...fields }, 'postage');
    if (!['first', 'second', 'economy'].includes(postage))
      throw validation('postage invalid. It must be first, second, economy, europe or rest-of-world.');
    return {
      to: null,
      lines: [],
      subject: 'Pre-compiled PDF',
      body: '',
      postage,
      unsubscribe: null,
      template: { id: randomUUID(), name: 'Pre-compiled PDF', version: 1 },
    };
  };

  const phone = (fields: Fields): string => {
    const number = mobileOf(textOf(fields, 'phone_number'));
    if ('wrong' in number) throw validation(`phone_number ${number.wrong}`);
    return number.number;
  };

  const address = (fields: Fields): string => {
    const to = textOf(fields, 'email_address').trim();
    if (!EMAIL.test(to)) throw validation('email_address Not a valid email address');
    return to;
  };

  const receiptOf = (it: Notification, fields: Fields): object => {
    if (it.type === 'letter' && typeof fields.content === 'string')
      return { id: it.id, reference: it.reference, postage: it.postage };
    const content =
      it.type === 'sms'
        ? { body: it.body, from_number: 'MUSTER' }
        : it.type === 'email'
          ? {
              subject: it.subject,
              body: it.body,
              from_email: 'muster@notifications.service.gov.uk',
              one_click_unsubscribe_url: it.unsubscribe,
            }
          : { subject: it.subject, body: it.body };
    return {
      id: it.id,
      reference: it.reference,
      content,
      uri: `${o.origin}/v2/notifications/${it.id}`,
      template: {
        id: it.template.id,
        version: it.template.version,
        uri: `${o.origin}/services/${o.key.serviceId}/templates/${it.template.id}`,
      },
      scheduled_for: null,
    };
  };

  const list = ({ query }: Request): Answer => {
    const [type, status, reference, older] = ['template_type', 'status', 'reference', 'older_than'].map((name) =>
      query.get(name),
    );
    if (type && !KINDS.includes(type)) throw validation(`template_type ${type} is not one of [sms, email, letter]`);
    if (older && !UUID.test(older)) throw validation('older_than is not a valid UUID');
    const now = Date.now();
    const from = reference ? o.outbox.referenced(reference) : [...o.outbox.all()];
    const newest = [...from].reverse();
    const start = older ? newest.findIndex(({ id }) => id === older) + 1 : 0;
    const found = newest
      .slice(start)
      .filter((it) => (!type || it.type === type) && (!status || matches(status, statusAt(it, o.pace, now))));
    const shown = found.slice(0, PAGE);
    const link = (more: Record<string, string>): string => {
      const search = new URLSearchParams([...query.entries()].filter(([name]) => name !== 'older_than'));
      for (const [name, value] of Object.entries(more)) search.set(name, value);
      return `${o.origin}/v2/notifications${search.size > 0 ? `?${search.toString()}` : ''}`;
    };
    return {
      status: 200,
      body: {
        notifications: shown.map((it) => published(it, o.pace, o.origin, now)),
        links: {
          current: link({}),
          ...(found.length > PAGE ? { next: link({ older_than: shown.at(-1)!.id }) } : {}),
        },
      },
    };
  };

  const one = ({ params }: Request): Answer => {
    if (!UUID.test(params.id!)) throw validation('id is not a valid UUID');
    const it = o.outbox.find(params.id!);
    if (!it) return failure(404, 'NoResultFound', 'No result found');
    return { status: 200, body: published(it, o.pace, o.origin, Date.now()) };
  };

  return [
    ...(['sms', 'email', 'letter'] as const).map((type): Route => ({
      method: 'POST',
      path: `/v2/notifications/${type}`,
      provider: true,
      answer: guarded((request) => send(type, request)),
    })),
    { method: 'GET', path: '/v2/notifications', provider: true, answer: guarded(list) },
    { method: 'GET', path: '/v2/notifications/:id', provider: true, answer: guarded(one) },
  ];
};

/** `failed` stands for every failure. */
const matches = (wanted: string, status: string): boolean =>
  wanted === status || (wanted === 'failed' && status.endsWith('failure'));
