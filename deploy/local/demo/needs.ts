export interface DemoNeed {
  readonly role: string;
  readonly title: string;
  readonly places: number;
  readonly postcode: string | null;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly skills: readonly string[];
  readonly remote: boolean;
  readonly notes: string;
}

type Row = [
  role: string,
  postcode: string | null,
  places: number,
  days: number,
  hour: number,
  hours: number,
  title: string,
];

/** Days from today, and the hour it begins in London: every slot of the week occurs, in most boroughs. */
const ROWS: readonly Row[] = [
  ['sandbags', 'OL1 1AA', 60, 2, 9, 4, 'Sandbags for the streets by the Medlock'],
  ['sandbags', 'M26 1AA', 50, 3, 13, 4, 'Sandbags at Radcliffe, both banks of the Irwell'],
  ['sandbags', 'SK14 1AA', 40, 4, 8, 4, 'Sandbags in Hyde'],
  ['sandbags', 'M7 1AA', 60, 6, 13, 4, 'Sandbags in Lower Broughton'],
  ['reception-centre', 'OL9 6AA', 20, 2, 18, 4, 'Evening team at the Chadderton reception centre'],
  ['reception-centre', 'BL3 1AA', 20, 3, 9, 4, 'Morning team at the Bolton reception centre'],
  ['reception-centre', 'WN7 1AA', 20, 5, 14, 4, 'Afternoon team at the Leigh reception centre'],
  ['deliver-shopping', 'M14 5AA', 30, 4, 10, 3, 'Shopping and prescriptions, Fallowfield and Rusholme'],
  ['deliver-shopping', 'SK4 1AA', 25, 7, 13, 3, 'Shopping and prescriptions, the Heatons'],
  ['phone-helper', null, 40, 3, 18, 3, 'Evening calls to people without power'],
  ['drive-people', 'OL12 6AA', 15, 5, 9, 5, 'Lifts to the reception centres from the Roch valley'],
  ['home-visits', 'M33 2AA', 20, 8, 14, 3, 'First visits after the water has gone, Sale'],
];

const LONDON = new Intl.DateTimeFormat('en-GB', {
  timeZone: 'Europe/London',
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  hour: '2-digit',
  hourCycle: 'h23',
});

/** The instant at which London's clocks show this hour, so many days after the day of `now`. */
export const londonHour = (now: Date, days: number, hour: number): Date => {
  const on = (at: Date): Record<string, string> =>
    Object.fromEntries(LONDON.formatToParts(at).map(({ type, value }) => [type, value]));
  const today = on(now);
  const guess = new Date(Date.UTC(Number(today.year), Number(today.month) - 1, Number(today.day) + days, hour));
  const shown = Number(on(guess).hour);
  return new Date(guess.getTime() - ((shown - hour + 24) % 24) * 3_600_000);
};

/** Twelve needs, four hundred places, always ahead. */
export const demoNeeds = (now: Date): DemoNeed[] =>
  ROWS.map(([role, postcode, places, days, hour, hours, title]) => {
    const startsAt = londonHour(now, days, hour);
    return {
      role,
      title,
      places,
      postcode,
      startsAt: startsAt.toISOString(),
      endsAt: new Date(startsAt.getTime() + hours * 3_600_000).toISOString(),
      skills: role === 'drive-people' ? ['driving'] : [],
      remote: postcode === null,
      notes: 'Ask for the lead in the yellow vest.',
    };
  });
