import { after, HOUR, MINUTE, quietUntil } from '@app/calendar';
import { bandFor, type Band, type Candidate, type Wanted } from './eligible.decider.js';

/** How far a need has come with its offers. */
export interface Course {
  readonly places: number;
  readonly filled: number;
  /** Offers that are out. */
  readonly open: number;
  readonly accepted: number;
  /** Offers that came to nothing: declined or lapsed. */
  readonly closed: number;
}

/** Before anybody has answered, half of those asked are expected to accept. */
export const FIRST_RATE = 0.5;
const WEIGHT = 4;

/** Share of offers accepted: this need's own, leaning on the activation's while there is little to go by. */
export const acceptanceRate = (course: Pick<Course, 'accepted' | 'closed'>, usual: number): number =>
  Math.min(1, Math.max(0.1, (course.accepted + WEIGHT * usual) / (course.accepted + course.closed + WEIGHT)));

/** Places still free ÷ acceptance rate, less the offers already out: nobody is alerted in vain. */
export function waveSize(course: Course, usual: number): number {
  const gap = course.places - course.filled;
  if (gap <= 0) return 0;
  return Math.max(0, Math.ceil(gap / acceptanceRate(course, usual) - 1e-9) - course.open);
}

const LONGEST = 12 * HOUR;
const SHORTEST = 15 * MINUTE;

/** Twelve hours, or half the time to the start, at least a quarter of an hour; null when the start is too near to ask. */
export function respondBy(now: Date, startsAt: Date): Date | null {
  const toStart = startsAt.getTime() - now.getTime();
  if (toStart < SHORTEST + 5 * MINUTE) return null;
  const due = after(now, Math.max(SHORTEST, Math.min(LONGEST, toStart / 2)));
  // Whoever is asked at night can answer in the morning, when the start leaves room for it.
  const morning = quietUntil(due);
  return morning && after(morning, HOUR) < after(startsAt, -2 * HOUR) ? after(morning, HOUR) : due;
}

export interface Placed {
  readonly needId: string;
  readonly applicationId: string;
  readonly band: Band;
}

/**
 * Hands out a wave. Candidates come in fair order: fewest offers first, then longest since clearance. Among those equal
 * in offers and in the hour of clearance the nearer goes first. Each person gets one offer at most; `left` is lowered.
 */
export function planWave(
  needs: readonly Wanted[],
  left: Map<string, number>,
  candidates: readonly Candidate[],
): Placed[] {
  const placed: Placed[] = [];
  let open = needs.filter((need) => (left.get(need.needId) ?? 0) > 0).sort(byScarcity);
  for (const group of equals(candidates)) {
    if (open.length === 0) break;
    const options = group.map((person) => optionsOf(person, open));
    for (const band of [0, 1, 2, 3] as const) {
      for (let at = 0; at < group.length; at++) {
        const need = options[at]?.[band].find((one) => (left.get(one.needId) ?? 0) > 0);
        if (!need) continue;
        placed.push({ needId: need.needId, applicationId: group[at]!.applicationId, band });
        left.set(need.needId, left.get(need.needId)! - 1);
        options[at] = undefined;
      }
    }
    open = open.filter((need) => left.get(need.needId)! > 0);
  }
  return placed;
}

type Options = Record<Band, Wanted[]>;

function optionsOf(person: Candidate, needs: readonly Wanted[]): Options | undefined {
  let options: Options | undefined;
  for (const need of needs) {
    const band = bandFor(need, person);
    if (band === null) continue;
    options ??= { 0: [], 1: [], 2: [], 3: [] };
    options[band].push(need);
  }
  return options;
}

/** Who has a rare skill is asked for what needs it; then what starts soonest. */
const byScarcity = (a: Wanted, b: Wanted): number =>
  b.skills.length - a.skills.length || a.startsAt.getTime() - b.startsAt.getTime() || (a.needId < b.needId ? -1 : 1);

function* equals(candidates: readonly Candidate[]): Generator<Candidate[]> {
  let group: Candidate[] = [];
  for (const one of candidates) {
    const first = group[0];
    if (first && (first.offersMade !== one.offersMade || hourOf(first) !== hourOf(one))) {
      yield group;
      group = [];
    }
    group.push(one);
  }
  if (group.length > 0) yield group;
}

const hourOf = (one: Candidate): number => Math.floor(one.clearedAt.getTime() / HOUR);
