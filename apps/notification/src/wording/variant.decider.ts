import type { MessageFacts, MessageKind } from '@app/contracts';

const DELAYED = ['provider-away', 'provider-silent'];
const AGAIN = ['no-match', 'certificate-replaced', 'answers-unreadable'];
const NOT_OFFERED_ANY_MORE = ['places-filled', 'too-late', 'need-cancelled', 'overlapping-shift'];
const NO_NEWS = ['offer-lapsed', 'pause-ended'];

const oneOf = (reason: string | undefined, known: readonly string[], otherwise: string): string =>
  reason !== undefined && known.includes(reason) ? reason : otherwise;

/** Which wording of a kind fits its facts; every answer is a key below `messages.<kind>` in both catalogues. */
export const variantOf = (kind: MessageKind, facts: MessageFacts): string => {
  switch (kind) {
    case 'M1':
    case 'M2':
      return facts.mode ?? 'open';
    case 'M4':
      if (facts.reason === 'lapsed') return 'lapsed';
      if (facts.task === 'guardian') return 'guardian';
      if (facts.reason === 'reminder') return 'reminder';
      return oneOf(facts.reason, AGAIN, 'asked');
    case 'M5':
      if (facts.reason === 'decision-due') return 'decision-due';
      return facts.reason !== undefined && DELAYED.includes(facts.reason) ? 'delayed' : 'sent';
    case 'M6':
      return facts.conditional ? 'conditional' : 'full';
    case 'M9':
      if (facts.conditional !== undefined) return facts.conditional ? 'cleared-conditional' : 'cleared';
      return facts.people !== undefined && facts.places !== undefined ? 'numbers' : 'plain';
    case 'M12':
      return facts.reason === undefined ? 'confirmed' : oneOf(facts.reason, ['person-cancelled'], 'cancelled');
    case 'M14':
      return oneOf(facts.reason, NOT_OFFERED_ANY_MORE, 'ended');
    case 'no-news':
      return oneOf(facts.reason, NO_NEWS, 'plain');
    case 'M3':
    case 'M7':
    case 'M8':
    case 'withdrawn':
    case 'code':
    case 'contact-changed':
    case 'guardian':
    case 'guardian-refused':
      return 'plain';
  }
};

/** Every wording there is; the catalogues must have exactly these. */
export const VARIANTS: Readonly<Record<Exclude<MessageKind, 'M1'>, readonly string[]>> = {
  M2: ['open', 'capped', 'interest-only'],
  M3: ['plain'],
  M4: ['asked', 'reminder', 'lapsed', 'guardian', ...AGAIN],
  M5: ['sent', 'delayed', 'decision-due'],
  M6: ['full', 'conditional'],
  M7: ['plain'],
  M8: ['plain'],
  M9: ['numbers', 'plain', 'cleared', 'cleared-conditional'],
  M12: ['confirmed', 'cancelled', 'person-cancelled'],
  M14: ['ended', ...NOT_OFFERED_ANY_MORE],
  'no-news': ['plain', ...NO_NEWS],
  withdrawn: ['plain'],
  code: ['plain'],
  'contact-changed': ['plain'],
  guardian: ['plain'],
  'guardian-refused': ['plain'],
};
