import { setTimeout as wait } from 'node:timers/promises';
import type { Client } from 'pg';

/** Seconds until every event of intake has been handed over and every application has left the first state; infinite after `limit`. */
export const drain = async (database: Client, say: (line: string) => void, limit: number): Promise<number> => {
  const began = performance.now();
  for (let next = 0; ; await wait(500)) {
    const { rows } = await database.query<{ unsent: string; waiting: string }>(
      `select (select max(seq) from intake.journal) - (select seq from intake.relay_cursor) as unsent,
              (select count(*) from intake.application where state = 'submitted') as waiting`,
    );
    const { unsent, waiting } = rows[0]!;
    const seconds = (performance.now() - began) / 1000;
    if (Number(unsent) + Number(waiting) === 0) return seconds;
    if (seconds > limit) return Infinity;
    if (seconds < next) continue;
    next += 10;
    say(`  after ${seconds.toFixed(0)} s: ${unsent} events unsent, ${waiting} applications in their first state`);
  }
};
