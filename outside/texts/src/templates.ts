import { readFileSync } from 'node:fs';

export type Kind = 'sms' | 'email' | 'letter';

export interface Template {
  readonly id: string;
  readonly type: Kind;
  readonly name: string;
  readonly version: number;
  readonly body: string;
  readonly subject?: string;
}

/** The service's templates: one frame a channel, because Muster writes the words itself. */
const FRAMES: readonly Template[] = [
  { id: '5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1001', type: 'sms', name: 'Text', version: 1, body: '((body))' },
  {
    id: '5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1002',
    type: 'email',
    name: 'Email',
    version: 1,
    subject: '((subject))',
    body: '((body))',
  },
  {
    id: '5a1f0c5e-6f0e-4a52-9d0e-0d5b7d0a1003',
    type: 'letter',
    name: 'Letter',
    version: 1,
    subject: '((subject))',
    body: '((body))',
  },
];

export const templatesFrom = (file: string | undefined): ReadonlyMap<string, Template> => {
  const all = file ? (JSON.parse(readFileSync(file, 'utf8')) as Template[]) : FRAMES;
  return new Map(all.map((template) => [template.id, template]));
};

const PLACEHOLDER = /\(\(([^()]+?)\)\)/g;

export type Personalisation = Readonly<Record<string, unknown>>;

/** Placeholders match whatever their case, spaces and hyphens, as in Notify. */
const plain = (name: string): string => name.toLowerCase().replace(/[\s_-]/g, '');

const valuesOf = (personalisation: Personalisation): Map<string, string> =>
  new Map(
    Object.entries(personalisation).map(([name, value]) => [
      plain(name),
      Array.isArray(value) ? value.map((item) => `* ${String(item)}`).join('\n') : String(value),
    ]),
  );

/** Names that the template asks for and the request lacks. */
export const missing = (template: Template, personalisation: Personalisation): string[] => {
  const given = valuesOf(personalisation);
  const names = [...`${template.subject ?? ''} ${template.body}`.matchAll(PLACEHOLDER)].map((match) => match[1]!);
  return [...new Set(names)].filter((name) => !given.has(plain(name)));
};

/** One pass: a value that looks like a placeholder stays as it is. */
export const filled = (text: string, personalisation: Personalisation): string => {
  const given = valuesOf(personalisation);
  return text.replace(PLACEHOLDER, (_, name: string) => given.get(plain(name)) ?? '');
};
