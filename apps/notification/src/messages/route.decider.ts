import type { Channel, MessageKind, Transport, Urgency } from '@app/contracts';
import type { Contact, Owed, Routed } from './message.js';

/** Kinds that answer what the person just did: they may come at night (product.md §5 f). */
const ANSWERS: readonly MessageKind[] = ['M2', 'M3', 'withdrawn', 'code', 'contact-changed'];
/** Meant for one place: nobody has shown that the person has another. */
const NOWHERE_ELSE: readonly MessageKind[] = ['code', 'contact-changed', 'guardian'];
/** Shown on the screen, never sent. */
const ON_SCREEN: readonly MessageKind[] = ['M1'];

/** Both are used for what is urgent; acknowledgements and no-news go by e-mail, so that texts keep their weight. */
const transportsOf = (channel: Channel, urgency: Urgency): Transport[] => {
  switch (channel) {
    case 'email':
      return ['email'];
    case 'sms':
      return ['sms'];
    case 'post':
      return ['letter'];
    case 'email-and-sms':
      return urgency === 'P4' || urgency === 'P5' ? ['email'] : ['email', 'sms'];
  }
};

/** E-mail and letters never wait for the morning; texts do, unless they answer the person, concern safety, or cancel. */
export const mayGoAtNight = (transport: Transport, kind: MessageKind, urgency: Urgency): boolean =>
  transport === 'sms' ? urgency === 'P1' || ANSWERS.includes(kind) : urgency !== 'P5';

/** The rows of a message: the first keeps the message's own id. `idOf` makes the id of a further transport. */
export const route = (
  owed: Owed,
  channel: Channel,
  idOf: (requestId: string, transport: Transport) => string,
): Routed[] =>
  ON_SCREEN.includes(owed.kind)
    ? []
    : transportsOf(channel, owed.urgency).map((transport, index) => ({
        ...owed,
        id: index === 0 ? owed.requestId : idOf(owed.requestId, transport),
        transport,
        anyHour: mayGoAtNight(transport, owed.kind, owed.urgency),
      }));

const otherTransport = (refused: Transport, contact: Contact): Transport | null => {
  if (refused !== 'sms' && contact.phone) return 'sms';
  if (refused !== 'email' && contact.email) return 'email';
  return refused !== 'letter' && contact.address ? 'letter' : null;
};

export interface OtherWay {
  readonly id: string;
  readonly from: string;
  readonly transport: Transport;
  readonly anyHour: boolean;
}

/** After the chosen transport was refused for good: the other way to reach the person, once, if they gave one (product.md §5 e). */
export const otherWay = (
  refused: Pick<Routed, 'id' | 'requestId' | 'transport' | 'kind' | 'urgency'>,
  contact: Contact | null,
  idOf: (requestId: string, transport: Transport) => string,
): OtherWay[] => {
  const may = refused.id === refused.requestId && !NOWHERE_ELSE.includes(refused.kind);
  const transport = contact && may ? otherTransport(refused.transport, contact) : null;
  if (!transport) return [];
  return [
    {
      id: idOf(refused.requestId, transport),
      from: refused.id,
      transport,
      anyHour: mayGoAtNight(transport, refused.kind, refused.urgency),
    },
  ];
};
