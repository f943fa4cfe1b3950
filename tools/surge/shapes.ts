export const SHAPES = ['steady', 'nhs', 'broadcast', 'skew', 'retry-storm'] as const;
export type Shape = (typeof SHAPES)[number];

/** A stretch of time in which the rate goes in a straight line from one value to another. */
interface Stretch {
  readonly seconds: number;
  readonly from: number;
  readonly to: number;
}

const forever = (rate: number): readonly Stretch[] => [{ seconds: Infinity, from: rate, to: rate }];

/** Rate over time, a second; `rate` is the top. */
const profile = (shape: Shape, rate: number): readonly Stretch[] => {
  if (shape === 'broadcast') return [{ seconds: 1, from: 0, to: rate }, ...forever(rate)];
  if (shape !== 'nhs') return forever(rate);
  // As the appeal of 2020 ran: quiet, a minute of 300 a second, five seconds of 4,000; scaled to the top asked for.
  const round: readonly Stretch[] = [
    { seconds: 5, from: (rate * 4.3) / 4000, to: (rate * 4.3) / 4000 },
    { seconds: 5, from: rate, to: rate },
    { seconds: 20, from: (rate * 4.3) / 4000, to: (rate * 4.3) / 4000 },
    { seconds: 60, from: (rate * 300) / 4000, to: (rate * 300) / 4000 },
  ];
  return Array.from({ length: 1000 }, () => round).flat();
};

/** When each applicant comes, in milliseconds from the start: an open-loop clock, deaf to how the service does. */
export function* arrivals(shape: Shape, applicants: number, rate: number): Generator<number> {
  let start = 0;
  let begun = 0;
  let sent = 0;
  for (const { seconds, from, to } of profile(shape, rate)) {
    const people = seconds === Infinity ? Infinity : ((from + to) / 2) * seconds;
    const share = begun + people;
    while (sent < applicants && sent < share) {
      const into = sent - begun;
      const growth = seconds === Infinity ? 0 : (to - from) / seconds;
      const after = growth === 0 ? into / from : (Math.sqrt(from * from + 2 * growth * into) - from) / growth;
      yield (start + after) * 1000;
      sent += 1;
    }
    if (sent >= applicants) return;
    start += seconds;
    begun = share;
  }
  throw new Error('the profile ended before the people');
}

/** How often each client sends the same form again, answered or not. */
export const resends = (shape: Shape): number => (shape === 'retry-storm' ? 3 : 0);

/** The rate that a shape has by itself. */
export const topRate = (shape: Shape, applicants: number): number => {
  if (shape === 'broadcast') return Math.min(10_000, Math.max(10, applicants / 2));
  if (shape === 'nhs') return 4_000;
  return 300;
};
