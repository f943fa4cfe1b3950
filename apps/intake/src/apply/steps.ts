import type { FormShape } from '@app/web';

export interface ApplyStep {
  readonly name: string;
  /** Members of the form that this page asks for. */
  readonly fields: readonly string[];
  readonly shape: FormShape;
}

/** One question a page (product.md §4A); the language of all messages is asked with the contact. */
export const STEPS: readonly ApplyStep[] = [
  { name: 'postcode', fields: ['postcode', 'noPostcode'], shape: { booleans: ['noPostcode'] } },
  { name: 'name', fields: ['givenName', 'familyName', 'onBehalf'], shape: {} },
  {
    name: 'contact',
    fields: ['channel', 'email', 'phone', 'address', 'language'],
    shape: { lines: ['address.lines'] },
  },
  { name: 'age', fields: ['ageBand', 'guardian'], shape: {} },
  {
    name: 'availability',
    fields: ['availability'],
    shape: { lists: ['availability.slots'], numbers: ['availability.maxDistanceKm'], dates: ['availability.from'] },
  },
  { name: 'roles', fields: ['roles'], shape: { lists: ['roles'] } },
  {
    name: 'skills',
    fields: ['skills', 'vehicle', 'remoteOnly'],
    shape: { lists: ['skills'], booleans: ['vehicle', 'remoteOnly'] },
  },
  { name: 'support', fields: ['support'], shape: {} },
  { name: 'already', fields: ['alreadyVolunteersWith'], shape: {} },
  { name: 'declarations', fields: ['declarations'], shape: {} },
];

export const stepCalled = (name: string): ApplyStep | undefined => STEPS.find((step) => step.name === name);
export const stepAfter = (name: string): string =>
  STEPS[STEPS.findIndex((step) => step.name === name) + 1]?.name ?? 'check';
export const stepBefore = (name: string): string | null => {
  const at = name === 'check' ? STEPS.length : STEPS.findIndex((step) => step.name === name);
  return STEPS[at - 1]?.name ?? null;
};
/** The page that asks for the member a pointer leads to. */
export const stepOf = (pointer: string): string | null => {
  const [, member = ''] = pointer.split('/');
  return STEPS.find((step) => step.fields.includes(member))?.name ?? null;
};
