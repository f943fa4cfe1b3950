import type { Language } from './catalogues.js';

export type InstantStyle = 'date' | 'date-time' | 'time';

const parts = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  weekday: 'short',
  day: 'numeric',
  month: 'numeric',
  year: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  hourCycle: 'h23',
});
type Wall = Partial<Record<Intl.DateTimeFormatPartTypes, string>>;
/** The same due dates are said thousands of times in a surge, and asking the time zone costs more than the sentence around it. */
const walls = new Map<number, Wall>();
const wallAt = (at: Date): Wall => {
  const minute = Math.floor(at.getTime() / 60_000);
  let wall = walls.get(minute);
  if (!wall) {
    if (walls.size > 2_000) walls.clear();
    walls.set(minute, (wall = Object.fromEntries(parts.formatToParts(at).map(({ type, value }) => [type, value]))));
  }
  return wall;
};

const WEEKDAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Written out here, so that a machine without Welsh in its ICU speaks the same. */
const WORDS = {
  en: {
    weekdays: ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'],
    months: [
      'January',
      'February',
      'March',
      'April',
      'May',
      'June',
      'July',
      'August',
      'September',
      'October',
      'November',
      'December',
    ],
    midday: 'midday',
    midnight: 'midnight',
    am: 'am',
    pm: 'pm',
    on: (date: string, time: string) => `${date} at ${time}`,
  },
  cy: {
    weekdays: ['dydd Sul', 'dydd Llun', 'dydd Mawrth', 'dydd Mercher', 'dydd Iau', 'dydd Gwener', 'dydd Sadwrn'],
    months: [
      'Ionawr',
      'Chwefror',
      'Mawrth',
      'Ebrill',
      'Mai',
      'Mehefin',
      'Gorffennaf',
      'Awst',
      'Medi',
      'Hydref',
      'Tachwedd',
      'Rhagfyr',
    ],
    midday: 'ganol dydd',
    midnight: 'ganol nos',
    am: 'yb',
    pm: 'yp',
    on: (date: string, time: string) => (time.startsWith('ganol') ? `${date} am ${time}` : `${date} am ${time}`),
  },
} as const;

/** A London wall time as people say it: `Thursday 26 November at 2pm`, `dydd Iau 26 Tachwedd am 2yp`. */
export const formatInstant = (language: Language, at: Date, style: InstantStyle = 'date-time'): string => {
  const shown = wallAt(at);
  const words = WORDS[language];
  const [hour, minute] = [Number(shown.hour), Number(shown.minute)];
  const half = hour < 12 ? words.am : words.pm;
  const time =
    minute === 0 && hour === 12
      ? words.midday
      : minute === 0 && hour === 0
        ? words.midnight
        : `${hour % 12 === 0 ? 12 : hour % 12}${minute === 0 ? '' : `:${String(minute).padStart(2, '0')}`}${half}`;
  if (style === 'time') return time;
  const date = `${words.weekdays[WEEKDAYS.indexOf(shown.weekday!)]} ${Number(shown.day)} ${words.months[Number(shown.month) - 1]}`;
  return style === 'date' ? date : words.on(date, time);
};
