import { unprocessable } from '@app/http';
import { z } from 'zod';

const LONGEST_DAYS = 90;

/** The day on which offers may come again; null when the person named none. */
export const pauseUntil = (body: unknown, today: string): string | null => {
  const given = (body as Record<string, unknown> | null | undefined)?.['until'];
  if (given === undefined || given === null || given === '') return null;
  const wrong = (code: string) => unprocessable([{ pointer: '/until', code, message: '' }]);
  if (typeof given !== 'string' || !z.iso.date().safeParse(given).success) throw wrong('date-malformed');
  const days = (Date.parse(given) - Date.parse(today)) / 86_400_000;
  if (days < 1) throw wrong('date-past');
  if (days > LONGEST_DAYS) throw wrong('date-too-far');
  return given;
};
