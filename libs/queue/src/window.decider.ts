/** In any stretch of so many milliseconds no more than so many may leave. */
export interface Window {
  readonly most: number;
  readonly ms: number;
}

/** Two milliseconds more than a second: what leaves here evenly may arrive a little closer. */
const SECOND = 1_002;

/** The second that a provider counts, and a short stretch twice as fast: what was held up is made up for, and not all at once. */
export const windowsOf = (ratePerSecond: number): readonly [Window, Window] => {
  const few = Math.max(1, Math.floor(ratePerSecond / 20));
  return [
    { most: Math.max(1, Math.floor(ratePerSecond)), ms: Math.max(SECOND, 1_000 / ratePerSecond) },
    { most: few, ms: (few / ratePerSecond) * 500 },
  ];
};

export interface Room {
  /** How many may leave now. */
  readonly go: number;
  /** If nobody may: until one may. */
  readonly inMs: number;
}

/** @param left when others left, oldest first. The script of the pacer says the same in Redis, for all instances. */
export const roomAfter = (left: readonly number[], now: number, asked: number, windows: readonly Window[]): Room => {
  let room: Room = { go: asked, inMs: 0 };
  for (const { most, ms } of windows) {
    const free = most - left.filter((at) => at > now - ms).length;
    room =
      free > 0
        ? { ...room, go: Math.min(room.go, free) }
        : { go: 0, inMs: Math.max(room.inMs, left.at(-most)! + ms - now) };
  }
  return room;
};
