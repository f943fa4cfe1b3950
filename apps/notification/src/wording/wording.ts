import { Injectable } from '@nestjs/common';
import type { CheckKind, MessageFacts, MessageKind, TaskCode } from '@app/contracts';
import { Catalogues, formatInstant, type Language } from '@app/language';
import { variantOf } from './variant.decider.js';

export interface Facts {
  readonly kind: MessageKind;
  readonly language: Language;
  readonly reference: string;
  readonly ownerName: string;
  readonly promiseDueAt: Date | null;
  readonly facts: MessageFacts;
  readonly title: Readonly<Record<Language, string>>;
  /** Only of a person whose contact is confirmed: to a stranger's address we say no name (S13). */
  readonly givenName: string | null;
  readonly link: string;
  /** Of a message that carries one. */
  readonly code: string | null;
}

/**
 * Not about the person's page: a code shows more with its link than alone, the old contact may be the person's no more,
 * and a guardian has a page of their own.
 */
const WITHOUT_PAGE: readonly MessageKind[] = ['code', 'contact-changed', 'guardian'];

/** Plain text, each channel escapes as it needs: paragraphs for mail and letters, one text for a phone. */
export interface Worded {
  readonly language: Language;
  readonly subject: string;
  readonly paragraphs: readonly string[];
  readonly link: string;
  readonly text: string;
  /** `M2.open@2026-11.1` */
  readonly template: string;
}

/** Makes the words of a message: what happened, what comes next, by when, what you can do; and never a request for money. */
@Injectable()
export class Wording {
  constructor(private readonly catalogues: Catalogues) {}

  word(of: Facts): Worded {
    const { language, facts } = of;
    const variant = `${of.kind}.${variantOf(of.kind, facts)}`;
    const values = this.#values(of);
    const say = (key: string): string => this.catalogues.say(language, `messages.${key}`, values);
    const linked = !WITHOUT_PAGE.includes(of.kind);
    const due = of.promiseDueAt === null || !linked ? [] : [say('shared.due')];
    return {
      language,
      subject: say(`${variant}.subject`),
      paragraphs: [
        say(of.givenName === null ? 'shared.hello' : 'shared.hello-name'),
        say(`${variant}.what`),
        say(`${variant}.next`),
        ...due,
        say(`${variant}.can`),
        ...(linked ? [say('shared.your-page')] : []),
        say('shared.never-ask'),
        say('shared.emergency'),
        say('shared.signed'),
      ],
      link: of.link,
      text: [
        say(`${variant}.text`),
        ...(due.length > 0 ? [say('shared.due-text')] : []),
        ...(linked ? [of.link] : []),
        say('shared.never-ask'),
      ].join(' '),
      template: `${variant}@${say('version')}`,
    };
  }

  #values({ language, facts, ...of }: Facts): Record<string, unknown> {
    const when = (at: string | undefined, style?: 'time'): string =>
      at === undefined ? this.#word(language, 'shared.soon') : formatInstant(language, new Date(at), style);
    const people = facts.people ?? 0;
    return {
      link: of.link,
      code: of.code ?? '',
      reference: of.reference,
      owner: of.ownerName,
      name: of.givenName ?? '',
      title: of.title[language],
      due: of.promiseDueAt === null ? '' : formatInstant(language, of.promiseDueAt),
      task: this.#named(language, 'task', facts.task),
      check: this.#named(language, 'check', facts.check),
      role: facts.roleTitle?.[language] ?? this.#word(language, 'shared.a-role'),
      place: facts.place ?? this.#word(language, 'shared.a-place'),
      starts: when(facts.startsAt),
      ends: when(facts.endsAt, 'time'),
      respondBy: when(facts.respondBy),
      review: when(facts.reviewAt),
      people: people.toLocaleString('en-GB'),
      places: (facts.places ?? 0).toLocaleString('en-GB'),
    };
  }

  #named(language: Language, list: 'task' | 'check', code: TaskCode | CheckKind | undefined): string {
    return this.#word(language, `${list}.${code ?? 'some'}`);
  }

  #word(language: Language, key: string): string {
    return this.catalogues.say(language, `messages.${key}`);
  }
}
