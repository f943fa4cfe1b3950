import type { TaskCode } from '@app/contracts';
import { z } from 'zod';
import { PersonName } from '../submit/person-name.js';

const OLDEST = 120;
const YOUNGEST = 16;

const yearsBetween = (birth: string, today: string): number =>
  Number(today.slice(0, 4)) - Number(birth.slice(0, 4)) - (today.slice(5) < birth.slice(5) ? 1 : 0);

const dateOfBirth = (today: string) =>
  z
    .string()
    .min(1, 'required')
    .refine((text) => z.iso.date().safeParse(text).success, { error: 'date-malformed', abort: true })
    .refine((text) => yearsBetween(text, today) <= OLDEST && text <= today, { error: 'date-past', abort: true })
    .refine((text) => yearsBetween(text, today) >= YOUNGEST, 'too-young');

/** Nothing is asked of a provider before the person agreed. */
const consent = z.boolean().refine((given) => given, 'consent-needed');

/** What a person gives for each task that is asked for on the page (interfaces.md §3). */
export const taskAnswers = (task: TaskCode, today: string): z.ZodObject => {
  switch (task) {
    case 'identity':
      return z.object({ dateOfBirth: dateOfBirth(today), consent });
    case 'dbs':
      return z.object({
        certificateNumber: z
          .string()
          .max(40, 'certificate-malformed')
          .transform((text) => text.replaceAll(/[\s-]/g, ''))
          .pipe(z.string().regex(/^[0-9]{12}$/, 'certificate-malformed')),
        dateOfBirth: dateOfBirth(today),
        surname: PersonName,
        consent,
      });
    default:
      return z.object({ consent });
  }
};
