import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@app/telemetry';
import { codeOf } from './failure.decider.js';
import type { Session } from './session.js';
import { sql } from './sql.js';

/** One for all apps of a database. */
const DOOR = `hashtextextended('front door', 0)`;
/** Never waits; while somebody has the door alone, or waits for it, nobody shares it. */
export const IS_CALM = `select pg_try_advisory_xact_lock_shared(${DOOR}) as calm`;
const CROWD = `select pg_advisory_lock(${DOOR})`;
const DISPERSE = `select pg_advisory_unlock(${DOOR})`;
const SPEAK = 'select';

/** ms */
const LOOK_MS = 25;
/** Calm for so long: the others are called back. */
const CALM_MS = 250;
/** The server ends a session that has been silent so long; a living process speaks every second. */
const FROZEN_MS = 3000;
/** A database that is away is not asked at every look. */
const FAILED_MS = 1000;
const LOCK_TIMEOUT = '55P03';

/**
 * Tells every app on the same database that people wait at the door of this process (`Database.crowded`). The word is a
 * lock, so that it ends with the process that gave it.
 */
export class FrontDoor {
  private readonly ending = new AbortController();
  private readonly loop: Promise<void>;

  constructor(
    private readonly database: { session(idleTimeoutMs: number): Promise<Session> },
    private readonly isPressed: () => boolean,
    private readonly log: Log,
  ) {
    this.loop = this.run(this.ending.signal);
  }

  async close(): Promise<void> {
    this.ending.abort();
    await this.loop;
  }

  private async run(signal: AbortSignal): Promise<void> {
    let session: Session | null = null;
    while (!signal.aborted) {
      try {
        if (this.isPressed()) {
          if (!session?.open) session = await this.database.session(FROZEN_MS);
          await this.untilCalm(session, signal);
        }
      } catch (error) {
        // Another process has said it already: its word counts for this one too.
        if (codeOf(error) === LOCK_TIMEOUT) continue;
        this.log.warn('front-door-unheard', { reason: codeOf(error) });
        await session?.close();
        await pause(FAILED_MS, signal);
      }
      await pause(LOOK_MS, signal);
    }
    await session?.close();
  }

  private async untilCalm({ statements }: Session, signal: AbortSignal): Promise<void> {
    await sql(statements).query(CROWD);
    let spokeAt = performance.now();
    let pressedAt = spokeAt;
    while (performance.now() - pressedAt < CALM_MS && !signal.aborted) {
      await pause(LOOK_MS, signal);
      if (this.isPressed()) pressedAt = performance.now();
      if (performance.now() - spokeAt < 1000) continue;
      await sql(statements).query(SPEAK);
      spokeAt = performance.now();
    }
    await sql(statements).query(DISPERSE);
  }
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => undefined);
