import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until the answer is yes; says how long it took (ms). @throws with `what` when time is up */
export const eventually = async (
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<number> => {
  const started = performance.now();
  while (!(await isSo())) {
    if (performance.now() - started > withinMs) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
  return performance.now() - started;
};
