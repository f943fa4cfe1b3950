import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves with the seconds it took until this holds; an error counts as "not yet". */
export const eventually = async (
  holds: () => Promise<boolean> | boolean,
  withinMs: number,
  otherwise: string,
): Promise<number> => {
  const began = performance.now();
  for (;;) {
    const held = await Promise.resolve()
      .then(holds)
      .catch(() => false);
    if (held) return (performance.now() - began) / 1000;
    if (performance.now() - began > withinMs) throw new Error(`${otherwise} within ${withinMs / 1000} s`);
    await sleep(25);
  }
};
