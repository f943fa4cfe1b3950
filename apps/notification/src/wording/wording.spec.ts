import { describe, expect, test } from '@jest/globals';
import type { MessageFacts, MessageKind } from '@app/contracts';
import { Catalogues, LANGUAGES } from '@app/language';
import { webLocales } from '@app/web';
import { toHtml, toText } from './html.js';
import { variantOf, VARIANTS } from './variant.decider.js';
import { type Facts, Wording } from './wording.js';

const catalogues = Catalogues.load([webLocales, new URL('../../locales/', import.meta.url)]);
const wording = new Wording(catalogues);
const kinds = Object.keys(VARIANTS) as (keyof typeof VARIANTS)[];

const facts = (kind: MessageKind, more: Partial<Facts> = {}): Facts => ({
  kind,
  language: 'en',
  reference: 'MU-7K4D-93TQ-X',
  ownerName: 'Action Together',
  promiseDueAt: new Date('2026-11-26T14:00:00Z'),
  title: { en: 'Floods', cy: 'Llifogydd' },
  givenName: null,
  link: 'https://muster.example/s/abc',
  code: '123456',
  facts: {
    task: 'identity',
    check: 'identity',
    people: 1412,
    places: 60,
    roleTitle: { en: 'Sandbags', cy: 'Bagiau tywod' },
    place: 'Oldham',
    startsAt: '2026-11-27T09:00:00Z',
    endsAt: '2026-11-27T12:00:00Z',
    respondBy: '2026-11-26T18:00:00Z',
    reviewAt: '2026-12-24T17:00:00Z',
  },
  ...more,
});
/** Facts that lead to each wording. */
const leading: Record<string, MessageFacts> = {
  capped: { mode: 'capped' },
  'interest-only': { mode: 'interest-only' },
  delayed: { reason: 'provider-silent' },
  conditional: { conditional: true },
  guardian: { task: 'guardian', reason: 'reminder' },
  cancelled: { reason: 'need-cancelled' },
  ended: { reason: 'person-left' },
};
const factsOf = (kind: MessageKind, variant: string): MessageFacts => {
  const reasoned =
    ['M4', 'M14', 'no-news'].includes(kind) || variant === 'decision-due' || variant === 'person-cancelled';
  const plain = ['plain', 'asked', 'ended'].includes(variant);
  const own = leading[variant] ?? (reasoned && !plain ? { reason: variant } : {});
  if (kind === 'M9' && variant.startsWith('cleared'))
    return { ...facts(kind).facts, conditional: variant !== 'cleared' };
  if (kind === 'M9' && variant === 'plain') return { ...facts(kind).facts, people: undefined, places: undefined };
  return { ...facts(kind).facts, ...own };
};
const every = kinds.flatMap((kind) => VARIANTS[kind].map((variant) => [kind, variant] as const));

/** Flesch–Kincaid grade with a rough count of syllables; five more than the grade is the reading age. */
const readingAge = (text: string): number => {
  const sentences = text.split(/[.!?:]+(?:\s|$)/).filter((part) => /[a-z]/i.test(part));
  const words = text.match(/[a-z']+/gi) ?? [];
  const syllables = words.reduce((sum, word) => {
    const lower = word.toLowerCase().replaceAll("'", '');
    const groups = lower.replace(/(?:[^laeiouy]es|[^td]ed|[^laeiouy]e)$/, (end) => end[0]!).match(/[aeiouy]+/g);
    return sum + Math.max(1, groups?.length ?? 1);
  }, 0);
  return 0.39 * (words.length / sentences.length) + 11.8 * (syllables / words.length) - 15.59 + 5;
};

describe('every message', () => {
  test.each(every)('%s %s stands in both languages and says all that it owes', (kind, variant) => {
    expect(variantOf(kind, factsOf(kind, variant))).toBe(variant);
    for (const language of LANGUAGES) {
      const worded = wording.word(facts(kind, { language, facts: factsOf(kind, variant) }));
      const body = toText(worded);
      for (const part of ['what', 'next', 'can', 'text', 'subject']) {
        expect(catalogues.has(language, `messages.${kind}.${variant}.${part}`)).toBe(true);
      }
      const linked = !['code', 'contact-changed'].includes(kind);
      const due = language === 'en' ? 'by Thursday 26 November at 2pm' : 'erbyn dydd Iau 26 Tachwedd am 2yp';
      expect(body.includes(due)).toBe(linked && kind !== 'guardian');
      expect(body.includes('https://muster.example/s/abc')).toBe(linked);
      expect(body.includes('123456')).toBe(kind === 'code');
      expect(body).toContain('MU-7K4D-93TQ-X');
      for (const said of [body, worded.text]) {
        expect(said).toContain(
          language === 'en' ? 'never ask for money or bank details' : 'gofyn am arian na manylion banc',
        );
        expect(said).not.toMatch(/[{}]|undefined|null|NaN/);
      }
      expect(worded.subject.length).toBeLessThan(100);
      expect(worded.text.length).toBeLessThan(480);
      expect(worded.template).toBe(`${kind}.${variant}@2026-11.1`);
    }
  });

  test.each(every)('%s %s can be read at the age of nine', (kind, variant) => {
    // Names, dates, numbers and the link are not ours to shorten.
    const simple = facts(kind, {
      facts: factsOf(kind, variant),
      ownerName: 'The team',
      title: { en: 'floods', cy: '' },
      link: '',
    });
    const text = toText(wording.word(simple))
      .replaceAll(/MU-\S+/g, 'one')
      .replaceAll(/[A-Z]\w+day \d+ \w+ at \d+(:\d+)?[ap]m/g, 'noon')
      .replaceAll('Muster', 'us');
    expect(readingAge(text)).toBeLessThanOrEqual(9);
  });

  test('the measure of reading age tells an easy text from a hard one', () => {
    expect(readingAge('The cat sat on the mat. It was wet.')).toBeLessThan(7);
    expect(
      readingAge(
        'Your application necessitates additional verification procedures prior to any deployment consideration.',
      ),
    ).toBeGreaterThan(18);
  });

  test('the catalogues hold no wording that no fact leads to', () => {
    const known = new Set(every.map(([kind, variant]) => `${kind}.${variant}`));
    for (const kind of kinds) {
      for (const variant of ['open', 'plain', 'asked', 'sent', 'full', 'numbers', 'confirmed', 'ended', 'old']) {
        expect(catalogues.has('en', `messages.${kind}.${variant}.what`)).toBe(known.has(`${kind}.${variant}`));
      }
    }
  });
});

describe('words of others', () => {
  const hostile = '{{7*7}}<img src=x onerror=alert(1)>$t(messages.version)';

  test('stay data in every part of a message', () => {
    const worded = wording.word(facts('M8', { ownerName: hostile, facts: { ...facts('M8').facts, place: hostile } }));
    expect(toText(worded)).toContain(hostile);
    const html = toHtml(worded);
    expect(html).not.toContain('<img');
    expect(html).toContain('{{7*7}}&lt;img src=x onerror=alert(1)&gt;$t(messages.version)');
  });

  test('the name of a person is said only where the contact is confirmed', () => {
    expect(toText(wording.word(facts('M6')))).toMatch(/^Hello,\n/);
    expect(toText(wording.word(facts('M6', { givenName: 'Ann' })))).toMatch(/^Hello Ann,\n/);
  });

  test('the link leads where we say and nowhere else', () => {
    const html = toHtml(wording.word(facts('M6', { link: 'https://muster.example/s/a?b=1&c="x"' })));
    expect(html).toContain('<a href="https://muster.example/s/a?b=1&amp;c=&quot;x&quot;">');
    expect(html.match(/<a /g)).toHaveLength(1);
  });
});

test('without a promise no date is invented', () => {
  const body = toText(wording.word(facts('withdrawn', { promiseDueAt: null })));
  expect(body).not.toContain('hear from us by');
});
